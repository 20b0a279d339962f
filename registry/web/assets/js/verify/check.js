// Judges whatever a code reader or a person gave. All that page and tests need, without a page.
import { localDay } from "./dates.js";
import { isOfKey, judge } from "./judge.js";
import { findRecall } from "./revocations.js";
import { kindOfClaims } from "./kinds.js";
import { understand } from "./reading.js";
import { walk } from "./walk.js";

// Faults of a good signature that leave the certificate to be judged.
const OUT_OF_TIME = ["expired", "issued_in_future", "not_yet_valid"];
const NEEDS_REGISTER = { reason: "no_register" };

// {form, text, site, kind, beside, verdict, reason, days, steps, failed, claims, key, vaccinations, training, recalledOn};
// form, text, site and beside are as `understand` gives them, `kind` is the other system that made it; `days` fill the
// reason's sentence; `failed` is the step whose failure is the answer. Never throws for what was given. `facts` are the
// installation's, `lists` as renewLists gives them.
export async function check(given, lists, facts, at) {
  const understood = await understand(given);
  const found = await answers[understood.form](understood.text, lists, facts, at);
  const verdict = facts.verdicts[found.reason];
  const kind = understood.kind ?? (found.reason && verdict === "cannot_tell" ? kindOfClaims(found.claims) : null);
  const rest = { vaccinations: [], days: {}, failed: null, training: false, recalledOn: null };
  return { ...rest, ...found, ...understood, kind, verdict };
}

const answers = {
  signed: checkSigned,
  link: () => NEEDS_REGISTER,
  code: () => NEEDS_REGISTER,
  several: () => ({ reason: "several_codes" }),
  cut_up: async (text, _lists, _facts, at) => ({ ...(await walk(text, { keys: [] }, at)), reason: "not_read_whole" }),
  other: async (text, _lists, _facts, at) => ({ ...(await walk(text, { keys: [] }, at)), reason: "other_kind" }),
  none: async (text, _lists, _facts, at) => ({ ...(await walk(text, { keys: [] }, at)), reason: "not_a_certificate" }),
};

async function checkSigned(text, lists, facts, at) {
  const { list: bundle } = lists.bundle;
  const checked = await walk(text, bundle ?? { keys: facts.anchors }, at);
  const failed = Object.keys(checked.steps).find((step) => checked.steps[step] === false) ?? null;
  const found = { ...checked, failed, training: Boolean(checked.key && checked.key.training) };
  if (checked.reason !== null && !OUT_OF_TIME.includes(checked.reason)) return found;
  const on = localDay(at, (bundle && bundle.entryTimezone) ?? facts.entryTimezone);
  const judged = await judge(checked, lists, facts, { on, at });
  if (!judged) return found;
  const decisive = judged.reason === "signature_ended" ? failed : null;
  return { ...found, ...judged, failed: decisive, recalledOn: recallOf(checked, lists, facts) };
}

// A recalled lot is told beside the verdict and never changes it.
function recallOf({ key, vaccinations }, lists, facts) {
  const { list } = lists.revocations;
  if (!list || !isOfKey(key, facts.issuer)) return null;
  const days = vaccinations.map(({ brand, lot }) => (brand ? findRecall(list, brand, lot) : null));
  return days.filter(Boolean).sort()[0] ?? null;
}
