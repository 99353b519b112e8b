// The workbench without a request per move: every count comes from the table that the page carries.
// Once the threshold rests, one request brings the lists to it.
// Without this file the page works by its links and its form.
"use strict";

(() => {
  const form = document.getElementById("criteria");
  const source = document.getElementById("sweep");
  if (!form || !source) return;

  let sweep = JSON.parse(source.textContent);
  const field = document.getElementById("threshold");
  const slider = document.getElementById("slider");
  const stale = document.getElementById("stale");
  const announcement = document.getElementById("announcement");
  const fresh = document.getElementById("fresh");
  let listed = Number(field.defaultValue);
  const figures = new Intl.NumberFormat(document.documentElement.lang);
  const LEAST = 1;
  const MOST = 100000;
  const QUIET_MS = 600;
  const REST_MS = 300;
  let quiet = 0;
  let rest = 0;
  let asked = null; // the request under way, so that a later one can call it off

  const figure = (value) => figures.format(value);

  // Only what changes is written: the browser lays out again whatever is touched.
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function mark(element, name, value) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  // Between two thresholds of the table nothing changes: the first at or above holds, else the last.
  function rowAt(threshold) {
    const found = sweep.thresholds.findIndex((mfi) => mfi >= threshold);
    return found < 0 ? sweep.thresholds.length - 1 : found;
  }

  function countsAt(place, row) {
    const numbers = sweep.places[place][row];
    return Object.fromEntries(sweep.keys.map((key, index) => [key, numbers[index]]));
  }

  function totalOf(counts) {
    return counts.compatible + counts.possible + counts.unknown + counts.blocked;
  }

  function showCounts(row) {
    for (const line of document.querySelectorAll("tr[data-place]")) {
      const counts = countsAt(line.dataset.place, row);
      for (const cell of line.querySelectorAll("[data-count]")) {
        write(cell, figure(counts[cell.dataset.count]));
      }
      let x = 0;
      for (const bar of line.querySelectorAll("[data-share]")) {
        const width = (1000 * counts[bar.dataset.share]) / (totalOf(counts) || 1);
        mark(bar, "x", x.toFixed(2));
        mark(bar, "width", width.toFixed(2));
        x += width;
      }
    }
  }

  function showBars(threshold) {
    const chart = document.getElementById("mfi-chart");
    if (!chart) return;
    const { topMfi, plotTop, plotHeight } = chart.dataset;
    const height = Number(plotTop) + Number(plotHeight) * (1 - Math.min(1, threshold / Number(topMfi)));
    document.getElementById("mfi-threshold").setAttribute("transform", `translate(0 ${height.toFixed(2)})`);
    document.getElementById("mfi-threshold-figure").textContent = figure(threshold);
    for (const bar of chart.querySelectorAll(".bar")) {
      if (bar.dataset.fixed) continue; // the patient's own, or set aside by the directive
      const whose = bar.dataset.self;
      const reached = Number(bar.dataset.mfi) >= threshold;
      const above = whose === "possible" ? "url(#undecided)" : "url(#above)";
      mark(bar.querySelector("rect"), "fill", reached ? above : chart.dataset.below);
    }
  }

  function showCurve(threshold) {
    const chart = document.getElementById("availability-chart");
    if (!chart) return;
    const { topMfi, plotLeft, plotWidth } = chart.dataset;
    const x = Number(plotLeft) + Number(plotWidth) * Math.min(1, threshold / Number(topMfi));
    document.getElementById("curve-threshold").setAttribute("transform", `translate(${x.toFixed(2)} 0)`);
  }

  function inWords(threshold, row) {
    const places = [...document.querySelectorAll(".counts tr[data-place] th")].map((heading) => {
      const place = heading.parentElement.dataset.place;
      const counts = countsAt(place, row);
      return announcement.dataset.place
        .replace("{name}", heading.firstChild.textContent.trim())
        .replace("{compatible}", figure(counts.compatible))
        .replace("{total}", figure(totalOf(counts)));
    });
    return announcement.dataset.sentence.replace("{mfi}", figure(threshold)).replace("{counts}", places.join(", "));
  }

  function show(threshold) {
    const row = rowAt(threshold);
    showCounts(row);
    showBars(threshold);
    showCurve(threshold);
    for (const place of document.querySelectorAll("[data-live-threshold]")) place.textContent = figure(threshold);
    for (const chip of document.querySelectorAll("[data-threshold]")) {
      if (Number(chip.dataset.threshold) === threshold) chip.setAttribute("aria-current", "true");
      else chip.removeAttribute("aria-current");
    }
    stale.hidden = threshold === listed;
    stale.textContent = stale.dataset.sentence.replace("{mfi}", figure(listed));
    if (threshold !== listed) fresh.textContent = "";
    document.body.classList.toggle("is-stale", threshold !== listed);
    const words = inWords(threshold, row);
    slider.setAttribute("aria-valuetext", words);
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      if (announcement.textContent !== words) announcement.textContent = words;
    }, QUIET_MS);
  }

  function choose(threshold) {
    field.value = String(threshold);
    slider.value = String(threshold);
    show(threshold);
  }

  const part = (name) => document.querySelector(`[data-part="${name}"]`);

  // What is being read or typed in is not taken from under the reader: the button is there for that case.
  function isInUse(name) {
    const chosen = window.getSelection();
    const inside = part(name).contains(document.activeElement);
    return inside || (!chosen.isCollapsed && part(name).contains(chosen.anchorNode));
  }

  function refreshAtRest() {
    clearTimeout(rest);
    asked?.abort();
    rest = setTimeout(() => {
      const threshold = Number(field.value);
      if (threshold === listed || !form.checkValidity() || isInUse("lists")) return;
      refresh(threshold).catch(() => {}); // called off or no answer: the page says at which threshold the lists are
    }, REST_MS);
  }

  // What the form holds, without the fields that ask nothing.
  function questionOf() {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
    return query;
  }

  async function refresh(threshold) {
    asked = new AbortController();
    const address = `${form.action}?${questionOf()}`;
    const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: asked.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (Number(field.value) !== threshold || isInUse("lists")) return;
    replaceParts(page);
    listed = threshold;
    history.replaceState(history.state, "", address);
    choose(threshold);
    document.dispatchEvent(new CustomEvent("phenotheque:listed"));
    fresh.textContent = fresh.dataset.sentence
      .replace("{mfi}", figure(threshold))
      .replace("{donors}", document.querySelector("[data-ranked]").textContent);
  }

  function replaceParts(page) {
    const top = window.scrollY;
    const open = [...part("lists").querySelectorAll("details[open]")].map((one) => one.dataset.details);
    for (const old of document.querySelectorAll("[data-part]")) {
      old.replaceWith(document.adoptNode(page.querySelector(`[data-part="${old.dataset.part}"]`)));
    }
    for (const one of part("lists").querySelectorAll("details")) one.open = open.includes(one.dataset.details);
    source.textContent = page.getElementById("sweep").textContent;
    sweep = JSON.parse(source.textContent);
    window.scrollTo({ top, behavior: "instant" });
  }

  slider.addEventListener("input", () => choose(Math.max(LEAST, Number(slider.value))));
  field.addEventListener("input", () => {
    const threshold = Number(field.value);
    if (!Number.isInteger(threshold) || threshold < LEAST || threshold > MOST) return;
    slider.value = String(threshold);
    show(threshold);
  });
  slider.addEventListener("change", refreshAtRest);
  field.addEventListener("change", refreshAtRest);
  for (const chip of document.querySelectorAll("[data-threshold]")) {
    chip.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      choose(Number(chip.dataset.threshold));
      refreshAtRest();
    });
  }
  document.getElementById("slider-field").hidden = false;
  // a page that comes back from history keeps what was typed: bring the counts to it
  window.addEventListener("pageshow", () => {
    choose(Number(field.value) || listed);
    refreshAtRest();
  });
})();
