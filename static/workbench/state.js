// Coming back to the workbench finds it as it was left: how far it was read, the drawer. (ticks.js has the donors ticked.)
// What is asked (threshold, filters, order, page) is in the address; this tab alone remembers the rest.
"use strict";

(() => {
  const KEY = `workbench:${location.pathname}`;
  const drawer = document.getElementById("drawer");

  function leave() {
    const row = document.activeElement?.closest("tr[data-donor]");
    const state = {
      search: location.search,
      top: window.scrollY,
      drawer: drawer?.dataset.shown || null,
      donor: row?.dataset.donor || null,
    };
    sessionStorage.setItem(KEY, JSON.stringify(state));
  }

  // Back and forward, a reload, and an answer to something sent from here come back; a link does not.
  function isReturn() {
    const [entry] = performance.getEntriesByType("navigation");
    if (entry && entry.type !== "navigate") return true;
    return document.referrer.startsWith(`${location.origin}${location.pathname}/`);
  }

  function come() {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
    if (!kept || kept.search !== location.search || location.hash || !isReturn()) return;
    if (kept.donor) {
      const row = document.querySelector(`tr[data-donor="${CSS.escape(kept.donor)}"]`);
      row?.querySelector("a.why-link").focus({ preventScroll: true });
    }
    window.scrollTo({ top: kept.top, behavior: "instant" });
    if (kept.drawer) document.dispatchEvent(new CustomEvent("phenotheque:explain", { detail: kept.drawer }));
  }

  window.addEventListener("pagehide", leave);
  come();
})();
