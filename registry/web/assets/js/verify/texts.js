// What copying leaves around a text and within it, taken off before anybody asks what it is: as
// registry/verification/rules/texts.py does it.
const UNSEEN = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/g;
const BREAKS = /[\t-\r\u0085\u2028\u2029]+/;
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
const ENTITY = /&(?:#([0-9]{1,6})|#[xX]([0-9a-fA-F]{1,5})|(nbsp|amp|lt|gt|quot|apos));/g;
const NAMED = { nbsp: " ", amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
// What mail programs put before each line that they quote.
const QUOTED = /^(?:[ \t]*[>|])+/;
const MOST_LINES = 500;

// The text as it was issued, without what copying leaves around it and within it.
export function cleanText(text) {
  return strip(text.replace(UNSEEN, "").split(BREAKS).join("").replace(SPACES, " "));
}

// The lines of a text, without the marks of a quotation; the characters that web pages spell out are characters.
export function readableLines(text) {
  const plain = text.replace(UNSEEN, "").replace(SPACES, " ").replace(ENTITY, spell);
  return unquoted(plain.split(BREAKS).slice(0, MOST_LINES));
}

// The lines as they were before a mail encoded them: each piece but the last ends with =, and = is =3D.
export function unwrappedLines(lines) {
  const whole = [];
  let [lead, goesOn] = ["", false];
  for (const line of lines) {
    const ended = line.replace(/ +$/, "");
    const breaks = ended.endsWith("=");
    const piece = (breaks ? ended.slice(0, -1) : line).replaceAll("=3D", "=");
    if (goesOn) {
      whole[whole.length - 1] += piece.startsWith(lead) ? piece.slice(lead.length) : piece;
    } else {
      whole.push(piece);
      [lead] = /^ */.exec(line);
    }
    goesOn = breaks;
  }
  return whole;
}

// Some programs put a space after their mark: only where each line has one is it none of the text's own.
function unquoted(lines) {
  const marks = lines.map((line) => (QUOTED.exec(line) ?? [""])[0].length);
  const quoted = lines.map((line, index) => (marks[index] ? line[marks[index]] : undefined)).filter(Boolean);
  const gap = quoted.length && quoted.every((one) => one === " ") ? 1 : 0;
  return lines.map((line, index) => (marks[index] ? line.slice(marks[index] + gap) : line));
}

// Without the spaces at both ends, and without nothing else.
export function strip(text) {
  return text.replace(/^ +/, "").replace(/ +$/, "");
}

function spell(entity, decimal, hexadecimal, name) {
  if (name) return NAMED[name];
  const number = decimal ? Number(decimal) : parseInt(hexadecimal, 16);
  // What is no printable character of the first plane stays as it was written.
  return number > 31 && number < 0xd800 ? String.fromCharCode(number) : entity;
}
