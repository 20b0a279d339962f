// Where a scanned text goes that came while no box for it had the focus: to the box or the list that can read it, or
// into a sentence that refuses it. The sentences stand in templates/_scanned.html.
import { LONGEST_NUMBER, fits, lotNumbersIn, recognise } from "./scanned.js";

const MOST_SHOWN = 120;
let leftFrom = null;

function place() {
  return document.getElementById("scanned");
}

export function close() {
  if (place() === null || place().childElementCount === 0) return;
  const had = place().contains(document.activeElement) || place() === document.activeElement;
  place().replaceChildren();
  if (had && leftFrom) leftFrom.focus();
}

// Say a sentence aloud. A question takes the focus, so that no key pressed next acts on what lies behind it.
export function say(kind, facts = {}) {
  const template = document.querySelector(`template[data-scanned="${kind}"]`);
  if (template === null) return;
  close();
  const said = template.content.cloneNode(true);
  for (const slot of said.querySelectorAll("[data-slot]")) {
    const value = facts[slot.dataset.slot] || "";
    if ("value" in slot) slot.value = value;
    else slot.textContent = slot.dataset.slot === "text" && value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value;
  }
  said.querySelectorAll("[data-put-down-said]").forEach((words) => (words.hidden = !facts.isPutDown));
  const asks = said.querySelector("form") !== null;
  place().replaceChildren(said);
  if (!asks) return;
  leftFrom = document.activeElement;
  place().focus();
}

function change(control) {
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

function chooseLot(text) {
  const numbers = lotNumbersIn(text);
  const found = [];
  for (const select of document.querySelectorAll("select[data-lots]")) {
    for (const [id, number] of Object.entries(JSON.parse(select.dataset.lots)))
      if (numbers.has(number.toUpperCase())) found.push([select, id]);
  }
  if (found.length !== 1) return false;
  const [[select, id]] = found;
  select.value = id;
  change(select);
  say("lot", { text: select.selectedOptions[0].textContent.trim() });
  return true;
}

// Why a lot that this point has may not be used.
function whyHeld(text) {
  const numbers = lotNumbersIn(text);
  for (const { dataset } of document.querySelectorAll("[data-held]")) {
    const found = Object.entries(JSON.parse(dataset.held)).find(([number]) => numbers.has(number.toUpperCase()));
    if (found) return found[1];
  }
  return null;
}

function boxFor(kind) {
  return document.querySelector(`[data-scan~="${kind}"], [data-scan~="any"]`);
}

function write(box, value) {
  close();
  box.value = value;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function fill(box, value, entered) {
  if (box === null || (box.value !== "" && box.dataset.scan !== "any")) return false;
  write(box, value);
  box.focus();
  if (entered && box.form.matches("[data-by-enter]")) box.form.requestSubmit();
  return true;
}

function isFilled(box, number) {
  if (box === null) return false;
  if (box.value.trim().toUpperCase() === number) {
    close();
    box.focus();
  } else say("filled", { text: number });
  return true;
}

export function answer(scanned) {
  const text = scanned.trim();
  if (chooseLot(text)) return;
  const why = whyHeld(text);
  if (why !== null) {
    say("held", { text, why });
    return;
  }
  const { kind, number } = recognise(text);
  const box = boxFor(kind);
  if (fill(box, number || text, /[\r\n]$/.test(scanned))) return;
  const page = document.querySelector("[data-passport]");
  if (number === "" || (kind === "passport" && page) || !isFilled(box, number)) refuse(kind, number, text, page);
}

// Papers of somebody else lie before the scanner, so who sits here is looked at once more, and which vial is in the hand.
function putDown() {
  const tick = document.querySelector("[data-identity]");
  if (tick === null) return false;
  const lots = [...tick.form.querySelectorAll("select[data-lots]")].filter(({ value }) => value !== "");
  const chosen = tick.checked ? [tick, ...lots] : lots;
  tick.checked = false;
  for (const lot of lots) lot.value = "";
  chosen.forEach(change);
  return chosen.length > 0;
}

function refuse(kind, number, text, page) {
  if (kind === "unknown") say(document.querySelector("select[data-lots]") ? "no-lot" : kind, { text });
  else if (kind === "passport" && page && page.textContent.trim() === number) say("own", { text: number });
  else say(kind === "passport" && page ? "other" : kind, { text: number || text, isPutDown: putDown() });
}

// A box that took a scan keeps what it can read. What it cannot read goes where it can be read, or is refused aloud;
// short pieces without an Enter may be a quick hand's.
export function settle(box, scanned, restore) {
  const kind = box.dataset.scan;
  const text = scanned.trim();
  if (fits(kind, box.value)) {
    close();
    return;
  }
  const found = recognise(text);
  if (found.kind === kind) {
    write(box, found.number);
    return;
  }
  if (found.kind === "unknown" && text.length <= LONGEST_NUMBER && text === scanned) return;
  restore();
  answer(scanned);
}
