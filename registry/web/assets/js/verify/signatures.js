// Whose signatures are believed. The server prepares each key (SubjectPublicKeyInfo, dates narrowed to its authority's,
// usages), so that no X.509 is parsed here; WebCrypto does the mathematics.
import { ES256, toBeSigned } from "./cose.js";
import { BadHcert } from "./reasons.js";

// How a key is imported, and how it verifies. COSE's raw 64 bytes are what WebCrypto takes for ECDSA.
const IMPORT = { "-7": { name: "ECDSA", namedCurve: "P-256" }, "-37": { name: "RSA-PSS", hash: "SHA-256" } };
const VERIFY = { "-7": { name: "ECDSA", hash: "SHA-256" }, "-37": { name: "RSA-PSS", saltLength: 32 } };
export const CLOCK_SKEW = 60; // clocks may differ by a minute where something begins, never at its end
const imported = new WeakMap();
// Eight bytes hardly ever collide by chance; a list made so that they do must not buy a thousand signature checks.
const MAX_SIGNERS_OF_ONE_KID = 16;

// The trusted key that made this signature: every key with its kid is tried. `brokenChains`: the kids of those whose
// authority did not sign them.
export async function findSigner(sign1, { keys, brokenChains = [] }) {
  const kid = toHex(sign1.kid);
  const candidates = keys.filter((key) => key.kid === kid).slice(0, MAX_SIGNERS_OF_ONE_KID);
  if (candidates.length === 0) {
    throw new BadHcert("key", brokenChains.includes(kid) ? "broken_chain" : "unknown_key");
  }
  // `algorithm` is null for a key that may sign nothing: another curve, a short RSA key.
  const fitting = candidates.filter((key) => key.algorithm === sign1.algorithm);
  if (fitting.length === 0) throw new BadHcert("key", "unsuitable_key");
  for (const key of fitting) {
    if (await isSignedBy(sign1, key)) return key;
  }
  throw new BadHcert("signature", "wrong_signature");
}

export async function isSignedBy(sign1, key) {
  if (sign1.algorithm === ES256 && sign1.signature.length !== 64) return false;
  try {
    const publicKey = await importKey(key);
    return await crypto.subtle.verify(VERIFY[key.algorithm], publicKey, sign1.signature, toBeSigned(sign1));
  } catch {
    return false; // a key that this browser cannot read made no signature that it could believe
  }
}

// Whether a period [begins, ends], null where it is open, holds an instant.
export function contains([begins, ends], at) {
  return (begins === null || begins <= at + CLOCK_SKEW) && (ends === null || at <= ends);
}

function importKey(key) {
  if (!imported.has(key)) {
    imported.set(key, crypto.subtle.importKey("spki", fromBase64(key.spki), IMPORT[key.algorithm], false, ["verify"]));
  }
  return imported.get(key);
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
