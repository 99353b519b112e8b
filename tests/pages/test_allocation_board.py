"""The board of who gets which donor in a real browser: moved and accepted by keyboard alone, accessible, on paper."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.account import Role
from models.allocation import AllocationOverride
from services.directive_drafts import Wording
from services.directives import set_directive
from services.requests import create_request
from tests.demo_site import NOW
from tests.pages.conftest import serving
from tests.pages.test_every_page import faults_of, paper_faults

pytestmark = pytest.mark.browser
BOARD = "/allocation"


@pytest.fixture(scope="module")
def served(tmp_path_factory, migrated_sqlite):
    """A demo of one's own, with two requests that donors can serve."""
    with serving(tmp_path_factory.mktemp("board"), migrated_sqlite) as served:
        put_requests(served.app)
        yield served


@pytest.fixture(scope="module")
def site(served):
    return served.address


def put_requests(app):
    with app.extensions["phenotheque"].engines.write_session() as session:
        set_directive(session, patient_number="DEMO-P1", wording=Wording(1000), actor="doctor", now=NOW)
        for patient, units, days, urgency in (("DEMO-P1", 2, 3, "bleeding"), ("DEMO-P2", 3, 4, "planned")):
            needed = (NOW + timedelta(days=days)).date().isoformat()
            typed = {"hospital": "CHU", "units": str(units), "urgency": urgency, "contact": "", "note": ""}
            typed |= {"needed_on": needed, "needed_at": "09:00"}
            create_request(session, patient_number=patient, typed=typed, zone="Europe/Paris", actor="test", now=NOW)


def focused(page) -> str:
    return page.evaluate("document.activeElement.closest('.donor-card')?.id ?? ''")


def test_a_donor_is_moved_by_keyboard_alone(visit, served):
    page = visit(BOARD, roles=("searcher",))
    page.keyboard.press("ArrowRight")
    first = focused(page)
    assert first.startswith("card-")
    page.keyboard.press("ArrowDown")
    second = focused(page)
    assert second not in ("", first)
    page.keyboard.press("ArrowUp")
    assert focused(page) == first
    page.keyboard.press("m")
    page.wait_for_url("**/allocation/move?**")
    assert page.evaluate("document.activeElement.id") == "slot"
    for _ in range(2):  # the first slot is the one that the division gives
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("the ward asked for this day")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What it would change").wait_for()
    page.get_by_label("Why").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Waiting for a second person").wait_for()
    with served.app.extensions["phenotheque"].engines.read_session() as session:
        assert len(session.exec(select(AllocationOverride)).all()) == 1


def test_keys_open_the_reason_and_letters_typed_there_are_no_keys(visit):
    page = visit(BOARD, roles=("searcher",))
    page.keyboard.press("f")  # on no card: nothing
    page.keyboard.press("ArrowRight")
    card = focused(page)
    page.keyboard.press("x")
    assert page.evaluate("document.activeElement.name") == "reason"
    page.keyboard.type("fxma")
    assert page.evaluate("document.activeElement.value") == "fxma"
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Forbidden: the division is made without it.").wait_for()
    assert page.locator(f"[id='{card}']").count() == 0


def test_the_board_is_accessible_in_both_languages_and_on_paper(visit):
    found = []
    for language in ("fr", "en"):
        page = visit(BOARD, language=language, roles=("searcher",))
        page.evaluate("window.violations = []")
        found += faults_of(page, BOARD, [])
        page.set_viewport_size({"width": 1280, "height": 900})
        for details in page.locator("details").all():
            details.evaluate("one => { one.open = true; }")
        found += faults_of(page, f"{BOARD} opened", [])
        found += paper_faults(page, BOARD, whole=True)
    page = visit(BOARD, roles=(Role.SEARCHER.value,))
    page.get_by_role("button", name="Accept what is proposed…").click()
    page.get_by_role("button", name="Reserve those ticked").wait_for()
    page.evaluate("window.violations = []")
    found += faults_of(page, "/allocation/accept", [])
    assert found == []
