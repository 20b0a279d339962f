// What a scanned text is, by its shape alone.

// The GS1 elements of a fixed length that stand before a lot's number (AI 10): GS1 General Specifications, figure 7.8.5-2.
const FIXED_LENGTHS = { "00": 18, "01": 14, "02": 14, 11: 6, 12: 6, 13: 6, 15: 6, 16: 6, 17: 6, 20: 2 };
const PASSPORT = /^[A-Z]{2}[0-9]{6,8}$/;
const PIN = /^[12][0-9]{13}$/;
const CERTIFICATE = /^(HC[0-9]:|HTTPS?:|SHL:|[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}$)/;
// The second line of a passport's machine-readable zone: number, check digit, country, birth, sex, expiry.
const MRZ = /(?:^|[\s<])([A-Z0-9<]{9})[0-9][A-Z<]{3}[0-9]{6}[0-9][MFX<][0-9]{6}/;

function lotOfElements(elements) {
  let rest = elements;
  while (rest.slice(0, 2) in FIXED_LENGTHS) rest = rest.slice(2 + FIXED_LENGTHS[rest.slice(0, 2)]);
  return rest.startsWith("10") ? rest.slice(2) : "";
}

// The numbers that this text may name as a lot's: all of it, or what a GS1 code says. Never a part of either: with the
// separator lost, a serial number is glued to the lot's.
export function lotNumbersIn(text) {
  const whole = text.trim().toUpperCase();
  const written = /\(10\)([^()]+)/.exec(whole);
  const elements = whole
    .replace(/^\][A-Z][0-9]/, "")
    .replace(/\{GS\}|<GS>|\^\]/g, "\x1d")
    .split("\x1d");
  return new Set([whole, written ? written[1].trim() : "", ...elements.map(lotOfElements)].filter(Boolean));
}

// The longest number of a passport or another paper of a person: what is longer was scanned from something else.
export const LONGEST_NUMBER = 14;
const OTHER_PASSPORT = /^[A-Z0-9]{5,12}$/;

// Whether a box marked for `kind` can read this. Foreign passports and lots' numbers have many shapes; PINs and codes of
// certificates have one.
export function fits(kind, text) {
  const whole = text.trim().toUpperCase();
  const found = recognise(whole);
  if (kind === "pin") return found.kind === "pin";
  if (kind === "passport") return found.number === whole ? found.kind === "passport" : OTHER_PASSPORT.test(whole);
  if (kind === "lot") return found.kind === "unknown" || (found.kind === "passport" && found.number === whole);
  return true;
}

// {kind, number}: "passport" or "pin" with the number to look for; "certificate"; or "unknown".
export function recognise(text) {
  const whole = text.trim().toUpperCase();
  const mrz = MRZ.exec(whole);
  if (mrz) return { kind: "passport", number: mrz[1].replace(/</g, "") };
  if (PASSPORT.test(whole)) return { kind: "passport", number: whole };
  if (PIN.test(whole)) return { kind: "pin", number: whole };
  return { kind: CERTIFICATE.test(whole) ? "certificate" : "unknown", number: "" };
}
