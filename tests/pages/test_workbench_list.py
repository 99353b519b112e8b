"""The list of donors in a browser: keys, state kept on return, filters and comparison without scripts."""

from datetime import date

import pytest
from sqlmodel import select

from models.donor import Donor
from models.reservation import Reservation

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
LIST = "/patients/DEMO-P1?threshold=2000&on=2026-11-22"
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
FIRST_TWO = "[...document.querySelectorAll('tr[data-donor]')].slice(0, 2).map(row => row.dataset.donor)"

WIDTHS = "(one => [one.scrollWidth, one.clientWidth])(document.querySelector('.donors-panel .scroll-x'))"


def focused_donor(page) -> str | None:
    return page.evaluate("document.activeElement.closest('tr[data-donor]')?.dataset.donor ?? null")


def wait_for_lists(page, figure: str) -> None:
    page.wait_for_function("figure => document.getElementById('fresh').textContent.includes(figure)", arg=figure)


def violations(page, *, on_paper: bool = False):
    """What axe finds; nobody presses a link on paper, so the size of targets does not count there."""
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(media="print" if on_paper else "screen")
    options = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": not on_paper}}}
    found = Axe().run(page, options=options).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def test_j_and_k_walk_the_donors_and_enter_says_why(visit):
    page = visit(LIST)
    first, second = page.evaluate(FIRST_TWO)
    for key, expected in (("j", first), ("j", second), ("k", first), ("k", first), ("j", second)):
        page.keyboard.press(key)
        assert focused_donor(page) == expected
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawer[open] h1")
    assert second in page.inner_text("#drawer h1")
    page.keyboard.press("j")  # inside the drawer the keys of the list mean nothing
    page.keyboard.press("Escape")
    assert focused_donor(page) == second


def test_brackets_move_the_threshold_by_a_step_and_the_walk_goes_on(visit):
    page = visit("/patients/DEMO-P1?threshold=2084&on=2026-11-22")
    page.keyboard.press("]")
    assert page.input_value("#threshold") == "2250"
    page.keyboard.press("[")
    page.keyboard.press("[")
    assert page.input_value("#threshold") == "1750"
    wait_for_lists(page, "1,750")
    assert "threshold=1750" in page.url
    page.keyboard.press("j")
    walked = focused_donor(page)
    page.keyboard.press("]")
    wait_for_lists(page, "2,000")
    assert focused_donor(page) == walked


def test_r_reserves_and_e_leads_to_the_files(visit):
    page = visit(LIST)
    first, _ = page.evaluate(FIRST_TWO)
    page.keyboard.press("e")
    assert page.evaluate("document.activeElement.textContent") == "XLSX"
    page.keyboard.press("j")
    with page.expect_request(lambda request: "/reserve?" in request.url) as asked:
        page.keyboard.press("r")
    assert f"donor={first}" in asked.value.url


def test_keys_typed_into_a_field_are_text(visit):
    page = visit(LIST)
    page.fill("#asked-donor", "")
    page.type("#asked-donor", "jkre[]")
    assert page.input_value("#asked-donor") == "jkre[]"
    assert page.input_value("#threshold") == "2000"
    assert page.url.endswith(LIST)


def test_whoever_switched_the_keys_off_has_none(visit):
    page = visit(LIST)
    page.route("**/patients/DEMO-P1?*", lambda route: route.fulfill(
        response=(answer := route.fetch()), body=answer.text().replace('data-shortcuts="on"', 'data-shortcuts="off"')
    ))  # fmt: skip
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("]")
    assert focused_donor(page) is None
    assert page.input_value("#threshold") == "2000"


def test_coming_back_finds_the_list_as_it_was_left(visit, site):
    page = visit(LIST + "&abo=minor&sort=-sum_mfi&page=2")
    page.check(".pick input >> nth=2")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawer[open] h1")
    before = page.inner_text("#drawer h1"), page.evaluate("window.scrollY"), page.url
    page.goto(f"{site}/patients")
    page.go_back()
    page.wait_for_selector("#drawer[open] h1")
    assert (page.inner_text("#drawer h1"), page.evaluate("window.scrollY"), page.url) == before
    page.keyboard.press("Escape")
    assert page.locator(".pick input:checked").count() == 1


