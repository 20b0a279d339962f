// A scanner types, but never acts: keys that come faster than a hand presses them push no button, tick no box, change
// no list and send no form. Mouse, touch, voice and switches act by clicks and are left alone.
import { characterOf } from "./keys.js";
import { answer, close, say, settle } from "./scan-answer.js";

// A slow scanner sends a key every 50 ms; a person who means a button presses no other key so soon before or after.
const FASTEST_HAND_MS = 80;
// A scanner that sends Enter first may be as slow as a typist: a press waits so long for what may follow it.
const WAIT_MS = 200;
const SHORTEST_SCAN = 4;
// People do type fast into a text box: there it takes more keys, and digits as every number on papers and boxes has.
const SHORTEST_IN_TEXT = 6;
const DIGITS_IN_TEXT = 4;
const SUFFIX_MS = 600; // How late a scanner's Enter or Tab may follow.
const END_MS = 150;
// Whoever presses a button has typed no word onto it just before, fast or slowly.
const WORD_MS = 1000;
const SHORTEST_WORD = 3;
const PRESSED = "button, a[href], summary, input[type=submit], input[type=button], input[type=file]";
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta"]);

const swallowed = new Set();
let burst = { text: "", at: -Infinity, target: null, restore: () => {}, free: false, typed: false, ending: null };
let word = { text: "", at: -Infinity, target: null, restore: () => {} };
let scannedAt = -Infinity;
let held = null;

function isTextBox(element) {
  const types = /^(text|search|tel|email|url|number|password)$/;
  return element instanceof HTMLTextAreaElement || (element instanceof HTMLInputElement && types.test(element.type));
}

function isFree(element) {
  return isTextBox(element) && element.matches("[data-scan], [data-by-enter] *, [type=password]");
}

