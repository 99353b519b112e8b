/* The frame of every page: keys that work everywhere, and a word before the login ends. */
"use strict";

(() => {
  const WARNING_SECONDS = 120;
  const TYPED_IN = "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=submit], [type=button])";
  const { idleSeconds, loginSeconds, shortcuts, keysHelp } = document.body.dataset;
  const opened = Date.now();
  const dialog = document.getElementById("login-ends");
  const [stay, goOn] = dialog.querySelectorAll("form");
  let timer;

  function startAgain() {
    if (stay.hidden) return; // the end that no press can put off was told
    clearTimeout(timer);
    const idle = Number(idleSeconds);
    const login = Number(loginSeconds) - (Date.now() - opened) / 1000;
    timer = setTimeout(warn, Math.max(3, Math.min(idle, login) - WARNING_SECONDS) * 1000, login > idle);
  }

  function warn(mayStay) {
    stay.hidden = !mayStay;
    goOn.hidden = mayStay;
    if (!dialog.open) dialog.showModal();
  }

  stay.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(stay.action, { method: "POST", body: new FormData(stay) });
    dialog.close();
    if (answer.ok && !answer.redirected) startAgain();
    else warn(false); // the page stays as it is, with what was typed
  });
  document.addEventListener("phenotheque:answered", startAgain);
  document.addEventListener("htmx:after:request", (event) => {
    // What a page asks by itself shows nobody there, and the site does not count it either.
    if (!event.detail.ctx.sourceElement.matches("[hx-trigger^=every]")) startAgain();
  });
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
