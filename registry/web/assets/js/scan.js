// A USB scanner types keys. With a Russian or Kyrgyz keyboard layout its letters come out Cyrillic, so while keys arrive
// faster than a person types, an input marked data-scan reads which key was pressed instead of which letter it gave. What
// was scanned takes the place of what stood in the box: two numbers glued together are nobody's.
import { characterOf } from "./keys.js";

const FASTEST_TYPING_MS = 40;
const SLOWEST_SCAN_MS = 80; // People type as fast as a slow scanner, but not that many digits.
const PAUSE_MS = 600; // What comes sooner belongs to what is being typed.
const SHORTEST_SCAN = 4; // Fewer quick keys than this may be a person's lucky roll over the keyboard.
const SHORTEST_SLOW_SCAN = 6;
const DIGITS_IN_SLOW_SCAN = 4;

function isScan({ text, quick }) {
  if (quick) return text.length >= SHORTEST_SCAN;
  return text.length >= SHORTEST_SLOW_SCAN && text.replace(/[^0-9]/g, "").length >= DIGITS_IN_SLOW_SCAN;
}

// A list takes one scan after another; in a box a hand that has begun may go on quickly.
function replaces(input, { paused, byHand, quick }) {
  return input instanceof HTMLInputElement && paused && (quick || !byHand);
}

function write(input, burst) {
  const [before, after] = replaces(input, burst) ? ["", ""] : [burst.before, burst.after];
  const start = before + burst.text;
  input.value = start + after;
  input.setSelectionRange(start.length, start.length);
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function watch(input) {
  let burst = null;
  let byHand = false;
  let lastKeyAt = -Infinity;

  const start = (passed) => {
    byHand ||= burst !== null && !isScan(burst);
    const { value, selectionStart, selectionEnd } = input;
    const around = { before: value.slice(0, selectionStart), after: value.slice(selectionEnd) };
    burst = { ...around, text: "", quick: true, paused: passed > PAUSE_MS, byHand };
  };

  const end = () => {
    burst = null;
    lastKeyAt = -Infinity;
  };

  input.addEventListener("focus", () => {
    end();
    byHand = false;
  });

  input.addEventListener("keydown", (event) => {
    // A key held down repeats as fast as a scanner; Alt and digits type a character that no key position tells.
    if (event.repeat || event.altKey) {
      burst = null;
      return;
    }
    if (event.key === "Enter") end();
    const character = characterOf(event);
    if (character === null) return;
    const passed = event.timeStamp - lastKeyAt;
    if (burst === null || passed > SLOWEST_SCAN_MS) start(passed);
    else if (passed > FASTEST_TYPING_MS) burst.quick = false;
    lastKeyAt = event.timeStamp;
    burst.text += character;
    if (!isScan(burst)) return;
    // Written here and not by the key: a box that is full takes no more of a key.
    event.preventDefault();
    write(input, burst);
  });
}

document.querySelectorAll("input[data-scan], textarea[data-scan]").forEach(watch);
