// The signed list of withdrawn certificates: their identifiers stand in it only as 8 bytes of a salted hash. As
// registry/hcert/revocations.py reads it.
import { load } from "./cbor.js";
import { LAST_SECOND } from "./claims.js";
import { LIST_CONTENT_TYPE, readSign1 } from "./cose.js";
import { dayOfNumber } from "./dates.js";
import { contains, findSigner } from "./signatures.js";

const [ISSUER, EXPIRES, ISSUED, LIST] = [1n, 4n, 6n, -65537n];
const MAX_BYTES = 2 * 1024 * 1024; // a quarter of a million certificates
const PREFIX_BYTES = 8;
const LAST_DAY = 2932896n; // the end of the year 9999

// {issuer, issuedAt, expiresAt, salt, revoked, replaced, recalled}. Throws an Error for a list that is damaged, not
// signed by one of these keys in its time.
export async function readRevocations(bytes, trust, at) {
  if (bytes.length > MAX_BYTES) throw new Error("too large");
  const sign1 = readSign1(bytes);
  if (sign1.contentType !== LIST_CONTENT_TYPE) throw new Error("not a revocation list");
  const key = await findSigner(sign1, trust);
  const claims = load(sign1.payload);
  const content = claims.get(LIST);
  if (content.get("v") !== 1n) throw new Error("a list of another version");
  const issuedAt = number(claims.get(ISSUED), LAST_SECOND);
  // A list of the future says that the clock here is behind: it is whole all the same, and so is its key.
  const held = contains(key.period, issuedAt) && contains(key.period, Math.max(at, issuedAt));
  if (!held) throw new Error("signed out of the key's time");
  return {
    issuer: text(claims.get(ISSUER)),
    issuedAt,
    expiresAt: number(claims.get(EXPIRES), LAST_SECOND),
    salt: byteString(content.get("salt")),
    revoked: readDays(content.get("revoked")),
    replaced: readDays(content.get("replaced")),
    recalled: (content.get("recalled") ?? []).map(readLot),
  };
}

// {kind: "revoked" | "replaced", on} of the certificate with this identifier (16 bytes), or null.
export async function findWithdrawn(list, id) {
  const wanted = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from([...list.salt, ...id])));
  for (const kind of ["revoked", "replaced"]) {
    const found = list[kind].filter(({ prefixes }) => holds(prefixes, wanted)).pop();
    if (found) return { kind, on: found.day };
  }
  return null;
}

// The day on which a lot was recalled, or null.
export function findRecall(list, brand, lot) {
  const found = list.recalled.find((one) => one.brand === brand.normalize("NFC") && one.lot === lot.normalize("NFC"));
  return found ? found.day : null;
}

function readDays(days) {
  if (days === undefined) return [];
  return [...days].map(([day, prefixes]) => {
    if (byteString(prefixes).length % PREFIX_BYTES) throw new Error("half a hash");
    return { day: dayOfNumber(number(day, LAST_DAY)), prefixes };
  });
}

function readLot([brand, lot, day]) {
  return { brand: text(brand), lot: text(lot), day: dayOfNumber(number(day, LAST_DAY)) };
}

function number(value, largest) {
  if (typeof value !== "bigint" || value < 0n || value > largest) throw new Error("not a number of its kind");
  return Number(value);
}

function text(value) {
  if (typeof value !== "string") throw new Error("not a text");
  return value;
}

function byteString(value) {
  if (!(value instanceof Uint8Array)) throw new Error("not a byte string");
  return value;
}

// Whether the sorted, unseparated prefixes hold the beginning of this hash.
function holds(prefixes, wanted) {
  let first = 0;
  let last = prefixes.length / PREFIX_BYTES - 1;
  while (first <= last) {
    const middle = (first + last) >> 1;
    const order = compare(prefixes, middle * PREFIX_BYTES, wanted);
    if (order === 0) return true;
    if (order < 0) first = middle + 1;
    else last = middle - 1;
  }
  return false;
}

function compare(prefixes, offset, wanted) {
  for (let index = 0; index < PREFIX_BYTES; index++) {
    if (prefixes[offset + index] !== wanted[index]) return prefixes[offset + index] - wanted[index];
  }
  return 0;
}
