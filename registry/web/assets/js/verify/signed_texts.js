// The signed code within a text: quoted, forwarded, wrapped over lines, indented, encoded for a mail, in bold, in small
// letters, or written out for a web address. registry/verification/rules/signed_texts.py in the browser: where a code
// ends cannot be seen, but what can be unpacked is a code, so a few likely ends are tried.
import { decode } from "./base45.js";
import { inflate } from "./inflate.js";
import { strip } from "./texts.js";
import { MAX_CHARACTERS, PREFIX, stripPrefix } from "./walk.js";

// As it is issued, in small letters, with Cyrillic letters that look alike, or written out for a web address.
const BEGIN = "[HhНн][CcСс]1(?::|%3[Aa])";
const RUN = /^[0-9A-Z $%*+\-./:]*/;
const RUN_OF_ANY_CASE = /^[0-9A-Za-z $%*+\-./:]*/;
const WRITTEN_OUT = /%([0-9A-Fa-f]{2})/g;
// Mails put a = where they break a line, which is no letter of base45, and = and two digits for what might not survive:
// of its letters the space, the dollar and the full stop.
const ENCODED = /=(20|24|2E)/g;
// A code whose first letters were lost has no beginning to know it by. But three letters of base45 are two bytes, so the
// third is never above W, and all of its letters come about equally often: no words, numbers or base32 are so.
const LETTERS = /^[0-9A-Z $%*+\-./:]{100,}$/;
const GROUPS = /(?:[0-9A-Z $%*+\-./:]{2}[0-9A-W]){30}/;
const GROUPS_WITHIN = 1000;
const SIGNS = "$%*+";
const FEWEST_SIGNS = 2;
const MOST_SPACES = 0.1; // of its letters; words have more
// Named as another system names its codes; a rest of HC1: names nothing.
const NAMED_OTHERWISE = /(?<![0-9A-Z])(?!H?C?1?:)[0-9A-Z]{1,6}:([0-9A-Z $%*+\-./:]{100,})/;
// What may be a piece of a code that somebody cut up: nobody writes so.
const PIECE = /[0-9A-Z $%*+\-./:]{30,}/;
const MARKS = /[ *.:\-/]+$/;
const MOST_CODES = 4;
const MOST_TRIES = 48;
const MOST_TRIED = 30000; // characters of a text: 48 tries of a usual code, seven of the longest
const MOST_LINES = 100; // of a code
const SHORTEST = 60; // characters: what is shorter is somebody's sentence about codes

// Whether a signed code may stand in a text, found quickly.
export function mayHoldSigned(text) {
  return new RegExp(BEGIN).test(text);
}

// Whether a text is a signed code without its first letters, as far as that can be seen. `text` is cleaned.
export function lacksBeginning(text) {
  if (!LETTERS.test(text) || text.split(" ").length - 1 > MOST_SPACES * text.length) return false;
  const signs = [...SIGNS].filter((sign) => text.includes(sign));
  return signs.length >= FEWEST_SIGNS && GROUPS.test(text.slice(0, GROUPS_WITHIN));
}

// Whether what stands behind another word than HC1 is packed as a signed code is. `text` is cleaned.
export async function isNamedOtherwise(text) {
  const found = NAMED_OTHERWISE.exec(text);
  for (const end of found ? [strip(found[1]), found[1].replace(MARKS, "")] : []) {
    if (await canBeUnpacked(PREFIX + end)) return true;
  }
  return false;
}

// The signed codes in a text that can be unpacked, each once, as they were issued.
export async function findSigned(lines) {
  const found = new Set();
  let left = MOST_TRIED;
  for (const readings of take(begun(piecesOf(lines)), MOST_CODES)) {
    for (const one of take(likely(readings), MOST_TRIES)) {
      left -= one.length;
      if (left < 0) return [...found];
      if (!(await canBeUnpacked(one))) continue;
      found.add(one);
      break;
    }
  }
  return [...found];
}

// What should have been a signed code but cannot be unpacked, or nothing. `text` is the whole of it, cleaned.
export function meantAsSigned(lines, text) {
  if (text.startsWith(PREFIX)) return [text];
  const [readings] = take(begun(piecesOf(lines)), 1);
  const first = readings ? PREFIX + readings[0].join("") : "";
  const isMeant = first.length >= SHORTEST || (first && new RegExp(`^${BEGIN}`).test(text));
  return isMeant ? [strip(first)] : [];
}

