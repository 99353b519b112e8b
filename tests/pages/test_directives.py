"""The form of a directive in a real browser, with scripts and without: its faults, what it would do, its files."""

import pytest

pytestmark = pytest.mark.browser
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FORM = "/patients/DEMO-P2/directive"


def fill(page, **fields):
    for name, text in fields.items():
        page.fill(f"#{name.replace('_', '-')}", text)
    page.click("#directive-form p button[value=show]")


def accessible(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize(("language", "width"), [("fr", 1280), ("en", 768)])
def test_the_form_is_accessible_and_shows_what_it_would_do(visit, language, width):
    page = visit(FORM, roles=("scientist",), language=language, width=width)
    accessible(page)
    fill(page, threshold="3000", removed_0="A24", removed_0_reason="old serum", added_0="B44")
    assert page.url.endswith("#effect")
    accessible(page)
    assert page.locator("[data-proposed=compatible]").count() == 1
    assert page.input_value("#removed-0-reason") == "old serum"
    assert page.locator("button[value=save]").count() == 1


def test_the_form_works_without_scripts(visit):
    page = visit(FORM, roles=("searcher",), scripts=False)
    page.click("button[value=more_removed]")
    page.fill("#removed-3", "B7")
    page.fill("#removed-3-reason", "weak")
    page.fill("#threshold", "4000")
    page.press("#threshold", "Enter")
    assert page.input_value("#removed-0") == "B7"
    assert page.locator("[data-proposed=compatible]").count() == 1


@pytest.mark.parametrize("address", ["directives", "directives/sign", "directives/close"])
def test_the_other_pages_of_directives_are_accessible(visit, address):
    accessible(visit(f"/patients/DEMO-P2/{address}", roles=("scientist",), width=768, language="fr"))


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "csv"])
def test_a_click_saves_a_file(visit, kind):
    page = visit("/patients/DEMO-P2/directives", roles=("searcher",))
    with page.expect_download() as started:
        page.click(f"main a[href$='.{kind}']")
    assert started.value.suggested_filename == f"directive_DEMO-P2_2026-11-22.{kind}"
