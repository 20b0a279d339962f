// CBOR reduced to what a certificate needs, exactly as registry/hcert/plain_cbor.py reduces it. Integers come as
// BigInt, so that 1 and 1.0 stay two different things; maps as Map, keyed by BigInt or text.
import { decode } from "cbor2/decoder";
import { Tag } from "cbor2/tag";

const MAX_DEPTH = 16; // a vaccination certificate nests five deep
const DATE_TAGS = [0, 1];
const OPTIONS = { preferBigInt: true, ignoreGlobalTags: true, maxDepth: 4 * MAX_DEPTH, createObject };

// The one value in `bytes`; date tags are taken off, what stands under them remains. Throws an Error for all else.
export function load(bytes) {
  return plain(decode(bytes, OPTIONS), 0);
}

function createObject(entries) {
  const map = new Map();
  for (const [key, value] of entries) {
    if (!["bigint", "string"].includes(typeof key)) throw new Error("a key of a strange kind");
    if (map.has(key)) throw new Error("a key twice");
    map.set(key, value);
  }
  return map;
}

function plain(value, depth) {
  if (depth > MAX_DEPTH) throw new Error("nested too deep");
  if (value instanceof Tag && DATE_TAGS.includes(Number(value.tag))) return plain(value.contents, depth + 1);
  if (value instanceof Map) {
    for (const [key, item] of value) value.set(key, plain(item, depth + 1));
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  const isSimple = value === null || value instanceof Uint8Array || Number.isFinite(value);
  if (isSimple || ["bigint", "boolean", "string"].includes(typeof value)) return value;
  throw new Error("not plain");
}
