// The button of a visit says what it will record. Without this file it says only that it records the visit.
const button = document.querySelector("[data-records-all]");
const decisions = [...document.querySelectorAll("select[data-given]")];

function say() {
  const given = decisions.filter((one) => one.value === one.dataset.given).length;
  const { recordsAll, recordsSome, recordsNone } = button.dataset;
  button.textContent = given === 0 ? recordsNone : given === decisions.length ? recordsAll : recordsSome;
}

if (button !== null) {
  for (const one of decisions) one.addEventListener("change", say);
  // Gone back to, a page gets its choices after its scripts have run.
  window.addEventListener("pageshow", say);
  say();
}
