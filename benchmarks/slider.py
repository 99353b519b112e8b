"""What a hand on the slider waits for: from a move to the new counts laid out, in a real browser, with no request."""

import shutil
import statistics
from pathlib import Path

from benchmarks.load import served
from benchmarks.rows import Row

ADDRESS = "/patients/P0002?threshold=2000"  # the longest table of thresholds of the six patients
MOVES = 60
# The counts are read back after each move, so that the browser cannot put the work off.
MOVE = """
(moves) => {
  const slider = document.getElementById("slider");
  const cell = document.querySelector('[data-place=""] [data-count=compatible]');
  const took = [];
  for (let move = 0; move < moves; move += 1) {
    const before = performance.now();
    slider.value = String(250 * (1 + (move * 7) % 40));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    cell.getBoundingClientRect();
    took.push(performance.now() - before);
  }
  return took;
}
"""


def slider_rows(instance: Path, cookie: str) -> list[Row]:
    """Median and 95th percentile of sixty moves, and the requests they made; nothing where there is no browser."""
    path = shutil.which("chromium")
    if path is None:
        return []
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    with served(instance) as port, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        site = f"http://127.0.0.1:{port}"
        context = browser.new_context(locale="fr")
        context.add_cookies([{"name": "session", "value": cookie, "url": site}])
        page = context.new_page()
        page.goto(site + ADDRESS, wait_until="networkidle")  # the icon too is there
        page.on("request", lambda request: asked.append(request.url))
        took = sorted(page.evaluate(MOVE, MOVES))
        requests = len(asked)
        browser.close()
    return [
        Row("slider to new counts in Chromium: p50", statistics.median(took), "ms", 16),
        Row("slider to new counts in Chromium: p95", took[int(0.95 * len(took))], "ms", 16),
        Row("slider: requests of sixty moves", requests, "", 0),
    ]
