/* The frame of every page: warns before an idle login ends, and keeps it when asked. */
"use strict";

(() => {
  const WARNING_SECONDS = 120;
  const dialog = document.getElementById("login-ends");
  const idleSeconds = Number(document.body.dataset.idleSeconds);
  let timer;

  function startAgain() {
    clearTimeout(timer);
    timer = setTimeout(() => dialog.showModal(), Math.max(5, idleSeconds - WARNING_SECONDS) * 1000);
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
  startAgain();
})();
