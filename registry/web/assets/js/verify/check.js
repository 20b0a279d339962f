// Judges whatever a code reader or a person gave. All that page and tests need, without a page.
import { localDay } from "./dates.js";
import { isOfKey, judge } from "./judge.js";
import { findRecall } from "./revocations.js";
import { cleanText, kindOf } from "./texts.js";
import { walk } from "./walk.js";

const NEEDS_REGISTER = { reason: "no_register" };

// {text, kind, verdict, reason, days, steps, claims, key, vaccinations, training, recalledOn}; `text` is clean, `days`
// fill the reason's sentence. Never throws for what was given. `facts` are the installation's, `lists` as renewLists
// gives them.
export async function check(given, lists, facts, at) {
  const text = cleanText(given);
  const kind = kindOf(text);
  const found = await answers[kind](text, lists, facts, at);
  const verdict = facts.verdicts[found.reason];
  return { vaccinations: [], days: {}, training: false, recalledOn: null, ...found, text, kind, verdict };
}

const answers = {
  signed: checkSigned,
  link: () => NEEDS_REGISTER,
  code: () => NEEDS_REGISTER,
  none: async (text, _lists, _facts, at) => ({ ...(await walk(text, { keys: [] }, at)), reason: "not_a_certificate" }),
};

async function checkSigned(text, lists, facts, at) {
  const { list: bundle } = lists.bundle;
  const checked = await walk(text, bundle ?? { keys: facts.anchors }, at);
  const found = { ...checked, training: Boolean(checked.key && checked.key.training) };
  if (checked.reason !== null) return found;
  const on = localDay(at, facts.timezone);
  return { ...found, ...(await judge(checked, lists, facts, { on, at })), recalledOn: recallOf(checked, lists, facts) };
}

// A recalled lot is told beside the verdict and never changes it.
function recallOf({ key, vaccinations }, lists, facts) {
  const { list } = lists.revocations;
  if (!list || !isOfKey(key, facts.issuer)) return null;
  const days = vaccinations.map(({ brand, lot }) => (brand ? findRecall(list, brand, lot) : null));
  return days.filter(Boolean).sort()[0] ?? null;
}
