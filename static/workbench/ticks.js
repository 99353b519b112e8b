// Donors ticked to be compared stay ticked from one page, order or threshold of the list to another, in this tab.
// Without this file the donors ticked on one page are compared.
"use strict";

(() => {
  const KEY = `workbench-ticked:${location.pathname}`;
  const PICKED = "input[name=donor][form=compare]";
  const boxes = () => [...document.querySelectorAll(PICKED)];
  const kept = () => new Set(JSON.parse(sessionStorage.getItem(KEY) || "[]"));

  // A donor of another page has a box here too: it goes with the form, and can be unticked.
  function boxOf(number) {
    const label = document.createElement("label");
    label.className = "check";
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", className: "form-check-input", name: "donor", value: number, checked: true });
    box.setAttribute("form", "compare");
    label.append(box, number);
    return label;
  }

  function show() {
    const ticked = kept();
    const elsewhere = document.getElementById("ticked-elsewhere");
    for (const label of elsewhere.querySelectorAll("label")) label.remove();
    for (const box of boxes()) {
      box.checked = ticked.has(box.value);
      ticked.delete(box.value);
    }
    elsewhere.append(...[...ticked].map(boxOf));
    elsewhere.hidden = !ticked.size;
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches(PICKED)) return;
    const ticked = kept();
    if (event.target.checked) ticked.add(event.target.value);
    else ticked.delete(event.target.value);
    sessionStorage.setItem(KEY, JSON.stringify([...ticked]));
  });
  document.addEventListener("phenotheque:listed", show);
  window.addEventListener("pageshow", show); // after the browser's own memory of a form
})();
