// Before the first paint: the colours that were chosen here, else those of the system.
(() => {
  try {
    const chosen = localStorage.getItem("refresh-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch { /* no storage: as the system */ }
})();
