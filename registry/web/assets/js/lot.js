// The chosen lot in full below its list: a telephone cuts the list's own line before the day on which the lot expires.
for (const select of document.querySelectorAll("select[data-lots]")) {
  const shown = document.getElementById(`${select.id}-shown`);
  const show = () => {
    shown.textContent = select.value && select.selectedOptions[0].textContent.trim();
    shown.hidden = !select.value;
  };
  select.addEventListener("change", show);
  show();
}
