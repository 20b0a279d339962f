// The signed code within a text: quoted, forwarded, wrapped over lines, in bold, in small letters, or written out for a
// web address. registry/verification/rules/signed_texts.py in the browser: where a code ends cannot be seen, but what can
// be unpacked is a code, so a few likely ends are tried.
import { decode } from "./base45.js";
import { inflate } from "./inflate.js";
import { strip } from "./texts.js";
import { MAX_CHARACTERS, PREFIX, stripPrefix } from "./walk.js";

// As it is issued, in small letters, with Cyrillic letters that look alike, or written out for a web address.
const BEGIN = "[HhНн][CcСс]1(?::|%3[Aa])";
const RUN = /^[0-9A-Z $%*+\-./:]*/;
const RUN_OF_ANY_CASE = /^[0-9A-Za-z $%*+\-./:]*/;
const WRITTEN_OUT = /%([0-9A-Fa-f]{2})/g;
// The letters of base45, too many for a certificate's code: the first ones were lost or misread.
const MEANT = /^[0-9A-Z $%*+\-./:]{100,}$/;
const MARKS = /[ *.:\-/]+$/;
const MOST_CODES = 4;
const MOST_TRIES = 20;
const SHORTEST = 60; // characters: what is shorter is somebody's sentence about codes

// Whether a signed code may stand in a text, found quickly.
export function mayHoldSigned(text) {
  return new RegExp(BEGIN).test(text) || MEANT.test(text);
}

// The signed codes in a text that can be unpacked, each once, as they were issued.
export async function findSigned(lines) {
  const found = new Set();
  for (const segments of take(begun(lines), MOST_CODES)) {
    for (const one of take(likely(segments), MOST_TRIES)) {
      if (!(await canBeUnpacked(one))) continue;
      found.add(one);
      break;
    }
  }
  return [...found];
}

// What should have been a signed code but cannot be unpacked, or nothing. `text` is the whole of it, cleaned.
export function meantAsSigned(lines, text) {
  if (text.startsWith(PREFIX) || MEANT.test(text)) return [text];
  const [segments] = take(begun(lines), 1);
  const first = segments ? PREFIX + strip(segments.join("")) : "";
  const isMeant = first.length >= SHORTEST || (first && new RegExp(`^${BEGIN}`).test(text));
  return isMeant ? [first] : [];
}

async function canBeUnpacked(text) {
  const begin = text.slice(PREFIX.length, PREFIX.length + 3);
  try {
    const [first, second] = decode(begin);
    // RFC 1950: the method is deflate, and the two bytes are a multiple of 31.
    if (begin.length < 3 || (first & 0x0f) !== 8 || (first * 256 + second) % 31) return false;
    return (await inflate(decode(stripPrefix(text)))).length > 0;
  } catch {
    return false;
  }
}

// What follows each prefix, line by line, as far as it can belong to a code.
function* begun(lines) {
  for (const [number, line] of lines.entries()) {
    for (const begin of line.matchAll(new RegExp(BEGIN, "g"))) {
      yield follow(begin[0], line.slice(begin.index + begin[0].length), lines.slice(number + 1));
    }
  }
}

function follow(begin, rest, following) {
  const isSmall = "cс".includes(begin[1]); // base45 knows no small letters: where they come, Caps Lock was on
  const segments = [];
  let length = 0;
  for (const one of [rest, ...following]) {
    const [segment] = (isSmall ? RUN_OF_ANY_CASE : RUN).exec(one);
    if (segment || segments.length === 0) segments.push(isSmall ? segment.toUpperCase() : segment);
    length += segment.length;
    if (segment.length < one.length || length > MAX_CHARACTERS) break;
  }
  return begin.includes("%") ? segments.map(speltOut) : segments;
}

function speltOut(text) {
  return text.replace(WRITTEN_OUT, (_whole, code) => String.fromCharCode(parseInt(code, 16)));
}

// The texts that may be the code, the likeliest first, each with its prefix.
function* likely(segments) {
  const tried = new Set([""]);
  const joined = [...joinings(segments)].map(strip);
  for (const text of [...joined, ...joined.flatMap((one) => [...mended(one)])]) {
    if (!tried.has(text)) yield PREFIX + text;
    tried.add(text);
  }
}

// Of all lines, of all but the last ones, and of the first alone; then as if each break had taken a space.
function* joinings(segments) {
  const count = segments.length;
  const ends = new Set([count, count - 1, count - 2, 1].filter((end) => end > 0));
  for (const end of ends) yield segments.slice(0, end).join("");
  if (count > 1) {
    yield segments.slice(0, 2).join(" ") + segments.slice(2).join("");
    yield segments.join(" ");
    yield segments.slice(0, -1).join(" ");
  }
}

// Without what stands after it; with the spaces that it had.
function* mended(text) {
  yield text.replace(MARKS, "");
  if (MARKS.test(text)) yield text.slice(0, -1);
  const again = text.indexOf(PREFIX);
  if (again > 0) yield text.slice(0, again).replace(MARKS, "");
  if (text.includes("%20")) {
    yield text.replaceAll("%20", " ");
    yield speltOut(text);
  }
  if (text.includes("  ")) yield text.replace(/ {2,}/g, " ");
  const space = text.lastIndexOf(" ");
  if (text.length - space - 1 < SHORTEST) yield text.slice(0, Math.max(space, 0)).replace(MARKS, "");
}

function take(items, most) {
  const taken = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length === most) break;
  }
  return taken;
}