def test_filters_order_and_comparison_work_without_scripts(visit):
    page = visit(LIST, scripts=False)
    page.select_option("#filter-abo", "identical")
    page.fill("#filter-by", "2026-11-30")
    page.click("text=Filter >> nth=-1")
    page.locator(".chip-filter >> nth=1").wait_for()
    assert "abo=identical" in page.url
    assert page.locator(".chip-filter").count() == 2
    page.click(".sort >> text=Max. MFI")
    page.locator("th[aria-sort] >> text=Max. MFI").wait_for()
    assert "sort=max_mfi" in page.url
    assert "abo=identical" in page.url
    page.check(".pick input >> nth=0")
    page.check(".pick input >> nth=3")
    page.click("text=Compare the 2 to 4 ticked")
    page.locator(".site-footer").wait_for()
    assert page.locator(".comparison thead th").count() == 2
    page.click("text=Back to the donors")
    page.locator(".chip-filter >> nth=1").wait_for()
    page.click("text=Clear the filters")
    page.locator(".chip-filter").first.wait_for(state="detached")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("address", "width"),
    [
        (LIST + "&abo=identical&rhd=%2B&sort=-day&by=2026-12-24", 768),
        (LIST + "&region=Corse&grade=A&cmv=negative", 1280),
        ("/patients/DEMO-P1/compare?threshold=2000&donor=DEMO-00001&donor=DEMO-00002&donor=DEMO-00007", 768),
    ],
)
def test_every_state_of_the_list_is_accessible(visit, address, width, language):
    page = visit(address, width=width, language=language)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("number", range(1, 8))
def test_all_columns_fit_a_window_of_1280_pixels(visit, number, language):
    page = visit(f"/patients/DEMO-P{number}?threshold=2000&on=2026-11-22", language=language)
    for address in (page.url, page.url + "&loci=A,B,C"):
        page.goto(address)
        widths = page.evaluate(WIDTHS)
        assert widths[0] == widths[1], address


def test_a_heading_that_sorts_takes_no_more_room(visit):
    page = visit(LIST)
    for number in range(page.locator(".sort").count()):
        page.locator(".sort").nth(number).click()
        page.locator(".sort").nth(number).locator("[aria-hidden]").wait_for()
        widths = page.evaluate(WIDTHS)
        assert widths[0] == widths[1], page.url


def test_in_a_narrow_window_the_donor_stays_in_sight(visit):
    page = visit(LIST, width=768)
    page.evaluate("document.querySelector('.donors-panel .scroll-x').scrollLeft = 1000")
    page.locator(".donors").evaluate("one => one.scrollIntoView()")
    box = page.locator(".donors .why-link").nth(2).bounding_box()
    assert 0 <= box["x"] < 60
    assert page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).matches('.why-link')", [box["x"] + 5, box["y"] + 5]
    )


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("&sort=-verdict&verdict=all", 50),
        ("&sort=reservation", 50),
        ("&sort=-hla_b&page=4", 38),
        ("&page=99", 0),
        ("&grade=A&cmv=negative&abo=bidirectional", 0),
    ],
    ids=["two sorts in a heading", "reservation", "last page", "past the end", "nobody passes"],
)
def test_long_and_empty_lists_are_accessible_on_screen_and_paper(visit, query, rows, language):
    page = visit(LIST + query, language=language)
    assert page.locator(".donors tr[data-donor]").count() == rows
    assert page.locator(".donors-panel .notice").count() == (rows == 0)
    assert violations(page) == []
    assert violations(page, on_paper=True) == []


def test_what_an_address_cannot_have_is_accessible(visit):
    page = visit("/help")
    # The browser's console would tell of the status, which is right: only the page is looked at here.
    page.route("**/patients/DEMO-P2?*", lambda route: route.fulfill(response=route.fetch(), status=200))
    page.goto(page.url.replace("/help", "/patients/DEMO-P2?threshold=abc&region=Mars"))
    assert page.locator(".issue-error").count() == 2
    assert violations(page) == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("donor", ["", "DEMO-00007"], ids=["of the list", "blocked"])
def test_the_open_drawer_is_accessible(visit, donor, language):
    page = visit(LIST, language=language)
    if donor:
        page.fill("#asked-donor", donor)
        page.press("#asked-donor", "Enter")
    else:
        page.click("a.why-link >> nth=0")
    page.wait_for_selector("#drawer[open] h1")
    assert donor in page.inner_text("#drawer h1")
    assert violations(page) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_why_not_a_donor_nobody_knows_is_answered_in_the_drawer(visit, language):
    page = visit(LIST, language=language)
    # The browser's console would tell of the status, which is right: only the page is looked at here.
    page.route("**/donors/NOBODY?*", lambda route: route.fulfill(response=route.fetch(), status=200))
    page.route("**/why?*", lambda route: route.fulfill(response=route.fetch(), status=200))
    page.fill("#asked-donor", "NOBODY")
    page.press("#asked-donor", "Enter")
    page.wait_for_selector("#drawer[open] h1")
    assert "NOBODY" in page.inner_text("#drawer")
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert page.input_value("#asked-donor") == "NOBODY"


