"""The list of donors in a browser: keys, state kept on return, filters and comparison without scripts."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
LIST = "/patients/DEMO-P1?threshold=2000&on=2026-11-22"
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
FIRST_TWO = "[...document.querySelectorAll('tr[data-donor]')].slice(0, 2).map(row => row.dataset.donor)"


def focused_donor(page) -> str | None:
    return page.evaluate("document.activeElement.closest('tr[data-donor]')?.dataset.donor ?? null")


def wait_for_lists(page, figure: str) -> None:
    page.wait_for_function("figure => document.getElementById('fresh').textContent.includes(figure)", arg=figure)


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
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


def test_what_an_address_cannot_have_is_accessible(visit):
    page = visit("/help")
    # The browser's console would tell of the status, which is right: only the page is looked at here.
    page.route("**/patients/DEMO-P2?*", lambda route: route.fulfill(response=route.fetch(), status=200))
    page.goto(page.url.replace("/help", "/patients/DEMO-P2?threshold=abc&region=Mars"))
    assert page.locator(".issue-error").count() == 2
    assert violations(page) == []


def test_the_open_drawer_is_accessible(visit):
    page = visit(LIST)
    page.click("a.why-link >> nth=0")
    page.wait_for_selector("#drawer[open] h1")
    assert violations(page) == []


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
