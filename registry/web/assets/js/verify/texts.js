// What a text is: a signed code, a verification link, the code printed for typing, or none of them.
import { PREFIX } from "./walk.js";

const ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; // without 0, O, 1 and I, which people mistake for each other
const CODE_LENGTH = 12;
// Letters that look alike, typed on a Kyrgyz or Russian keyboard.
const CYRILLIC = "АВЕКМНРСТУХ";
const LATIN = "ABEKMHPCTYX";
const ARABIC_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;
// The letters of base45, too many for a certificate's code: the first ones were lost or misread.
const MEANT_AS_SIGNED = /^[0-9A-Z $%*+\-./:]{100,}$/;
const LINK_PATH = /^.*\/v\/([\w-]{20,32})(?:\/[a-z]{2})?\/?$/;
// As registry/verification/rules/texts.py: line breaks, tabs and what cannot be seen; and what chats make of a space.
const STRAY = /[\t-\r\u0085\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;

// The text as it was issued, without what copying leaves around it and within it.
export function cleanText(text) {
  return text.replace(STRAY, "").replace(SPACES, " ").trim();
}

// Of a clean text.
export function kindOf(text) {
  if (text.startsWith(PREFIX) || MEANT_AS_SIGNED.test(text)) return "signed";
  if (LINK_PATH.test(text.split(/[?#]/)[0])) return "link";
  return isCode(text) ? "code" : "none";
}

function isCode(typed) {
  const code = lettersOf(typed);
  if (code.length !== CODE_LENGTH || [...code].some((character) => !ALPHABET.includes(character))) return false;
  return fold(code) === 0;
}

function lettersOf(typed) {
  const latinDigits = typed.slice(0, 200).replace(ARABIC_DIGITS, (digit) => digit.charCodeAt(0) & 0xf);
  const plain = latinDigits.normalize("NFKC").toUpperCase().match(/[\p{L}\p{N}]/gu) ?? [];
  return plain.map((one) => (CYRILLIC.includes(one) ? LATIN[CYRILLIC.indexOf(one)] : one)).join("");
}

// The code as a polynomial over the field of 32 elements, at a root of x^5 + x^2 + 1: 0 for a true code.
function fold(code) {
  let total = 0;
  for (const character of code) {
    const doubled = total << 1;
    total = (doubled >= 32 ? doubled ^ 0b100101 : doubled) ^ ALPHABET.indexOf(character);
  }
  return total;
}
