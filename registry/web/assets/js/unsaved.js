// A form marked data-unsaved-warning asks before a page with unsent changes is left.
const changed = new Set();

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-unsaved-warning]");
  if (form) changed.add(form);
});

// Sending one form leaves the changes in another one unsent.
document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (!defaultPrevented) changed.delete(target);
});

window.addEventListener("beforeunload", (event) => {
  if (changed.size === 0) return;
  event.preventDefault();
  event.returnValue = ""; // Chrome before 119 asks only when this is set.
});
