// Before the first paint: an explicit choice, else Airflow's stored one, else the system's.
(() => {
  try {
    const kept = localStorage.getItem("theme") || localStorage.getItem("chakra-ui-color-mode");
    if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
  } catch (_) { /* storage may be blocked in a frame */ }
  document.documentElement.classList.add("scripted");
})();
