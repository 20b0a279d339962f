// What a code with a good signature is worth without the register, what is certain first: judge_signed of
// registry/verification/rules/verdicts.py in the browser, where the order of the answers is written down.
import { SECONDS_A_DAY, utcDay } from "./dates.js";
import { windowOf } from "./dvc.js";
import { evaluate } from "./requirements.js";
import { findWithdrawn } from "./revocations.js";
import { CLOCK_SKEW } from "./signatures.js";
import { codeOf, countriesOf } from "./walk.js";

const WORST_FIRST = ["expired", "unknown_type", "missing", "not_yet", "met"];

// {reason, days}; `days` fill the reason's sentence. Null where a code is out of its time, and no more is known.
export async function judge(checked, lists, facts, { on, at }) {
  const { claims, key, reason, vaccinations } = checked;
  if (key.training && !facts.training) return answer("training");
  // A list speaks only of its own issuer's certificates, and whose a certificate is the key says that signed it.
  const isOwn = isOfKey(key, facts.issuer);
  const list = isOwn ? lists.revocations.list : null;
  const fault = isOwn ? (lists.revocations.fault ?? lists.bundle.fault) : null;
  const withdrawn = list && claims.id && (await findWithdrawn(list, claims.id));
  if (withdrawn) return answer(withdrawn.kind, withdrawn.on);
  const byDates = judgeDates(vaccinations, lists.bundle.list ? lists.bundle.list.terms : {}, on);
  if (byDates.reason === "ended") return byDates;
  if (isClockBehind(lists, at)) return answer("clock_behind");
  if (reason !== null) {
    const statesDays = vaccinations.some((claim) => windowOf(claim).some(Boolean));
    return reason === "expired" && statesDays ? answer("signature_ended") : null;
  }
  if (fault) return answer(`list_${fault}`);
  if (list && at > list.expiresAt) return answer("lists_too_old", utcDay(list.issuedAt));
  const keysOf = lists.bundle.list ? lists.bundle.list.issuedAt : at;
  if (at > keysOf + facts.maxAgeDays * SECONDS_A_DAY) return answer("lists_too_old", utcDay(keysOf));
  return byDates.reason === "in_force" && !list ? answer("signature_good") : byDates;
}

// A list made later than it is here: then nothing can be said by the clock, and only what is certain is refused.
export function isClockBehind({ bundle, revocations }, at) {
  return [bundle, revocations].some(({ list }) => list && list.issuedAt > at + CLOCK_SKEW);
}

export function isOfKey(key, issuer) {
  return countriesOf(key).includes(codeOf(issuer));
}

// By the days of entry that are signed, else by the rules of entry.
function judgeDates(claims, terms, on) {
  const windows = claims.map(windowOf);
  const first = sorted(windows.map(([day]) => day)).pop();
  const [last] = sorted(windows.map(([, day]) => day));
  if (last && last < on) return answer("ended", last);
  if (first) return on < first ? answer("entry_not_yet", first) : answer("in_force");
  return judgeTerms(claims, terms, on);
}

function sorted(days) {
  return days.filter(Boolean).sort();
}

// Each dose for itself, as if its holder arrived today; how old they are is for the passport to say.
function judgeTerms(claims, terms, on) {
  const evaluations = claims.flatMap((claim) =>
    (terms[claim.product_id] ?? terms[claim.disease] ?? []).map((term) => evaluate(term, claim, on)),
  );
  if (evaluations.length === 0) {
    const isAsked = Object.keys(terms).length > 0 && claims.every(({ disease }) => disease);
    return answer(isAsked ? "not_in_rules" : "signature_good");
  }
  const rank = ({ result }) => WORST_FIRST.indexOf(result);
  const worst = evaluations.reduce((one, other) => (rank(other) < rank(one) ? other : one));
  if (worst.result === "expired") return answer("ended", worst.until);
  if (worst.result === "not_yet") return answer("entry_not_yet", worst.first);
  return answer(worst.result === "met" ? "dose_counts" : "dose_not_counted");
}

function answer(reason, date) {
  return { reason, days: date ? { date } : {} };
}
