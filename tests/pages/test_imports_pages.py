"""A file taken in with a real browser, with and without scripts, and its pages held to the rules of access."""

import secrets

import pytest

pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
HEAD = "donor_number,birth_date,weigth_kg,consent_contact,status,hla_a_1,hla_a_2,hla_b_1,hla_b_2\n"


def donors(count: int, *, bad: int = 0) -> dict:
    mark = secrets.token_hex(3)
    rows = [f"{mark}{n:05d},1980-05-17,62,yes,active,A*01,A*02,B*07,B*08\n" for n in range(count)]
    rows += [f"{mark}X{n:04d},80-5,62,yes,active,A*01,A99,B*07,B*08\n" for n in range(bad)]
    return {"name": "donors.csv", "mimeType": "text/csv", "buffer": (HEAD + "".join(rows)).encode()}


def send(page, file):
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Send and check").click()
    page.get_by_role("heading", name=file["name"], level=1).wait_for()


def faults(page) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    found = axe.Axe().run(page, options={"runOnly": RULES})
    return [fault["id"] for fault in found.response["violations"]]


def wide(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_is_sent_its_columns_confirmed_and_imported(scripts, visit):
    page = visit("/imports/new", scripts=scripts, roles=("laboratory",))
    send(page, donors(5, bad=2))
    page.get_by_role("button", name="Take all suggestions").click()
    page.get_by_text("chosen by hand").wait_for(state="attached")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("heading", name="What was done").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the refused rows").click()
    assert download.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [1280, 768])
def test_the_pages_of_a_file_can_be_used_by_everybody(language, width, visit):
    page = visit("/imports/new?lang=en", roles=("coordinator",))
    send(page, donors(5, bad=120))
    checked = page.url
    page.goto(checked.replace(checked.rsplit("/", 1)[1], "new"))
    send(page, donors(20_000))  # waits for a jobs process, and there is none
    waiting = page.url
    page.set_viewport_size({"width": width, "height": 800})
    for address in (checked, waiting, f"{checked}?page=2", checked.rsplit("/", 1)[0], checked.rsplit("/", 1)[0] + "/new"):
        page.goto(address + ("&" if "?" in address else "?") + f"lang={language}")
        assert (address, faults(page), wide(page)) == (address, [], False)


def test_a_page_that_waits_asks_again_by_itself(visit):
    page = visit("/imports/new", roles=("coordinator",))
    send(page, donors(20_000))
    with page.expect_response(lambda answer: answer.url.endswith("/progress"), timeout=10_000) as asked:
        pass
    assert asked.value.ok
