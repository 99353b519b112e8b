// Why a donor: in a drawer beside the list; the same link opens a page of its own without this.
"use strict";

(() => {
  const drawer = document.getElementById("drawer");
  const content = document.getElementById("drawer-content");
  if (!drawer || typeof drawer.showModal !== "function") return;

  async function explain(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (new URL(answer.url).pathname === "/login") throw new Error("logged out");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    content.replaceChildren(...page.getElementById("main").children);
    drawer.dataset.shown = address;
    drawer.showModal();
    drawer.scrollTop = 0;
    document.dispatchEvent(new CustomEvent("phenotheque:answered"));
  }

  drawer.addEventListener("close", () => { delete drawer.dataset.shown; });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.why-link");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    explain(link.href).catch(() => { window.location.assign(link.href); });
  });
  document.addEventListener("submit", (event) => {
    const question = event.target.closest("form.ask-why");
    if (!question) return;
    event.preventDefault();
    const address = `${question.action}?${new URLSearchParams(new FormData(question))}`;
    explain(address).catch(() => { question.submit(); });
  });
  // a drawer that was open when the page was left (state.js)
  document.addEventListener("phenotheque:explain", (event) => { explain(event.detail).catch(() => {}); });
})();
