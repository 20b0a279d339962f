// What a text is: a signed code, a verification link, the code printed for typing, another system's paper, or none of
// them. registry/verification/rules/reading.py in the browser.
import { kindOfText } from "./kinds.js";
import { findLinks } from "./links.js";
import { findSigned, isCutUp, isNamedOtherwise, lacksBeginning, mayHoldSigned, meantAsSigned } from "./signed_texts.js";
import { cleanText, readableLines, unwrappedLines } from "./texts.js";

const ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; // without 0, O, 1 and I, which people mistake for each other
const CODE_LENGTH = 12;
// Letters that look alike, typed on a Kyrgyz or Russian keyboard.
const CYRILLIC = "АВЕКМНРСТУХ";
const LATIN = "ABEKMHPCTYX";
const ARABIC_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;
// Three groups of four, parted alike. Three short words are none; a word of twelve letters is one only in capitals, as
// printed, or where nothing with a digit or with hyphens is.
const GROUP = "[2-9A-HJ-NP-Z]{4}";
const HYPHEN = "[ ]?[-\u2010-\u2015\u2212][ ]?";
const GROUPS = new RegExp(
  `(?<![\\p{L}\\p{N}])(?=(${GROUP}(?:(?:${HYPHEN})(?:${GROUP})(?:${HYPHEN})|[ ]?${GROUP}[ ]?)${GROUP})(?![\\p{L}\\p{N}]))`,
  "gu",
);
const LONGEST_SENTENCE = 2000; // characters in which a typed code is looked for
const LONGEST_LOOK = 10000; // characters of a text that are looked at

// {form, text, site, kind, beside}: `text` is the signed code, the token or the code, else the whole, cleaned; `site` of a link;
// `kind` the other system that made it. Signed codes outweigh links, and links outweigh typed codes. `beside`: whether a
// link or a typed code stands beside a signed code, which only the register can compare.
export async function understand(whole) {
  const given = whole.slice(0, LONGEST_LOOK);
  const [text, lines] = [cleanText(given), readableLines(given)];
  const unwrapped = unwrappedLines(lines);
  const signed = mayHoldSigned(given) ? await findSigned(lines) : [];
  const found =
    only("signed", signed, text) ??
    (await ofAnotherSystem(text)) ??
    linkOf(findLinks(unwrapped), text) ??
    (await meant(lines, text)) ??
    only("code", findCodes(unwrapped.join(" ")), text);
  const beside = found?.form === "signed" && isAccompanied(found.text, unwrapped);
  return { site: null, kind: null, ...(found ?? { form: "none", text }), beside };
}

function isAccompanied(signed, lines) {
  const within = plainLetters(signed); // letters of a signed code may look like a typed one
  return findLinks(lines).length > 0 || findCodes(lines.join(" "), LONGEST_LOOK).some((code) => !within.includes(code));
}

function only(form, found, text) {
  if (found.length > 1) return { form: "several", text };
  return found.length ? { form, text: found[0] } : null;
}

// What somebody cut up proves nothing against a certificate; what is in one piece is judged as it is.
async function meant(lines, text) {
  const found = meantAsSigned(lines, text);
  const isInPieces = found.length ? await isCutUp(lines, text) : lacksBeginning(text);
  return isInPieces ? { form: "cut_up", text } : only("signed", found, text);
}

async function ofAnotherSystem(text) {
  const kind = kindOfText(text) ?? ((await isNamedOtherwise(text)) ? "other_name" : null);
  return kind ? { form: "other", text, kind } : null;
}

function linkOf(links, text) {
  const tokens = links.map(({ token }) => token);
  const found = only("link", tokens, text);
  return found && found.form === "link" ? { ...found, site: links[0].site } : found;
}

// The codes for typing that stand in a text, each once.
function findCodes(text, within = LONGEST_SENTENCE) {
  const whole = readCode(text);
  if (whole) return [whole];
  const folded = foldLetters(text.slice(0, within).replace(/[№#]/g, " "));
  const named = [...folded.matchAll(GROUPS)].map(([, found]) => found).filter(readCode);
  const plain = named.filter((found) => /[2-9]|[^ A-Z]/.test(found) || (!found.includes(" ") && text.includes(found)));
  return [...new Set((plain.length ? plain : named.filter((found) => !found.includes(" "))).map(readCode))];
}

// The code that was typed, or null where it is none.
function readCode(typed) {
  const code = plainLetters(typed.slice(0, 200));
  if (code.length !== CODE_LENGTH || [...code].some((character) => !ALPHABET.includes(character))) return null;
  return fold(code) === 0 ? code : null;
}

function plainLetters(text) {
  return (foldLetters(text).match(/[\p{L}\p{N}]/gu) ?? []).join("");
}

function foldLetters(typed) {
  const latinDigits = typed.replace(ARABIC_DIGITS, (digit) => digit.charCodeAt(0) & 0xf);
  const plain = Array.from(latinDigits.normalize("NFKC").toUpperCase());
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