def test_the_keys_reach_those_who_cannot_be_evaluated(visit):
    page = visit(LIST + "&page=4")
    last = page.locator(".donors tr[data-donor]").last.get_attribute("data-donor")
    other = page.locator(".unknown tr[data-donor]").first.get_attribute("data-donor")
    page.locator(f"tr[data-donor='{last}'] .why-link").focus()
    page.keyboard.press("j")
    assert focused_donor(page) == other
    with page.expect_request(lambda request: "/reserve?" in request.url) as asked:
        page.keyboard.press("r")
    assert f"donor={other}" in asked.value.url
    page.locator("#override_reason").wait_for()  # nothing forbids such a donor, but somebody says why
    assert page.locator("#override_reason").get_attribute("required") is not None


def test_ticks_go_with_the_reader_through_the_list(visit, site):
    page = visit(LIST)
    page.check(".pick input >> nth=1")
    page.check(".pick input >> nth=4")
    page.click(".donors-panel .pager [rel=next]")
    page.wait_for_url("**page=2**")
    assert page.locator("#ticked-elsewhere label").count() == 2
    assert violations(page) == []
    page.check(".pick input >> nth=0")
    page.click(".sort >> text=Max. MFI")
    page.wait_for_url("**sort=max_mfi**")
    ticked = sorted(page.locator("input[name=donor]:checked").evaluate_all("all => all.map(one => one.value)"))
    assert len(ticked) == 3
    page.click("#compare button")
    page.wait_for_url("**/compare?**")
    assert sorted(page.locator(".comparison thead th").all_inner_texts()) == ticked
    page.goto(f"{site}{LIST}&page=3")
    page.locator("#ticked-elsewhere input").first.uncheck()
    page.reload()
    assert page.locator("#ticked-elsewhere label").count() == 2
    page.goto(f"{site}/patients/DEMO-P4?threshold=2000")  # another patient's list has its own
    assert page.locator("input[name=donor]:checked").count() == 0


def test_ticks_stay_when_the_lists_follow_the_threshold(visit):
    page = visit(LIST)
    page.check(".pick input >> nth=1")
    page.evaluate("document.activeElement.blur()")
    page.click("[data-threshold='5000']")
    wait_for_lists(page, "5,000")
    assert page.locator("input[name=donor]:checked").count() == 1


def test_without_scripts_the_ticks_of_one_page_are_compared_and_it_says_so(visit):
    page = visit(LIST, scripts=False)
    assert "ticked on this page" in page.inner_text("#compare")


def test_a_double_click_on_reserve_is_one_reservation(visit, served):
    page = visit("/patients/DEMO-P4?threshold=2000&on=2026-12-28")
    donor = page.locator("tr[data-donor]:has(.reserve-link)").first.get_attribute("data-donor")
    page.click(f"tr[data-donor='{donor}'] .reserve-link")
    page.wait_for_url("**/reserve?**")
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    page.locator("main form[method=post] button").last.dblclick()
    page.wait_for_url("**/patients/DEMO-P4?**")
    page.wait_for_load_state("load")
    assert "held until" in page.locator(f"tr[data-donor='{donor}']").inner_text()
    assert page.locator(".flashes").inner_text().count(donor) == 1
    with served.app.extensions["phenotheque"].engines.read_session() as session:
        query = select(Reservation).join(Donor).where(Donor.donor_number == donor, Reservation.day == date(2026, 12, 28))
        assert len(session.exec(query).all()) == 1
    assert 1 <= len(sent) <= 2


def test_paper_has_no_boxes_to_tick(visit):
    page = visit(LIST)
    page.emulate_media(media="print")
    for hidden in (".filters", ".pick", ".reserve-link", ".exports", "#compare"):
        assert page.locator(hidden).first.is_hidden(), hidden
    assert page.locator(".band").first.is_visible()
    # every heading still stands above its own cells
    left = "one => one.getBoundingClientRect().left"
    heading = page.locator(".donors thead th >> text=Grade").first.evaluate(left)
    cell = page.locator("tr[data-donor] td:has(.graded)").first.evaluate(left)
    assert abs(heading - cell) < 12


def test_after_reserving_the_list_is_where_it_was(visit):
    page = visit("/patients/DEMO-P4?threshold=2000&on=2026-12-24&abo=minor&sort=-max_mfi")
    for _ in range(12):
        page.keyboard.press("j")
    donor, left = focused_donor(page), (page.evaluate("window.scrollY"), page.url)
    assert left[0] > 0
    page.keyboard.press("r")
    page.wait_for_url("**/reserve?**")
    page.locator("main form[method=post] button").last.click()
    page.wait_for_url("**/patients/DEMO-P4?**")
    page.wait_for_load_state("load")
    assert page.url == left[1]
    row = page.locator(f"tr[data-donor='{donor}']")
    assert "held until" in row.inner_text()
    assert focused_donor(page) == donor
    assert row.bounding_box()["y"] < page.viewport_size["height"]
