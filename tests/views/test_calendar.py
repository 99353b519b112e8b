"""The calendar of recalls and its feed: what each person reads there, and what a token opens."""

import re
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlmodel import select

from domain.campaign_life import CampaignStatus, Stage
from domain.rare_care import Unconfirmed
from models.account import Account, ApiToken
from models.campaign import Invitation
from models.directive import Directive
from models.donor import Donor
from models.patient import Patient
from models.rare_donor import RareDonor, RareStatus
from models.reservation import Reservation
from tests.conftest import freeze
from tests.demo_site import Page
from tests.logins import log_in
from tests.recruiting import NOW, put_campaign, put_invitation
from tests.small_registry import PERSONAL, put_small_registry

PAGE = "/campaigns/calendar"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def site(app):
    """Two donors expected, one of them at an hour, in a campaign that runs; one in a campaign that does not."""
    freeze(app, NOW)
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        campaign, paused = put_campaign(session, "CD36"), put_campaign(session, "Paused", status=CampaignStatus.PAUSED)
        put_invitation(session, campaign, "PT0001", stage=Stage.APPOINTED, appointment_at=NOW + timedelta(days=1))
        put_invitation(session, campaign, "PT0002", stage=Stage.LATER, next_on=(NOW + timedelta(days=2)).date())
        put_invitation(session, paused, "PT0007", stage=Stage.LATER, next_on=(NOW + timedelta(days=2)).date())
    return app


@pytest.fixture
def visitor(site):
    return lambda *roles, login=None: log_in(site.test_client(), site, *roles, login=login)


def feed_address(client) -> str:
    text = client.post(PAGE + "/address", headers=ENGLISH).get_data(as_text=True)
    return re.search(r"(/calendar/phq_[\w-]+\.ics)", text)[1]


def fetched(site, address, status=200) -> bytes:
    answer = site.test_client().get(address)  # nobody is logged in: a calendar program asks
    assert answer.status_code == status
    return answer.get_data()


def events(content: bytes):
    return {str(one["uid"]): one for one in Calendar.from_ical(content).walk("VEVENT")}


def change(site, table, **columns) -> None:
    with site.extensions["phenotheque"].engines.write_session() as session:
        for row in session.exec(select(table)).all():
            for name, value in columns.items():
                setattr(row, name, value)
            session.add(row)


def test_a_month_shows_who_is_expected_by_number_alone(visitor):
    page = Page(visitor("coordinator").get(f"{PAGE}?month=2026-11", headers=ENGLISH).get_data(as_text=True))
    text = page.one("main").text
    assert "10:30 Appointment for a sample PT0001" in text
    assert "Contact again PT0002" in text
    assert "PT0007" not in text
    assert not [value for value in PERSONAL if value in page.html]


@pytest.mark.parametrize("month", ["2026-13", "soon", "0000-01", "1999-01"])
def test_what_is_no_month_is_said(visitor, month):
    answer = visitor("coordinator").get(f"{PAGE}?month={month}", headers=ENGLISH)
    assert answer.status_code == 400
    assert "is no month" in answer.get_data(as_text=True)


def test_an_empty_month_says_so(visitor):
    assert "Nothing is due" in visitor("coordinator").get(f"{PAGE}?month=2030-02", headers=ENGLISH).get_data(
        as_text=True
    )


def test_the_feed_is_read_without_a_login_and_names_nobody(site, visitor):
    content = fetched(site, feed_address(visitor("coordinator")))
    assert not [value for value in PERSONAL if value.encode() in content]
    assert b"CD36" not in content
    found = events(content)
    summaries = sorted(str(one["summary"]) for one in found.values())
    assert summaries == ["Appointment for a sample PT0001", "Contact again PT0002"]


def test_the_same_event_keeps_its_identifier_and_a_later_version_when_it_moves(site, visitor):
    address = feed_address(visitor("coordinator"))
    first = events(fetched(site, address))
    with site.extensions["phenotheque"].engines.write_session() as session:
        invitation = appointed(session)
        invitation.appointment_at = NOW + timedelta(days=3)
        session.add(invitation)
    second = events(fetched(site, address))
    assert first.keys() == second.keys()
    [moved] = [uid for uid in first if "appointment" in uid]
    assert int(second[moved]["sequence"]) > int(first[moved]["sequence"])
    assert second[moved]["dtstart"].dt - first[moved]["dtstart"].dt == timedelta(days=2)


