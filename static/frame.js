/* The frame of every page: keys that work everywhere, and a word before an idle login ends. */
"use strict";

(() => {
  const WARNING_SECONDS = 120;
  const TYPED_IN = "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=submit], [type=button])";
  const { idleSeconds, shortcuts, keysHelp } = document.body.dataset;
  const dialog = document.getElementById("login-ends");
  let timer;

  function startAgain() {
    clearTimeout(timer);
    timer = setTimeout(warn, Math.max(3, Number(idleSeconds) - WARNING_SECONDS) * 1000);
  }

  function warn() {
    if (!dialog.open) dialog.showModal();
  }

  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    dialog.close();
    if (answer.ok && !answer.redirected) startAgain();
    else location.reload();
  });
  document.addEventListener("phenotheque:answered", startAgain);
  document.addEventListener("htmx:after:request", startAgain);
  startAgain();

  document.addEventListener("keydown", (event) => {
    if (shortcuts !== "on" || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest(TYPED_IN) || document.querySelector("dialog[open]")) return;
    const box = document.getElementById("find"); // absent for those who may search nothing
    if (event.key === "/" && box) {
      event.preventDefault(); // the sign itself must not land in the box
      box.focus();
      box.select();
    } else if (event.key === "?") {
      location.assign(keysHelp);
    }
  });
})();
