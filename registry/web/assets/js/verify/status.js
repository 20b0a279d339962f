// Says what the verdicts rest on: how old the lists are, what was refused, whether a network is needed.
import { SECONDS_A_DAY, localDay, spell } from "./dates.js";
import { isClockBehind } from "./judge.js";
import { fill, say } from "./view.js";

const HOUR = 3600;

// Writes the state of the lists where the page says it.
export function showLists(lists, facts, told, at) {
  const { bundle, revocations } = lists;
  fill(document.querySelector(".app-lists"), {
    bundle: ageOf(bundle, facts, told, at),
    revocations: ageOf(revocations, facts, told, at),
  });
  const refused = isClockBehind(lists, at) ? ["clock_behind"] : [bundle.notice, revocations.notice];
  const notices = [...new Set(refused.filter(Boolean))];
  document.querySelector("#notices").replaceChildren(...notices.map((notice) => warning(told.sentences[notice])));
}

function ageOf({ list, fault }, { timezone }, { sentences }, at) {
  if (!list) return sentences[`list_${fault}`];
  const age = at - list.issuedAt;
  const [name, unit] = age < HOUR ? ["fresh", HOUR] : age < 2 * SECONDS_A_DAY ? ["hours", HOUR] : ["days", SECONDS_A_DAY];
  const date = spell(localDay(list.issuedAt, timezone));
  return say(sentences[`age_${name}`], { date, count: Math.floor(age / unit) });
}

function warning(sentence) {
  const paragraph = document.createElement("p");
  paragraph.className = "govuk-error-message";
  paragraph.textContent = sentence;
  return paragraph;
}
