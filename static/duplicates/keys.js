// The keys of a pair: the letter that each button carries. Without a reason a key goes to its field first.
// The frame has / and ?; a person may switch all of them off.
"use strict";

(() => {
  if (document.body.dataset.shortcuts !== "on") return;
  const TYPED_IN = "input:not([type=range], [type=checkbox]), select, textarea, [contenteditable]";

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest(TYPED_IN) || document.querySelector("dialog[open]")) return;
    if (!/^[mds]$/.test(event.key)) return;
    const button = document.querySelector(`.pair-form [data-key="${event.key}"]`);
    if (!button) return;
    event.preventDefault();
    const reason = document.querySelector(".pair-form [name=reason]");
    if (reason.value.trim()) button.click();
    else reason.focus();
  });
})();
