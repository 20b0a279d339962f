// Verifies a certificate's text against the keys one trusts, at a given instant, step by step, and says why not:
// registry/hcert/verify.py in the browser.
import { decode } from "./base45.js";
import { KINDS, readClaims } from "./claims.js";
import { readSign1 } from "./cose.js";
import { readVaccinations } from "./dvc.js";
import { inflate } from "./inflate.js";
import { BadHcert, STEPS } from "./reasons.js";
import { CLOCK_SKEW, contains, findSigner } from "./signatures.js";

export const PREFIX = "HC1:";
export const MAX_CHARACTERS = 4296; // what the largest QR symbol holds (version 40, level L, alphanumeric)
const DCC_USAGES = { t: "test", v: "vaccination", r: "recovery" };

// {reason, steps, claims, key, vaccinations}; `reason` is null when every step holds. Never throws for what the text
// contains. Content is filled as soon as the signature is known to be good.
export async function walk(text, trust, at) {
  const found = { reason: null, claims: null, key: null, vaccinations: [] };
  let reached = STEPS.length;
  try {
    await takeSteps(found, text, trust, at);
  } catch (bad) {
    if (!(bad instanceof BadHcert)) throw bad;
    found.reason = bad.reason;
    reached = STEPS.indexOf(bad.step);
  }
  const holds = (index) => (index < reached ? true : index === reached ? false : null);
  return { ...found, steps: Object.fromEntries(STEPS.map((step, index) => [step, holds(index)])) };
}

async function takeSteps(found, text, trust, at) {
  const sign1 = readSign1(await inflate(decode(stripPrefix(text))));
  found.claims = readClaims(sign1);
  found.key = await findSigner(sign1, trust);
  let unreadable = null;
  try {
    found.vaccinations = readContent(found.claims);
  } catch (bad) {
    unreadable = bad;
  }
  checkIssuer(found, trust);
  checkKeyUsage(found.claims, found.key);
  checkTime(found.claims, at);
  checkKeyPeriod(found.claims, found.key, at);
  if (unreadable) throw unreadable;
}

// Only line ends are trimmed: what else people paste is for the reader to take off.
export function stripPrefix(text) {
  const trimmed = text.replace(/[\r\n]+$/, "");
  if (!trimmed.startsWith(PREFIX)) throw new BadHcert("prefix", "wrong_prefix");
  if (trimmed.length > MAX_CHARACTERS) throw new BadHcert("prefix", "too_long");
  return trimmed.slice(PREFIX.length);
}

// A code names no country but its signer's. Only the key says who signed: names are written by anybody. Of a key without
// a country, or of a dose's issuer (which may be any word), only that it is no other listed country.
function checkIssuer({ claims, vaccinations, key }, { keys }) {
  const own = countriesOf(key);
  const others = keys.flatMap(countriesOf).filter((code) => !own.includes(code));
  const named = codeOf(claims.issuer);
  const isOfAnother = named !== null && (own.length ? !own.includes(named) : others.includes(named));
  if (isOfAnother || vaccinations.some(({ issuer }) => others.includes(codeOf(issuer)))) {
    throw new BadHcert("key_usage", "wrong_issuer");
  }
}

// All spellings of a key's country; a list kept since before November 2026 has one.
export function countriesOf({ countries, participant }) {
  return countries ?? [participant].filter(Boolean);
}

export function codeOf(country) {
  return country ? country.toUpperCase() : null;
}

// A signer limited to some contents may sign only those.
export function checkKeyUsage(claims, { usages }) {
  if (usages.length && !usagesNeeded(claims).every((usage) => usages.includes(usage))) {
    throw new BadHcert("key_usage", "wrong_key_usage");
  }
}

function usagesNeeded({ kind, content }) {
  if (kind === KINDS.DVC || kind === KINDS.DDCC_VACCINATION) return ["vaccination"];
  if (kind === KINDS.DDCC_TEST) return ["test"];
  if (kind !== KINDS.EU_DCC) return [];
  return Object.keys(DCC_USAGES).filter((key) => isFilled(content.get(key))).map((key) => DCC_USAGES[key]);
}

// What Python calls true: an empty list says that there is no such entry.
function isFilled(value) {
  return Boolean(value) && value.length !== 0 && value.size !== 0;
}

// Issued, begun and not yet expired; clocks may differ by a minute where a certificate begins, never at its end.
export function checkTime({ issuedAt, expiresAt, notBefore }, at) {
  if (issuedAt === null) throw new BadHcert("time", "no_issue_time");
  if (expiresAt === null) throw new BadHcert("time", "no_expiry");
  if (issuedAt > at + CLOCK_SKEW) throw new BadHcert("time", "issued_in_future");
  if (notBefore !== null && notBefore > at + CLOCK_SKEW) throw new BadHcert("time", "not_yet_valid");
  if (expiresAt < at) throw new BadHcert("time", "expired");
}

// Shell model: authority and key are valid now, were when it signed, and it signed nothing that outlives it. The key's
// own period [begins, ends] lies within its authority's.
function checkKeyPeriod({ issuedAt, expiresAt }, { authority, period }, at) {
  if (!contains(authority, at)) throw new BadHcert("time", "authority_not_current");
  if (!contains(period, at)) throw new BadHcert("time", "key_not_current");
  const [begins, ends] = period;
  if (begins !== null && issuedAt < begins) throw new BadHcert("time", "issued_before_key");
  if (ends !== null && expiresAt > ends) throw new BadHcert("time", "outlives_key");
}

function readContent({ kind, content }) {
  if (kind !== KINDS.DVC) throw new BadHcert("content", "kind_not_interpreted");
  return readVaccinations(content);
}