def appointed(session) -> Invitation:
    return session.exec(select(Invitation).where(Invitation.stage == Stage.APPOINTED)).one()


def test_a_revoked_token_a_closed_account_and_a_lost_role_open_nothing(site, visitor):
    address = feed_address(visitor("coordinator", login="first"))
    assert events(fetched(site, address))
    change(site, Account, roles=["reader"])
    assert events(fetched(site, address)) == {}
    change(site, Account, roles=["coordinator"], active=False)
    fetched(site, address, 404)
    change(site, Account, active=True)
    assert events(fetched(site, address))
    change(site, ApiToken, revoked_at=NOW)
    fetched(site, address, 404)
    fetched(site, "/calendar/phq_nothing.ics", 404)


def test_a_calendar_token_opens_no_api_and_an_api_token_no_calendar(site, visitor):
    client = visitor("coordinator")
    token = feed_address(client).split("/")[-1].removesuffix(".ics")
    asked = site.test_client().get("/api/v1/campaigns", headers={"Authorization": f"Bearer {token}"})
    assert asked.status_code == 401
    change(site, ApiToken, scope="read")
    fetched(site, f"/calendar/{token}.ics", 404)


def test_patients_stand_only_in_the_calendar_of_those_who_see_them(site, visitor):
    """The small registry plans no autologous collection: a searcher's calendar is empty, and holds no donor."""
    assert "PT0001" not in visitor("searcher").get(f"{PAGE}?month=2026-11").get_data(as_text=True)


@pytest.fixture
def busy(site):
    """A rare donor whose second sample is awaited, a promise that was not kept, and a directive with a last day."""
    with site.extensions["phenotheque"].engines.write_session() as session:
        donors = {one.donor_number: one.id for one in session.exec(select(Donor)).all()}
        patient = session.exec(select(Patient)).one()
        seen = {"phenotype": "cd36_negative_type_1", "subjects": "CD36", "status": RareStatus.SUSPECTED, "since": NOW}
        session.add(RareDonor(donor_id=donors["PT0007"], **seen))
        held = {"held_by": "x", "held_at": NOW, "expires_at": NOW, "changed_by": "x", "changed_at": NOW}
        promised = {"donor_id": donors["PT0001"], "patient_id": patient.id, "day": NOW.date() - timedelta(days=2)}
        session.add(Reservation(code="r1", status="confirmed", **promised, **held))
        known = {"version": 1, "threshold_mfi": 2000, "actor": "x", "created_at": NOW}
        session.add(Directive(patient_id=patient.id, valid_until=NOW.date() + timedelta(days=100), **known))
    return site


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("coordinator", {"appointment", "contact", "confirmation", "recall", "promised"}),
        ("searcher", {"directive", "promised"}),
        ("scientist", {"directive"}),
        ("laboratory", set()),
    ],
)
def test_second_samples_promises_and_directives_stand_in_the_calendar_of_those_whose_work_they_are(
    busy, visitor, role, kinds
):
    content = fetched(busy, feed_address(visitor(role)))
    assert {uid.partition("-")[0] for uid in events(content)} == kinds
    assert (b"P1" in content.replace(b"PT", b"")) == ("directive" in kinds)
    assert not [value for value in PERSONAL if value.encode() in content]
    assert "Promised donation" in str(content) or "promised" not in kinds


def test_each_event_of_the_month_leads_to_its_page(busy, visitor):
    client = visitor("coordinator", "searcher")
    page = Page(client.get(f"{PAGE}?month=2026-11", headers=ENGLISH).get_data(as_text=True))
    assert "22 Nov 2026 · Promised donation of which nothing is known PT0001" in page.one("main").text
    due = [one.due_on for one in (Unconfirmed("x", NOW.date(), days) for days in (30, None))]
    assert due == [NOW.date() + timedelta(days=30), None]
    month = client.get(f"{PAGE}?month=2027-03", headers=ENGLISH).get_data(as_text=True)
    assert "Last day of a directive" in Page(month).one("main").text
    assert Page(month).all("a", href="/patients/P1/directives")
