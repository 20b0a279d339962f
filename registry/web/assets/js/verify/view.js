// Puts answers onto the page: the templates hold the words, this fills the facts in.
import { spell, utcDay } from "./dates.js";
import { windowOf } from "./dvc.js";
import { addressOfLink } from "./links.js";

// What `values` hold into every place that is named after them: texts, or what `say` made. Parts without one are hidden.
export function fill(element, values) {
  element.querySelectorAll("[data-fill]").forEach((place) => {
    place.replaceChildren(...[values[place.dataset.fill] || ""].flat());
  });
  element.querySelectorAll("[data-if]").forEach((part) => {
    part.hidden = !values[part.dataset.if];
  });
}

// A sentence with its facts in the places of %(name)s; each stays whole, and left to right in an Arabic sentence.
export function say(sentence, facts) {
  return sentence.split(/%\((\w+)\)s/).map((part, index) => {
    if (index % 2 === 0) return part;
    const fact = document.createElement("bdi");
    fact.className = "app-whole";
    fact.textContent = facts[part];
    return fact;
  });
}

// One article for each finding. Two codes of one certificate share an article: the same person, two doses.
export function showFindings(findings, told, context) {
  const articles = groups(findings).map((group) => article(group, told, context));
  document.querySelector("#findings").replaceChildren(...articles);
  const title = articles[0].querySelector("h1");
  title.id = "answer-title";
  title.tabIndex = -1;
  // One page has one first heading.
  articles.slice(1).forEach((one) => one.querySelector("h1").setAttribute("aria-level", "2"));
  return title;
}

function groups(findings) {
  const found = [];
  for (const one of findings) {
    const group = found.find(([first]) => sameCertificate(first, one));
    if (group) group.push(one);
    else found.push([one]);
  }
  return found;
}

function sameCertificate(...pair) {
  const [first, second] = pair.map(({ claims, reason, recalledOn }) =>
    claims && claims.id ? [claims.id.join(), reason, recalledOn].join() : null,
  );
  return first !== null && first === second;
}

function article(group, told, context) {
  const [first] = group;
  const days = Object.fromEntries(Object.entries(first.days).map(([name, day]) => [name, spell(day)]));
  const element = copy("#finding");
  const band = copy(`[data-band="${first.verdict}"]`);
  band.querySelector(".app-verdict__reason").replaceChildren(...say(told.answers[first.reason], days));
  element.querySelector('[data-place="band"]').append(band);
  fill(element, valuesOf(first, told, context));
  const doses = group.flatMap(({ vaccinations }) => vaccinations).map((dose) => doseOf(dose, told, context));
  element.querySelector('[data-place="doses"]').append(...doses);
  element.querySelector('[data-link="online"]').href = addressOf(first, context);
  return element;
}

// Where there is a network, the registry's own page answers what needs the register.
function addressOf(found, { registry, checkUrl }) {
  return addressOfLink(found, registry) ?? checkUrl;
}

function valuesOf(found, told, { checkedAt }) {
  const { form, kind, beside, verdict, reason, claims, key, vaccinations, training, recalledOn, failed } = found;
  const [dose] = vaccinations;
  const [first, last] = dose ? windowOf(dose) : [];
  const datesStand = verdict === "valid" || reason === "entry_not_yet"; // else the paper only says so
  return {
    training: training && reason !== "training",
    recalled: recalledOn && say(told.sentences.recalled, { date: spell(recalledOn) }),
    kind: told.kinds[kind],
    beside,
    online: form === "link" || form === "code" || beside,
    failed: failed && told.steps[failed],
    failed_code: failed && `(${failed}: ${reason})`,
    checked_at: checkedAt,
    ...(dose && {
      name: dose.name,
      birth: spell(dose.birth_date),
      document: dose.document_number,
      [datesStand ? "entry_from" : "said_from"]: first && spell(first),
      [datesStand ? "entry_until" : "said_until"]: last && spell(last),
      issuer: key && key.participant,
      issued_on: spell(dose.issued_on || utcDay(claims.issuedAt)),
    }),
  };
}

function doseOf(dose, told, { diseases }) {
  const element = copy("#dose");
  const type = told.types[dose.vaccine_type];
  fill(element, {
    disease: (diseases[dose.disease] || {})[told.language] || (diseases[dose.disease] || {}).en || dose.disease,
    vaccine: [dose.brand || dose.product_id, type].filter(Boolean).join(", "),
    given_on: spell(dose.given_on),
    lot: dose.lot,
  });
  return element;
}

function copy(selector) {
  return document.querySelector(selector).content.firstElementChild.cloneNode(true);
}
