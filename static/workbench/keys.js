// The keys of the workbench: j k donors, Enter why (a link does that by itself), r reserve, e files, [ ] threshold.
// The frame has / and ?; a person may switch all of them off.
"use strict";

(() => {
  if (document.body.dataset.shortcuts !== "on") return;
  const TYPED_IN = "input:not([type=range], [type=checkbox]), select, textarea, [contenteditable]";
  const STEP = 250;

  const donors = () => [...document.querySelectorAll(".donors a.why-link, .unknown a.why-link")];
  let last = null; // the donor last walked to, by number, for a list that was replaced since

  const numberOf = (link) => link.firstChild.textContent;

  function placeOf(links) {
    const here = document.activeElement.closest("tr")?.querySelector("a.why-link");
    const found = links.indexOf(here);
    return found >= 0 ? found : links.findIndex((link) => numberOf(link) === last);
  }

  function walk(by) {
    const links = donors();
    if (!links.length) return;
    const place = placeOf(links);
    const next = links[place < 0 ? 0 : Math.min(links.length - 1, Math.max(0, place + by))];
    last = numberOf(next);
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function reserve() {
    const links = donors();
    const place = placeOf(links);
    if (place >= 0) links[place].closest("tr").querySelector("a.reserve-link")?.click();
  }

  function moveThreshold(by) {
    const slider = document.getElementById("slider");
    const field = document.getElementById("threshold");
    // A list in use is not taken from under the reader: whoever walks it lets go of it, and is put back after.
    if (placeOf(donors()) >= 0 && document.activeElement.closest("tr")) document.activeElement.blur();
    const asked = Math.min(100000, Math.max(1, (Number(field.value) || 0) + by));
    // On a multiple of the step where one is passed: 2,084 goes up to 2,250 and down to 2,000.
    const onStep = by > 0 ? Math.floor(asked / STEP) * STEP : Math.ceil(asked / STEP) * STEP;
    field.value = String(Math.max(1, onStep));
    field.dispatchEvent(new Event("input", { bubbles: true }));
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("phenotheque:listed", () => {
    if (document.activeElement !== document.body) return;
    donors().find((link) => numberOf(link) === last)?.focus({ preventScroll: true });
  });

  const DEEDS = {
    j: () => walk(1),
    k: () => walk(-1),
    r: reserve,
    e: () => document.getElementById("first-export")?.focus(),
    "[": () => moveThreshold(-STEP),
    "]": () => moveThreshold(STEP),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || (event.altKey && !event.getModifierState("AltGraph"))) return;
    if (event.target.closest(TYPED_IN) || document.querySelector("dialog[open]")) return;
    const deed = DEEDS[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
})();
