"""The first page: to each what they may do, without identity, friendly where there is nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from models.directive import Directive
from models.donor import Donor
from models.patient import Patient
from models.request import TransfusionRequest, Urgency
from models.reservation import Reservation
from tests.demo_site import Page
from tests.logins import log_in

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PATIENT, DONOR = "P-SECRET-1", "D-KNOWN-1"


@pytest.fixture
def busy(engines):
    """A bleeding patient with an unsigned directive, and a donor held for them."""
    with engines.write_session() as session:
        patient = Patient(patient_number=PATIENT, created_at=NOW, updated_at=NOW)
        donor = Donor(donor_number=DONOR, searchable=True, consent_contact=True, created_at=NOW, updated_at=NOW)
        session.add_all([patient, donor])
        session.flush()
        session.add(
            TransfusionRequest(
                code="r1", patient_id=patient.id, hospital="Hôpital <b>Nord</b>", units=2, urgency=Urgency.BLEEDING,
                needed_by=NOW + timedelta(hours=3), contact="Dr Fictif", created_at=NOW, created_by="x",
            )
        )  # fmt: skip
        session.add(Directive(patient_id=patient.id, version=1, threshold_mfi=2000, actor="x", created_at=NOW))
        session.add(
            Reservation(
                code="v1", donor_id=donor.id, patient_id=patient.id, day=NOW.date(), held_by="x", held_at=NOW,
                expires_at=NOW + timedelta(hours=2), changed_by="x", changed_at=NOW,
            )
        )  # fmt: skip


def home_of(app, *roles: str, language: str = "en") -> Page:
    answer = log_in(app.test_client(), app, *roles).get("/", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return Page(answer.get_data(as_text=True))


def titles(page: Page) -> list[str]:
    return [element.attributes["id"] for element in page.all("h2") if element.attributes.get("id", "").endswith("-title")]


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("searcher", ["requests-title", "directives-title", "holds-title"]),
        ("scientist", ["requests-title", "directives-title", "holds-title"]),
        ("laboratory", ["requests-title", "directives-title"]),
        ("coordinator", ["todo-title", "calls-title", "holds-title"]),
        ("reader", []),
        ("administrator", []),
    ],
)
def test_each_role_sees_what_it_may_do(app, busy, role, shown):
    page = home_of(app, role)
    assert titles(page) == [*shown, "registry-title", "login-ends-title"]
    assert (PATIENT in page.html) == ("requests-title" in shown)
    assert "Fictif" not in page.html


@pytest.mark.parametrize(
    ("role", "told"),
    [("searcher", True), ("coordinator", True), ("scientist", False), ("laboratory", False), ("reader", False)],
)
def test_who_reserves_and_who_calls_sees_first_that_a_reserved_donor_withdrew(app, engines, busy, role, told):
    with engines.write_session() as session:
        session.get_one(Donor, 1).consent_withdrawn_at = NOW
    page = home_of(app, role)
    assert titles(page)[:1] == ["lost-title"] if told else "lost-title" not in titles(page)
    assert ("No consent to be contacted: do not call." in page.html) == told
    assert "calls-title" not in titles(page)


def test_the_caller_reads_until_when_a_donor_is_held(app, busy):
    assert "for 22 Nov 2026 held until 22 Nov 2026 12:30" in " ".join(home_of(app, "coordinator").one("main").text.split())


def test_a_bleeding_patient_is_marked_by_a_word_and_a_sign(app, busy):
    page = home_of(app, "searcher")
    assert "▲ bleeding" in page.one("tbody").text
    assert "Hôpital <b>Nord</b>" in page.one("tbody").text


def test_a_request_says_how_many_units_are_still_to_find(app, engines, busy):
    assert "2 of 2" in home_of(app, "searcher").html
    with engines.write_session() as session:
        held = session.exec(select(Reservation)).one()
        held.request_id = session.exec(select(TransfusionRequest)).one().id
        session.add(held)
    assert "1 of 2" in home_of(app, "searcher").html
    assert "1 sur 2" in home_of(app, "searcher", language="fr").html


def test_a_scientist_alone_is_offered_to_sign(app, busy):
    address = f"/patients/{PATIENT}/directives/sign"
    assert home_of(app, "scientist").all("a", href=address)
    assert not home_of(app, "searcher").all("a", href=address)


def test_everybody_sees_how_large_the_registry_is(app, busy):
    assert "Donors 1" in home_of(app, "reader").one("dl").text


def test_an_empty_registry_says_how_to_fill_it(app):
    page = home_of(app, "administrator")
    assert "The registry is empty" in page.html
    assert "flask seed demo" in page.html


def test_nothing_to_do_is_said_kindly(app, engines):
    with engines.write_session() as session:
        session.add(Donor(donor_number="D1", created_at=NOW, updated_at=NOW))
    assert "Nothing needs you today" in home_of(app, "reader").html
    assert "Rien ne vous attend aujourd’hui" in home_of(app, "reader", language="fr").html
