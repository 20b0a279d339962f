// A page that follows long work: its bar and words change in place, and a screen reader hears of every tenth only.
// Without this file the page reloads itself every few seconds.
const PAUSE = 2000;
const LONGEST_PAUSE = 30000;

const bar = document.querySelector("progress[data-follow]");
let pause = PAUSE;
let told = tenth(bar);

function tenth({ value, max }) {
  return Math.floor((10 * value) / max);
}

function show(page) {
  const now = page.querySelector("progress[data-follow]");
  // The work is over, or so is the session.
  if (!now) return location.reload();
  bar.max = now.max;
  bar.value = now.value;
  const words = page.getElementById("progress").textContent;
  document.getElementById("progress").textContent = words;
  if (tenth(now) !== told) document.getElementById("progress-status").textContent = words;
  told = tenth(now);
  setTimeout(look, pause);
}

async function look() {
  try {
    const answer = await fetch(location.pathname);
    if (answer.status >= 500) throw new Error(answer.statusText);
    pause = PAUSE;
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    pause = Math.min(2 * pause, LONGEST_PAUSE);
    setTimeout(look, pause);
  }
}

setTimeout(look, pause);
