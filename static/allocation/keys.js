// The keys of the board: arrows from card to card, f x m a press what the card carries under that letter.
// The frame has / and ?; a person may switch all of them off.
"use strict";

(() => {
  if (document.body.dataset.shortcuts !== "on") return;
  const TYPED_IN = "input:not([type=range], [type=checkbox]), select, textarea, [contenteditable]";
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const links = () => [...document.querySelectorAll(".allocation-board .card-link")];
  const cardOf = (element) => element.closest?.(".donor-card");
  const middle = (link) => {
    const box = link.getBoundingClientRect();
    return { x: box.left, y: box.top };
  };

  // The nearest card on that side: along the arrow first, how far beside it counts twice.
  function nearest(from, [dx, dy]) {
    const here = middle(from);
    const off = (link) => {
      const there = middle(link);
      const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
      const beside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
      return along > 1 ? along + 2 * beside : Infinity;
    };
    const others = links().filter((link) => link !== from && off(link) < Infinity);
    return others.sort((one, other) => off(one) - off(other))[0];
  }

  // From nowhere, the arrow to the right goes to the first card; the others still move the page.
  function walk(direction) {
    const current = cardOf(document.activeElement)?.querySelector(".card-link");
    const begins = document.activeElement === document.body && direction[0] > 0;
    const next = current ? nearest(current, direction) : begins && links()[0];
    if (!next) return Boolean(current);
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    return true;
  }

  function press(key) {
    const found = cardOf(document.activeElement)?.querySelector(`[data-key="${key}"]`);
    if (!found) return false;
    found.click();
    if (found.matches("summary")) found.parentElement.querySelector("[name=reason]").focus();
    return true;
  }

  // After a deed the address names the card it was done to.
  document.querySelector(".donor-card:target .card-link")?.focus();

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.repeat && !ARROWS[event.key]) return;
    if (event.target.closest(TYPED_IN) || document.querySelector("dialog[open]")) return;
    const done = ARROWS[event.key] ? walk(ARROWS[event.key]) : /^[fxma]$/.test(event.key) && press(event.key);
    if (done) event.preventDefault();
  });
})();