// How the control was before the first key: a list jumps at each letter, a space ticks.
function remember(control) {
  if (!control || !("value" in control)) return () => {};
  const alike = control.form && control.name ? [...control.form.elements].filter(({ name }) => name === control.name) : [control];
  const before = alike.map((one) => ({ one, value: one.value, checked: one.checked }));
  return () => {
    for (const { one, value, checked } of before) {
      if (one.value === value && one.checked === checked) continue;
      one.value = value;
      one.checked = checked;
      one.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
}

function begin(event) {
  const target = document.activeElement;
  const kind = { target, free: isFree(target), typed: isTextBox(target) };
  burst = { ...kind, text: "", at: event.timeStamp, restore: remember(target), ending: null };
}

function isScan({ text, typed, free }) {
  const shortest = typed && !free ? SHORTEST_IN_TEXT : SHORTEST_SCAN;
  return text.length >= shortest && (!typed || free || text.replace(/[^0-9]/g, "").length >= DIGITS_IN_TEXT);
}

function swallow(event) {
  swallowed.add(event.code);
  event.preventDefault();
  event.stopImmediatePropagation();
}

function finish({ restore, text }) {
  restore();
  answer(text);
}

// What a box took is looked at when all of it has come.
function finishInBox({ target, restore, text }) {
  if (target.matches("[data-scan]")) settle(target, text, restore);
}

function take(event, character) {
  burst.text += character;
  if (!isScan(burst)) {
    // A space, or the first letters: nothing is known yet, so what acts is kept back and what shows is restored later.
    if (character === " " && burst.text.length > 1 && !burst.typed) swallow(event);
    return;
  }
  scannedAt = event.timeStamp;
  clearTimeout(burst.ending);
  if (burst.free) {
    burst.ending = setTimeout(finishInBox, END_MS, burst);
    return;
  }
  swallow(event);
  burst.restore();
  burst.ending = setTimeout(finish, END_MS, burst);
}

// A press is believed when no letter follows soon.
function hold(event, element) {
  swallow(event);
  if (held !== null) return;
  held = setTimeout(() => {
    held = null;
    if (element instanceof HTMLSelectElement) element.showPicker();
    else element.click();
  }, WAIT_MS);
}

function letGo() {
  clearTimeout(held);
  held = null;
}

function mayAct(element) {
  if (element instanceof HTMLTextAreaElement && isFree(element)) return true;
  // A search is not a record: there a scanner's Enter sends, from the box or from the button that its Tab led to.
  const form = element.form && element.form.matches("[data-by-enter]") ? element.form : null;
  return form !== null && (isFree(element) || (burst.free && burst.target.form === form));
}

// An open list takes every key for itself: it too opens only for a hand.
function actsAt(key, element) {
  if (element instanceof HTMLSelectElement) return "showPicker" in element;
  return element.matches(PRESSED) && (key === "Enter" || !element.matches("a"));
}

// What is typed, however slowly, onto a control that takes no text.
function spell(event, character) {
  const target = document.activeElement || document.body;
  const goesOn = word.text !== "" && word.target === target && event.timeStamp - word.at <= WORD_MS;
  if (!goesOn) word = { text: "", at: -Infinity, target, restore: () => {} };
  if (isTextBox(target) || (character === " " && !goesOn)) return; // a space alone is a press
  if (!goesOn) word.restore = remember(target);
  word.text += character;
  word.at = event.timeStamp;
}

// A list takes letters to jump to its lines, and Tab leads on from there. From what else takes none, Tab was a scanner's.
function endsWord(event, element) {
  if (word.text.length < SHORTEST_WORD || event.timeStamp - word.at > WORD_MS) return false;
  return event.key === "Enter" && (word.target === element || !(word.target instanceof HTMLSelectElement));
}

function refuseWord(event) {
  swallow(event);
  letGo();
  scannedAt = event.timeStamp;
  finish({ ...word, text: `${word.text}\n` });
  word = { ...word, text: "" };
}

// Enter, Tab or a space that no letter came before at once.
function press(event, quick) {
  const element = document.activeElement || document.body;
  if (mayAct(element)) return;
  const scanning = event.timeStamp - scannedAt < SUFFIX_MS;
  if (scanning || (quick && burst.text !== "" && !isTextBox(element))) {
    if (scanning && event.key === "Enter") burst.text += "\n";
    if (event.key !== "Tab" || !burst.free) swallow(event);
  } else if (endsWord(event, element)) {
    refuseWord(event);
  } else if (event.key === " " && word.text !== "" && word.target === element) {
    swallow(event);
  } else if (event.key === "Tab") {
    return;
  } else if (actsAt(event.key, element)) {
    hold(event, element);
  } else if (event.key === "Enter" && element.matches("form[method=post] input")) {
    swallow(event);
    say("enter");
  }
}

function characterIn(event) {
  if (event.altKey || event.metaKey) return null;
  return characterOf(event) ?? (event.key.length === 1 && !event.ctrlKey ? event.key : null);
}

function keyPressed(event) {
  const quick = event.timeStamp - burst.at <= FASTEST_HAND_MS;
  if (event.repeat) {
    if (swallowed.has(event.code)) swallow(event);
    return;
  }
  const character = characterIn(event);
  if (character === null) {
    if (quick) burst.at = event.timeStamp;
    if (MODIFIERS.has(event.key)) return;
    if (event.key === "Escape") close();
    if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey) press(event, quick);
    else if (quick && isScan(burst) && !burst.free) swallow(event);
    return;
  }
  letGo();
  spell(event, character);
  if (character === " " && !quick) press(event, quick);
  if (!quick) begin(event);
  burst.at = event.timeStamp;
  take(event, character);
}

function keyReleased(event) {
  if (swallowed.delete(event.code)) event.preventDefault();
}

if (document.getElementById("scanned") !== null) {
  window.addEventListener("keydown", keyPressed, true);
  window.addEventListener("keyup", keyReleased, true);
  document.addEventListener("click", ({ target }) => target.closest("[data-close-scanned]") && close());
}
