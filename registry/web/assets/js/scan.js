// A USB scanner types keys. With a Russian or Kyrgyz keyboard layout its letters come out Cyrillic, so while keys arrive
// faster than a person types, an input marked data-scan reads which key was pressed instead of which letter it gave.
import { characterOf } from "./keys.js";

const FASTEST_TYPING_MS = 40;
const SHORTEST_SCAN = 4; // Fewer quick keys than this may be a person's lucky roll over the keyboard.

function startBurst({ value, selectionStart, selectionEnd }) {
  return { before: value.slice(0, selectionStart), after: value.slice(selectionEnd), text: "" };
}

function watch(input) {
  let burst = null;
  let lastKeyAt = -Infinity;

  input.addEventListener("keydown", (event) => {
    // A key held down repeats as fast as a scanner; Alt and digits type a character that no key position tells.
    if (event.repeat || event.altKey) {
      burst = null;
      return;
    }
    const character = characterOf(event);
    if (character === null) return;
    if (burst === null || event.timeStamp - lastKeyAt > FASTEST_TYPING_MS) burst = startBurst(input);
    lastKeyAt = event.timeStamp;
    burst.text += character;
  });

  input.addEventListener("input", () => {
    if (burst === null || burst.text.length < SHORTEST_SCAN) return;
    const start = burst.before + burst.text;
    if (input.value === start + burst.after) return;
    input.value = start + burst.after;
    input.setSelectionRange(start.length, start.length);
  });
}

document.querySelectorAll("input[data-scan], textarea[data-scan]").forEach(watch);