// Whether a code that cannot be unpacked goes on over the end of its line, so that nobody knows what was lost there.
// `text` is the whole of it, cleaned.
export async function isCutUp(lines, text) {
  const pieces = piecesOf(lines);
  if (text.startsWith(PREFIX) && (await canBeUnpacked(text))) return false;
  for (const [number, line] of pieces.entries()) {
    const begin = new RegExp(BEGIN).exec(line);
    if (begin) return goesOn(begin[0], line.slice(begin.index + begin[0].length), pieces.slice(number + 1));
  }
  return pieces.length > 1;
}

function goesOn(begin, rest, following) {
  const fills = (line) => runOf(begin).exec(line)[0].length === line.length;
  if (!following.length || !fills(rest) || new RegExp(BEGIN).test(following[0])) return false;
  return fills(following[0]) || following.some((line) => PIECE.test(line));
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

// The lines that are not empty, as they were before a mail encoded them.
function piecesOf(lines) {
  return lines.flatMap((line) => decoded(line).split("=")).filter(strip);
}

function decoded(line) {
  return line.replace(ENCODED, (_whole, code) => String.fromCharCode(parseInt(code, 16)));
}

// For each prefix the readings of what follows it: line by line, as far as it can belong to a code.
function* begun(lines) {
  for (const [number, line] of lines.entries()) {
    for (const begin of line.matchAll(new RegExp(BEGIN, "g"))) yield readingsOf(begin, line, lines.slice(number + 1));
  }
}

// As the lines stand, and without what stands before the code and before each other line: an indentation, a mark.
function readingsOf({ 0: begin, index }, line, following) {
  const rest = line.slice(index + begin.length);
  const lead = line.slice(0, index);
  const readings = [follow(begin, rest, following)];
  if (lead && following.length && following[0].startsWith(lead)) {
    const unled = following.map((one) => (one.startsWith(lead) ? one.slice(lead.length) : one));
    readings.push(follow(begin, rest, unled));
  }
  return readings;
}

// Base45 knows no small letters: where they come, Caps Lock was on.
function runOf(begin) {
  return "c\u0441".includes(begin[1]) ? RUN_OF_ANY_CASE : RUN;
}

function follow(begin, rest, following) {
  const run = runOf(begin);
  const segments = [];
  let length = 0;
  for (const one of [rest, ...following]) {
    const [segment] = run.exec(one);
    segments.push(run === RUN_OF_ANY_CASE ? segment.toUpperCase() : segment);
    length += segment.length;
    if (segment.length < one.length || length > MAX_CHARACTERS || segments.length === MOST_LINES) break;
  }
  return begin.includes("%") ? segments.map(speltOut) : segments;
}

function speltOut(text) {
  return text.replace(WRITTEN_OUT, (_whole, code) => String.fromCharCode(parseInt(code, 16)));
}

// The texts that may be the code, the likeliest first, each with its prefix.
function* likely(readings) {
  const tried = new Set([""]);
  const joined = [...joinings(readings)].map(strip);
  for (const text of [...joined, ...joined.flatMap((one) => [...mended(one)])]) {
    if (!tried.has(text)) yield PREFIX + text;
    tried.add(text);
  }
}

// Of all lines, of all but the last ones, and of the first alone; then as if each break had taken a space.
function* joinings(readings) {
  for (const segments of readings) {
    const count = segments.length;
    const ends = new Set([count, count - 1, count - 2, 1].filter((end) => end > 0));
    for (const end of ends) yield* shapes(segments.slice(0, end));
  }
  for (const segments of readings.filter(({ length }) => length > 1)) {
    yield segments.slice(0, 2).join(" ") + segments.slice(2).join("");
    yield segments.join(" ");
    yield segments.slice(0, -1).join(" ");
    yield segments.map(strip).join(" ");
  }
}

// As they stand, for a code has spaces of its own; without the indentation of the lines that follow, of all or of some,
// and without the blanks that a mail left at the end of each; and without every space at a line's edge.
function* shapes(segments) {
  yield segments.join("");
  const [first, ...rest] = segments;
  if (!rest.length) return;
  const indents = rest.map((one) => /^ */.exec(one)[0].length);
  const trail = Math.min(...segments.slice(0, -1).map((one) => one.length - one.replace(/ +$/, "").length));
  const least = Math.min(...indents);
  const unled = [first, ...rest.map((one) => one.slice(least))];
  yield unled.join("");
  if (trail) yield unled.map((one, index) => (index < rest.length ? one.slice(0, -trail) : one)).join("");
  const some = Math.min(...indents.filter(Boolean)); // Infinity where no line is indented
  yield first + rest.map((one, index) => (indents[index] >= some ? one.slice(some) : one)).join("");
  yield segments.map(strip).join("");
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
