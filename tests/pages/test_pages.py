"""The pages in a real browser: policy, live counts, keyboard, accessibility, width and paper."""

import json
import re

import pytest

from tests.demo_site import BARE_PATIENT

pytestmark = pytest.mark.browser

ADDRESSES = [
    "/",
    "/patients/DEMO-P1?threshold=2000",
    "/patients/DEMO-P2",
    "/patients/DEMO-P6?threshold=1000&loci=A,B,C&region=Bretagne",
    f"/patients/{BARE_PATIENT}",
    "/patients/DEMO-P1?threshold=2000&available=yes",
    "/patients/DEMO-P2/donors/DEMO-00007",
    "/patients/DEMO-P1/donors/DEMO-02828",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
KEYS = ("compatible", "available", "possible", "unknown", "blocked")


def shown(page) -> dict[str, dict[str, int]]:
    """The counts on the screen, by place ("" is the country)."""
    rows = page.locator(".counts tr[data-place]:not(.share-row)").all()
    return {
        row.get_attribute("data-place"): {
            key: int(re.sub(r"\D", "", row.locator(f"[data-count={key}]").inner_text())) for key in KEYS
        }
        for row in rows
    }


def expected(page, threshold: int) -> dict[str, dict[str, int]]:
    """The counts of the table that the page carries."""
    table = json.loads(page.locator("#sweep").text_content())
    row = next((i for i, mfi in enumerate(table["thresholds"]) if mfi >= threshold), len(table["thresholds"]) - 1)
    places = ("", table["region"]) if table["region"] else ("",)
    return {place: dict(zip(table["keys"], table["places"][place][row], strict=True)) for place in places}


def requests_of(page) -> list[str]:
    found: list[str] = []
    page.wait_for_load_state("networkidle")
    page.on("request", lambda request: request.url.endswith("icon.svg") or found.append(request.url))
    return found


def drag(page, threshold: int) -> None:
    """Move the slider without letting go of it."""
    page.evaluate(
        "mfi => { const slider = document.getElementById('slider');"
        " slider.value = mfi; slider.dispatchEvent(new Event('input', {bubbles: true})); }",
        threshold,
    )


def let_go(page) -> None:
    page.dispatch_event("#slider", "change")


def wait_for_lists(page, threshold: int) -> None:
    page.wait_for_function(
        "figure => document.getElementById('fresh').textContent.includes(figure)", arg=f"at {threshold:,} MFI"
    )


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("width", [768, 1280])
def test_a_page_is_accessible_and_no_wider_than_the_window(visit, address, width):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(address, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_moving_the_slider_changes_the_counts_without_a_request(visit, language):
    page = visit("/patients/DEMO-P1?threshold=1000", language=language)
    asked, before = requests_of(page), shown(page)
    for threshold in (1250, 2000, 4250, 9000, 250):
        drag(page, threshold)
        assert page.input_value("#threshold") == str(threshold)
        assert shown(page) == expected(page, threshold)
    assert shown(page) != before
    page.wait_for_timeout(900)  # longer than the pause before the counts are announced
    assert asked == []


@pytest.mark.parametrize("threshold", [1, 999, 1000, 1001, 2084, 11_246, 11_247, 11_248, 100_000])
def test_a_typed_threshold_shows_the_counts_of_the_server(visit, site, threshold):
    page = visit("/patients/DEMO-P1?threshold=1000")
    page.fill("#threshold", str(threshold))
    live = shown(page)
    page.goto(f"{site}/patients/DEMO-P1?threshold={threshold}")
    assert shown(page) == live


@pytest.mark.parametrize("typed", ["", "0", "-5", "100001", "1.5"])
def test_a_threshold_that_cannot_be_leaves_the_counts(visit, typed):
    page = visit("/patients/DEMO-P1?threshold=1000")
    before = shown(page)
    page.fill("#threshold", typed)
    assert shown(page) == before


def test_the_usual_thresholds_move_the_slider_without_a_request(visit):
    page = visit("/patients/DEMO-P1?threshold=1000")
    page.clock.install(time=0)  # on a busy machine the threshold would seem to rest between two clicks
    page.clock.pause_at(1000)
    asked = requests_of(page)
    for threshold in (5000, 2000, 1000):
        page.click(f"[data-threshold='{threshold}']")
        assert shown(page) == expected(page, threshold)
        assert page.locator("[data-threshold][aria-current=true]").all_inner_texts() == [f"{threshold:,}"]
        assert asked == []
    page.clock.run_for(900)
    assert asked == []  # back where the lists are: nothing to ask


def test_the_drawings_follow_the_threshold(visit, site):
    page = visit("/patients/DEMO-P1?threshold=1000")

    def drawing() -> tuple:
        fills = page.locator("#mfi-chart .bar rect").evaluate_all("all => all.map(one => one.getAttribute('fill'))")
        shares = page.locator("[data-share]").evaluate_all(
            "all => all.map(one => Math.round(one.getAttribute('width')))"
        )
        line = page.get_attribute("#mfi-threshold", "transform"), page.get_attribute("#curve-threshold", "transform")
        return fills[:60], shares, line

    page.fill("#threshold", "4000")
    moved = drawing()
    page.goto(f"{site}/patients/DEMO-P1?threshold=4000")
    assert drawing() == moved


def test_lists_that_no_longer_fit_the_threshold_say_so(visit):
    page = visit("/patients/DEMO-P1?threshold=1000")
    assert page.locator("#stale").is_hidden()
    drag(page, 2000)
    assert "1,000 MFI" in page.inner_text("#stale")
    page.click("#apply")
    page.wait_for_url("**threshold=2000**")
    assert page.locator("#stale").is_hidden()
    assert "2,000 MFI" in page.inner_text("#donors-title")


def test_once_the_slider_is_let_go_the_lists_follow_by_one_request(visit, site):
    page = visit("/patients/DEMO-P1?threshold=1000")
    page.click("[data-details=beads] > summary")
    page.focus("#slider")
    page.evaluate("window.scrollTo(0, 300)")
    asked = requests_of(page)
    for threshold in (1500, 2500, 4000, 5000):
        drag(page, threshold)
        let_go(page)
    wait_for_lists(page, 5000)
    assert len(asked) == 1
    assert "threshold=5000" in page.url
    assert page.locator("#stale").is_hidden()
    assert page.evaluate("document.activeElement.id") == "slider"
    assert page.evaluate("window.scrollY") == 300
    assert page.locator("[data-details=beads]").get_attribute("open") is not None
    parts = ("#donors-title", ".donors tbody", ".gains", ".regions", ".beads")
    followed = [page.locator(part).first.inner_html() for part in parts]
    assert f"{page.locator('[data-ranked]').inner_text()}." in page.inner_text("#fresh")
    assert "threshold=5000" in page.get_attribute(".languages a >> nth=0", "href")
    page.goto(f"{site}/patients/DEMO-P1?threshold=5000&policy=identity-first&on=2026-11-22&loci=A,B")
    assert [page.locator(part).first.inner_html() for part in parts] == followed


def test_the_list_that_followed_still_explains_and_counts(visit):
    page = visit("/patients/DEMO-P1?threshold=1000")
    page.click("[data-threshold='5000']")
    wait_for_lists(page, 5000)
    page.click("a.why-link >> nth=0")
    page.wait_for_selector("#drawer[open] h1")
    assert "5,000 MFI" in page.inner_text("#drawer")
    page.keyboard.press("Escape")
    page.fill("#asked-donor", "DEMO-00007")
    page.press("#asked-donor", "Enter")
    page.locator("#drawer[open] h1", has_text="DEMO-00007").wait_for()
    page.keyboard.press("Escape")
    drag(page, 2000)
    assert shown(page) == expected(page, 2000)


def test_a_list_in_use_is_not_taken_from_under_the_reader(visit):
    page = visit("/patients/DEMO-P1?threshold=1000")
    drag(page, 2000)
    page.focus("#asked-donor")
    asked = requests_of(page)
    let_go(page)
    page.wait_for_timeout(700)
    assert asked == []
    assert "1,000 MFI" in page.inner_text("#stale")
    assert "1,000 MFI" in page.inner_text("#donors-title")


def test_an_answer_that_does_not_come_leaves_the_lists_and_says_so(visit):
    page = visit("/patients/DEMO-P1?threshold=1000")
    page.route("**/patients/DEMO-P1?threshold=2000*", lambda route: route.abort("aborted"))
    page.click("[data-threshold='2000']")
    page.wait_for_timeout(700)
    assert "1,000 MFI" in page.inner_text("#stale")
    assert "1,000 MFI" in page.inner_text("#donors-title")


def test_an_answer_overtaken_by_a_move_is_dropped(visit):
    page = visit("/patients/DEMO-P1?threshold=1000")

    def answer_late(route) -> None:
        drag(page, 5000)
        route.continue_()

    page.route("**/patients/DEMO-P1?threshold=2000*", answer_late)
    page.click("[data-threshold='2000']")
    page.wait_for_timeout(1500)
    assert page.input_value("#threshold") == "5000"
    assert "1,000 MFI" in page.inner_text("#donors-title")
    let_go(page)
    wait_for_lists(page, 5000)
    assert "5,000 MFI" in page.inner_text("#donors-title")


def test_the_counts_are_announced_once_the_slider_rests(visit):
    page = visit("/patients/DEMO-P1?threshold=1000")
    for _ in range(4):
        page.press("#slider", "ArrowRight")
    words = page.get_attribute("#slider", "aria-valuetext")
    national = expected(page, 2000)[""]["compatible"]
    assert words.startswith("2,000 MFI: Bretagne: ")
    assert f"Country: {national:,} compatible of" in words
    page.wait_for_function("words => document.getElementById('announcement').textContent === words", arg=words)


def test_the_page_is_used_by_keyboard_alone(visit):
    page = visit("/patients/DEMO-P1?threshold=2000")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    for wanted in ("#slider", "#apply", "a.why-link"):
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
                break
        assert page.evaluate("wanted => document.activeElement.matches(wanted)", wanted), wanted
        box = page.evaluate(
            "(() => { const b = document.activeElement.getBoundingClientRect();"
            " const top = document.querySelector('.patient-banner').getBoundingClientRect().bottom;"
            " return [b.top >= top - 1, b.bottom <= innerHeight + 1]; })()"
        )
        assert box == [True, True], f"{wanted} is hidden where it has the focus"
    number = page.evaluate("document.activeElement.firstChild.textContent")
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawer[open] h1")
    assert number in page.inner_text("#drawer h1")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('drawer').open")
    assert page.evaluate("document.activeElement.firstChild.textContent") == number


def test_why_not_a_donor_is_answered_beside_the_list(visit):
    page = visit("/patients/DEMO-P1?threshold=1000")
    page.fill("#asked-donor", "DEMO-00007")
    page.press("#asked-donor", "Enter")
    page.wait_for_selector("#drawer[open] h1")
    assert "DEMO-00007" in page.inner_text("#drawer h1")
    page.click("#drawer button")
    assert page.url.endswith("?threshold=1000")


def test_everything_works_without_scripts(visit):
    page = visit("/patients/DEMO-P1?threshold=1000", scripts=False)
    assert page.locator("#slider").is_hidden()
    page.fill("#threshold", "2000")
    page.click("#apply")
    assert "2,000 MFI" in page.inner_text("#donors-title")
    page.click("[data-threshold='5000']")
    assert "threshold=5000" in page.url
    page.click("a.why-link >> nth=0")
    assert page.locator("article.why h1").count() == 1
    page.go_back()
    page.fill("#asked-donor", "DEMO-00007")
    page.press("#asked-donor", "Enter")
    assert "/donors/DEMO-00007?" in page.url
    page.click("text=Français")
    assert page.get_attribute("html", "lang") == "fr"


def test_a_page_that_comes_back_shows_the_counts_of_its_threshold(visit, site):
    page = visit("/patients/DEMO-P1?threshold=1000")
    page.fill("#threshold", "5000")
    page.goto(f"{site}/")
    page.go_back()
    assert shown(page) == expected(page, int(page.input_value("#threshold")))


def test_paper_holds_the_answer_and_no_controls(visit):
    page = visit("/patients/DEMO-P1?threshold=1000", language="fr")
    page.emulate_media(media="print")
    for hidden in (".site-header", "#criteria", ".ask-why", ".jump"):
        assert page.locator(hidden).first.is_hidden(), hidden
    for present in (".patient-banner", ".counts", ".donors", ".print-only", ".site-footer"):
        assert page.locator(present).first.is_visible(), present
    assert page.evaluate("getComputedStyle(document.querySelector('.donors thead')).display") == "table-header-group"
    repeated = page.inner_text(".donors .print-row")  # on every sheet: for whom, and by what directive
    for words in ("DEMO-P1", "seuil 1 000 MFI", "locus A, B", "22/11/2026"):
        assert words in repeated.replace("\u202f", " ").replace("\xa0", " ")
