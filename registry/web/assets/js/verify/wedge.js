// A USB scanner types keys. They are read by position, so that a Russian, Kyrgyz or Arabic layout spoils nothing, and
// from anywhere on the page: nobody has to click into a field first. Enter ends a scan.
import { characterOf } from "../keys.js";

const FASTEST_TYPING_MS = 60;
const SHORTEST_SCAN = 8; // fewer quick keys than this may be a person's roll over the keyboard

export function listenForScans(onText) {
  let burst = "";
  let lastKeyAt = -Infinity;

  const listen = (event) => {
    if (event.timeStamp - lastKeyAt > FASTEST_TYPING_MS) burst = "";
    if (event.repeat || event.altKey || event.metaKey || event.ctrlKey) return;
    if (event.code === "Enter" || event.code === "NumpadEnter") {
      if (burst.length < SHORTEST_SCAN) return;
      event.preventDefault(); // it must not press the button that has the focus, nor send what the layout made of it
      onText(asScanned(burst));
      burst = "";
      return;
    }
    const character = characterOf(event);
    if (character === null) return;
    lastKeyAt = event.timeStamp;
    burst += character;
    // A space would press a button, a slash open the browser's search.
    if (burst.length > 1 && !isField(event.target)) event.preventDefault();
  };
  document.addEventListener("keydown", listen, { capture: true });
}

// Base45 knows no small letters: where they come, Caps Lock was on.
function asScanned(burst) {
  return /^hc1:/i.test(burst) ? burst.toUpperCase() : burst;
}

function isField(element) {
  return element.matches("textarea, input[type=text]");
}
