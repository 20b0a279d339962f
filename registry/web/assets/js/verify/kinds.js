// Genuine papers of other systems, known by their shape and never fetched: registry/verification/rules/kinds.py.
import { KINDS } from "./claims.js";

const OF_CLAIMS = new Map([
  [KINDS.EU_DCC, "eu_dcc"],
  [KINDS.DDCC_VACCINATION, "ddcc"],
  [KINDS.DDCC_TEST, "ddcc"],
  [KINDS.LINK, "health_link"],
]);
// How a text begins, or what stands in it, and what must stand in it besides. The first that fits counts. Within a signed
// code the letters HC2: or LT1: may come by chance: they name a system only where no such code goes before.
const SHAPES = [
  ["smart_health_card", /(?<![a-z])shc:\/[\d/]{20}/i],
  ["health_link", /(?<![a-z])(?:shlink|vhlink):\/[\w-]{8}/i],
  ["other_hc", /(?<![0-9A-Z])(?<![0-9A-Z $%*+\-./:]{4})HC[02-9A-Z]:[0-9A-Z $%*+\-./:]{20}/],
  ["nzcp", /(?<![a-z])nzcp:\/\d{1,2}\/[2-7a-z]{20}/i],
  ["swiss_light", /(?<![0-9A-Z])(?<![0-9A-Z $%*+\-./:]{4})LT1:[0-9A-Z $%*+\-./:]{20}/],
  ["divoc", /^(?:B64:|PK\x03\x04|UEsDB)/],
  ["smart_health_card", /^\{/, /"verifiableCredential"\s*:\s*\[\s*"eyJ/],
  ["icao_seal", /^\{/, /"t"\s*:\s*"icao\./],
  ["divoc", /^\{/, /"credentialSubject"\s*:/],
];
const JWS = /^(eyJ[\w-]{8,300})\.[\w-]{20,}\.[\w-]{20,}$/;

// Which other system made this text, or null.
export function kindOfText(text) {
  const shape = SHAPES.find(([, begins, besides]) => begins.test(text) && (!besides || besides.test(text)));
  if (shape) return shape[0];
  const token = JWS.exec(text);
  return token && isPacked(token[1]) ? "smart_health_card" : null;
}

// Which other system a signed code says of itself to be of, or null.
export function kindOfClaims(claims) {
  return (claims && OF_CLAIMS.get(claims.kind)) ?? null;
}

// Whether a web token is packed as SMART Health Cards are; others may be signed about anything.
function isPacked(header) {
  try {
    return atob(header.replaceAll("-", "+").replaceAll("_", "/")).replaceAll(" ", "").includes('"zip":"DEF"');
  } catch {
    return false;
  }
}
