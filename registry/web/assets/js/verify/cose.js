// A COSE_Sign1 (RFC 9052) taken apart, and the bytes that its signature covers.
import { load } from "./cbor.js";
import { BadHcert } from "./reasons.js";

// The tags 61 (CWT) and 18 (COSE_Sign1) as they stand before an untagged COSE_Sign1, in this order.
const TAG_BYTES = [[0xd8, 0x3d], [0xd2]];
const ALG = 1n;
const CRIT = 2n;
const CONTENT_TYPE = 3n;
const KID = 4n;
export const ES256 = -7;
export const PS256 = -37;
export const LIST_CONTENT_TYPE = "application/x.revocation-list+cbor";

// {algorithm, kid, contentType, protectedBytes, payload, signature}; the byte strings as received. The content type
// counts only where it is protected.
export function readSign1(data) {
  const parts = loadAt("cose", withoutTags(data));
  if (!Array.isArray(parts) || parts.length !== 4) throw new BadHcert("cose", "not_signed");
  const [protectedBytes, unprotectedHeaders, payload, signature] = parts;
  const isShaped = [protectedBytes, payload, signature].every((part) => part instanceof Uint8Array);
  if (!isShaped || !(unprotectedHeaders instanceof Map)) throw new BadHcert("cose", "not_signed");
  const headers = readProtected(protectedBytes);
  const contentType = headers.get(CONTENT_TYPE) ?? null;
  return { ...readHeaders(headers, unprotectedHeaders), contentType, protectedBytes, payload, signature };
}

export function loadAt(step, bytes) {
  try {
    return load(bytes);
  } catch {
    throw new BadHcert(step, "not_cbor");
  }
}

// COSE's Sig_structure: ["Signature1", protected, h'', payload].
export function toBeSigned({ protectedBytes, payload }) {
  const context = new TextEncoder().encode("Signature1");
  const nothing = new Uint8Array(0);
  return Uint8Array.from([
    ...[0x84, 0x60 + context.length, ...context],
    ...[...bytesHead(protectedBytes), ...protectedBytes],
    ...[...bytesHead(nothing), ...bytesHead(payload), ...payload],
  ]);
}

function withoutTags(data) {
  for (const tag of TAG_BYTES) {
    if (tag.every((byte, index) => data[index] === byte)) data = data.subarray(tag.length);
  }
  return data;
}

function readProtected(bytes) {
  // RFC 9052 section 3 writes an empty header as a byte string without bytes.
  const headers = bytes.length ? loadAt("cose", bytes) : new Map();
  if (!(headers instanceof Map)) throw new BadHcert("cose", "not_signed");
  return headers;
}

function readHeaders(protectedHeaders, unprotectedHeaders) {
  // It lists headers that one must understand: we know of none.
  if (protectedHeaders.has(CRIT)) throw new BadHcert("cose", "critical_header");
  const headers = new Map([...unprotectedHeaders, ...protectedHeaders]); // in both places: the protected one counts
  const algorithm = headers.get(ALG) ?? null;
  const kid = headers.get(KID) ?? null;
  if (algorithm === null) throw new BadHcert("cose", "no_algorithm");
  if (![BigInt(ES256), BigInt(PS256)].includes(algorithm)) throw new BadHcert("cose", "unsupported_algorithm");
  if (kid === null) throw new BadHcert("cose", "no_key_id");
  if (!(kid instanceof Uint8Array) || kid.length === 0) throw new BadHcert("cose", "wrong_key_id");
  return { algorithm: Number(algorithm), kid };
}

// How CBOR announces a byte string of this length.
function bytesHead({ length }) {
  if (length < 24) return [0x40 + length];
  if (length < 0x100) return [0x58, length];
  if (length < 0x10000) return [0x59, length >> 8, length & 0xff];
  return [0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
}
