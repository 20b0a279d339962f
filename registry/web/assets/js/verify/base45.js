// Base45 (RFC 9285): two bytes as three of the 45 characters a QR code stores in its alphanumeric mode.
import { BadHcert } from "./reasons.js";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

export function decode(text) {
  const digits = Array.from(text, (character) => ALPHABET.indexOf(character));
  if (digits.includes(-1) || digits.length % 3 === 1) throw new BadHcert("base45", "not_base45");
  const bytes = [];
  for (let index = 0; index < digits.length; index += 3) {
    const [low, middle, high] = digits.slice(index, index + 3);
    const value = low + 45 * middle + (high === undefined ? 0 : 2025 * high);
    if (value > (high === undefined ? 0xff : 0xffff)) throw new BadHcert("base45", "not_base45");
    if (high !== undefined) bytes.push(value >> 8);
    bytes.push(value & 0xff);
  }
  return Uint8Array.from(bytes);
}
