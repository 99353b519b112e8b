"""Patients' pages in a real browser: the echo follows typing, nothing needs a script, and axe finds nothing."""

import pytest

from tests.demo_site import BARE_PATIENT

pytestmark = pytest.mark.browser
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
STATES = ("/patients", "/patients?q=DMO-P1", "/patients/new", "/patients/DEMO-P2/file", f"/patients/{BARE_PATIENT}/file", "/patients/DEMO-P2/edit", "/requests", "/patients/DEMO-P2/requests/new", "/patients/DEMO-P2/antibodies/new")


def findings(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def test_the_echo_follows_typing_without_a_page_load(visit):
    page = visit("/patients/new", roles=("searcher",))
    page.evaluate("window.stayed = true")
    page.fill("#hla_text", "A*02:01,24:02 A99")
    page.wait_for_selector("#typing-echo .issue-error")
    assert "no antigen A99 is known" in page.inner_text("#typing-echo")
    page.fill("#hla_text", "A2 A2")
    page.wait_for_selector("#typing-echo .echo-same")
    assert page.evaluate("window.stayed")


def test_a_patient_is_read_and_saved_without_scripts(visit):
    page = visit("/patients/new", roles=("searcher",), scripts=False)
    page.fill("#patient_number", "NOSCRIPT-1")
    page.fill("#hla_text", "A2 A24")
    page.click("button[value=read]")
    assert "A24" in page.inner_text("#typing-echo")
    page.press("#patient_number", "Enter")
    page.wait_for_url("**/patients/NOSCRIPT-1/file")
    assert "NOSCRIPT-1" in page.inner_text("h1")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [1280, 768])
def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(visit, language, width):
    for address in STATES:
        page = visit(address, language=language, width=width, roles=("laboratory", "searcher"))
        assert findings(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        page.close()
