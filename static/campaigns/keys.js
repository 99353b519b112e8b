// The keys of a call list: j k donors, and the outcomes by the letter that their buttons carry.
// The frame has / and ?; a person may switch all of them off.
"use strict";

(() => {
  if (document.body.dataset.shortcuts !== "on") return;
  const TYPED_IN = "input:not([type=range], [type=checkbox]), select, textarea, [contenteditable]";

  const rows = () => [...document.querySelectorAll(".call.invited")];
  const current = () => document.activeElement.closest(".call.invited");

  function walk(by) {
    const all = rows();
    if (!all.length) return;
    const place = all.indexOf(current());
    const next = all[place < 0 ? 0 : Math.min(all.length - 1, Math.max(0, place + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const row = current();
    const found = row?.querySelector(`[data-key="${key}"]`);
    if (!found) return false;
    const day = row.querySelector("[name=later_on]");
    if (key === "l" && day && !day.value) day.focus(); // a later contact needs its day first
    else found.click();
    return true;
  }

  // What was refused stands beside its donor; after an outcome the address names the next one; else it is the first.
  const faults = document.getElementById("faults");
  const first = faults ? faults.closest(".call.invited") : document.querySelector(".call.invited:target") ?? rows()[0];
  first?.focus({ preventScroll: !faults });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest(TYPED_IN) || document.querySelector("dialog[open]")) return;
    if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
    else if (!/^[a-z]$/.test(event.key) || !press(event.key)) return;
    event.preventDefault();
  });
})();
