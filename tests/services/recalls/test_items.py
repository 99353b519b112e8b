"""The list of work: when each piece appears and when it goes, whose it is, and that its page exists."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select
from werkzeug.exceptions import HTTPException

from domain.autologous_units import Method, UnitStatus
from domain.campaign_life import CampaignStatus, Stage
from domain.errors import Issue
from models.antibody import HlaClass
from models.autologous import AutologousCollection, AutologousUnit, CollectionStatus
from models.directive import Directive, DirectiveStatus
from models.donor import Donation, DonationKind, Donor
from models.patient import Patient
from models.reservation import Reservation, ReservationStatus
from services.accounts.permissions import Permission, permissions_of
from services.recalls.kinds import RANK, WHOSE, Item, Kind, in_order, whose
from services.recalls.listing import heaps_of, mine, work_items
from services.recalls.patients import serum_notice_days
from services.recalls.recruiting import items_of
from tests.conftest import close, copy_sqlite, make_app
from tests.recruiting import NOW, TIMING, put_campaign, put_invitation
from tests.small_registry import put_patient, put_serum, put_small_registry

TODAY, DAY = TIMING.today, timedelta(days=1)
EVERYTHING = list(Permission)


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated_sqlite):
    """The small registry, made once; what a test adds is rolled back."""
    folder = tmp_path_factory.mktemp("recalls")
    copy_sqlite(migrated_sqlite, folder / "recalls.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'recalls.sqlite'}")
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
    yield app
    close(app)


@pytest.fixture
def session(site):
    with site.extensions["phenotheque"].engines.write_session() as session:
        yield session
        session.rollback()


def donor_id(session, number: str) -> int:
    return session.exec(select(Donor.id).where(Donor.donor_number == number)).one()


def reserve(session, number: str, day: date, status=ReservationStatus.CONFIRMED) -> None:
    patient = session.exec(select(Patient.id)).first()
    known = {"held_by": "x", "held_at": NOW, "expires_at": NOW + DAY, "changed_by": "x", "changed_at": NOW}
    row = {"code": f"r-{number}-{day}", "donor_id": donor_id(session, number), "patient_id": patient, "day": day}
    session.add(Reservation(**row, status=status, **known))
    session.flush()


def found(session, *kinds: Kind) -> list[tuple[str, date, str]]:
    items = work_items(session, lambda _permission: True, TIMING)
    return [(one.subject, one.due_on, one.code) for one in items if one.kind in kinds]


def test_a_promise_is_missed_from_the_day_after_until_somebody_says_what_came_of_it(session):
    reserve(session, "PT0001", TODAY - DAY)
    reserve(session, "PT0002", TODAY)
    reserve(session, "PT0007", TODAY - 2 * DAY, ReservationStatus.RELEASED)
    reserve(session, "PT0009", TODAY - 3 * DAY)
    given = {"given_on": TODAY - 3 * DAY, "kind": DonationKind.PLATELETS, "recorded_at": NOW, "recorded_by": "x"}
    session.add(Donation(donor_id=donor_id(session, "PT0009"), **given))
    session.flush()
    assert found(session, Kind.MISSED_DONATION) == [("PT0001", TODAY - DAY, "recall.missed_donation")]


def test_a_donor_lost_for_a_coming_day_comes_before_all_else(session):
    reserve(session, "PT0001", TODAY - DAY)
    reserve(session, "PT0013", TODAY + DAY)  # no longer active
    items = work_items(session, lambda _permission: True, TIMING)
    assert [(one.kind, one.subject, one.params["reason"]) for one in items[:1]] == [
        (Kind.LOST_DONOR, "PT0013", "contact.inactive")
    ]


def test_an_appointment_is_missed_when_its_day_is_over_and_a_campaign_counts_as_one_item(session):
    campaign, paused = put_campaign(session, "Runs"), put_campaign(session, "Rests", status=CampaignStatus.PAUSED)
    put_invitation(session, campaign, "PT0001", stage=Stage.APPOINTED, appointment_at=NOW - DAY)
    put_invitation(session, campaign, "PT0002", stage=Stage.APPOINTED, appointment_at=NOW - timedelta(hours=1))
    put_invitation(session, campaign, "PT0003", stage=Stage.APPOINTED, appointment_at=NOW + DAY)
    put_invitation(session, campaign, "PT0004")
    put_invitation(session, campaign, "PT0005")
    put_invitation(session, paused, "PT0006", stage=Stage.APPOINTED, appointment_at=NOW - DAY)
    items = work_items(session, lambda _permission: True, TIMING)
    told = {one.kind: (one.subject, one.count, one.address) for one in items}
    calls = f"/campaigns/{campaign.code}/calls"
    assert told[Kind.MISSED_APPOINTMENT] == ("PT0001", 1, f"{calls}?list=to_sample")
    assert told[Kind.REMINDERS] == ("Runs", 1, f"{calls}?list=reminders")
    assert told[Kind.CAMPAIGN_CALLS] == ("Runs", 2, calls)


def put_directive(session, number: str, until: date | None = None, status=DirectiveStatus.CURRENT) -> Patient:
    patient = put_patient(session, number, "A*01 A*03 B*08 B*49")
    known = {"version": 1, "threshold_mfi": 2000, "actor": "x", "created_at": NOW}
    session.add(Directive(patient_id=patient.id, valid_until=until, status=status, **known))
    session.flush()
    return patient


def test_a_directive_is_announced_as_long_before_as_its_own_page_says(session):
    put_directive(session, "N1", TODAY + 14 * DAY)
    put_directive(session, "N2", TODAY - DAY)
    put_directive(session, "N3", TODAY + 15 * DAY)
    put_directive(session, "N4")
    put_directive(session, "N5", TODAY, DirectiveStatus.SUPERSEDED)
    assert found(session, Kind.DIRECTIVE) == [
        ("N2", TODAY - DAY, "directive_lapsed"), ("N1", TODAY + 14 * DAY, "directive_lapses_soon"),
    ]  # fmt: skip


SERA = {  # of a patient with a directive in force → what is said
    "N1": ([{"run_on": TODAY - 91 * DAY}], "recall.serum_old"),
    "N2": ([{"run_on": TODAY - 90 * DAY}], None),
    "N3": ([{"run_on": TODAY, "sampled_on": TODAY - 91 * DAY}], "recall.serum_old"),  # the blood, not the run
    "N4": ([{"run_on": TODAY - 200 * DAY}, {"run_on": TODAY - DAY}], None),
    "N5": ([{"run_on": TODAY - 200 * DAY}, {"run_on": TODAY - DAY, "rejected": True}], "recall.serum_old"),
    "N6": ([{"run_on": TODAY - 200 * DAY}, {"run_on": TODAY - DAY, "hla_class": HlaClass.II}], "recall.serum_old"),
    "N7": ([{"run_on": None}], "recall.serum_undated"),
    "N8": ([], None),
}


def test_a_serum_is_old_by_the_day_of_the_latest_that_counts(session):
    put_serum(
        session, put_patient(session, "N9", "A*01 A*03 B*08 B*49"), "no-directive", "A*02:01=9", run_on=date(2020, 1, 1)
    )
    for number, (sera, _) in SERA.items():
        patient = put_directive(session, number)
        for place, serum in enumerate(sera):
            put_serum(session, patient, f"{number}-{place}", "A*02:01=5000", **serum)
    assert serum_notice_days() == 90
    told = {number: code for number, _, code in found(session, Kind.SERUM)}
    assert told == {number: code for number, (_, code) in SERA.items() if code}


def test_a_unit_that_expired_is_said_as_on_the_page_of_the_patient(session):
    patient = put_patient(session, "P/1", "A*01 A*03 B*08 B*49")
    done = {"patient_id": patient.id, "created_at": NOW, "created_by": "x"}
    collection = AutologousCollection(code="c", day=TODAY - 9 * DAY, status=CollectionStatus.DONE, **done)
    session.add(collection)
    session.flush()
    unit = {
        "number": "AU-1",
        "collected_on": TODAY - 9 * DAY,
        "method": Method.FRESH,
        "content": 4.0,
        "status": UnitStatus.STORED,
    }
    session.add(
        AutologousUnit(collection_id=collection.id, expires_on=TODAY - DAY, volume_ml=60, location="A", **unit, **done)
    )
    session.flush()
    items = [one for one in work_items(session, lambda _p: True, TIMING) if one.kind is Kind.AUTOLOGOUS]
    assert [(one.subject, one.code, one.address) for one in items] == [
        ("P/1", "autologous_due.expired", "/patients/P%2F1/autologous")
    ]


def test_of_the_alerts_of_a_rare_donor_those_become_work_that_ask_for_something():
    class Entry:
        number, region = "R1", "Corse"
        alerts = (
            Issue("rare_alert.not_callable", "warning", params={"reason": "contact.erased"}),
            Issue("rare_alert.confirmation", "warning", params={"on": "2026-10-01", "reason": "rare.x"}),
            Issue("rare_alert.recall", "warning", params={"on": "2026-11-01"}),
            Issue("rare_alert.again", "info"),
        )

    assert [(one.kind, one.due_on, one.regions) for one in items_of([Entry()], TODAY)] == [
        (Kind.CONFIRMATION, date(2026, 10, 1), {"Corse"}),
        (Kind.RARE_CONTACT, date(2026, 11, 1), {"Corse"}),
        (Kind.RARE_AGAIN, TODAY, {"Corse"}),
    ]


def test_every_kind_is_of_some_role_and_has_its_place():
    roles = ("searcher", "coordinator", "laboratory", "scientist")
    assert set(WHOSE) == set(Kind) == set(RANK)
    unowned = [kind for kind in Kind if not any(whose(kind, permissions_of([role]).__contains__) for role in roles)]
    assert unowned == []


def item(kind: Kind, due_in: int = 0, count: int = 1) -> Item:
    return Item(kind, TODAY + due_in * DAY, "S", "recall.missed_donation", {"on": "2026-11-01"}, "/", count=count)


ITEMS = st.lists(st.builds(item, st.sampled_from(Kind), st.integers(-400, 30), st.integers(1, 50)), max_size=12)


@settings(max_examples=40)
@given(items=ITEMS, permissions=st.frozensets(st.sampled_from(EVERYTHING)))
def test_nobody_sees_work_that_is_not_theirs_and_the_heaps_hold_each_piece_once(items, permissions):
    seen = sorted(mine(items, permissions.__contains__), key=in_order)
    assert all(any(needed <= permissions for needed in WHOSE[one.kind]) for one in seen)
    assert [one for one in items if not whose(one.kind, permissions.__contains__) and one in seen] == []
    heaps = heaps_of(seen)
    assert [one.kind for one in heaps] == sorted({one.kind for one in seen}, key=RANK.__getitem__)
    assert sum(heap.count for heap in heaps) == sum(one.count for one in seen)
    assert all(heap.due_on == min(one.due_on for one in seen if one.kind == heap.kind) for heap in heaps)


def test_every_piece_leads_to_a_page_of_the_site(site, session):
    reserve(session, "PT0001", TODAY - DAY)
    reserve(session, "PT0002", TODAY)
    campaign = put_campaign(session, "Runs")
    put_invitation(session, campaign, "PT0003", stage=Stage.APPOINTED, appointment_at=NOW - 9 * DAY)
    put_invitation(session, campaign, "PT0004")
    put_serum(session, put_directive(session, "N 1/2", TODAY), "old", "A*02:01=5000", run_on=date(2020, 1, 1))
    items = work_items(session, lambda _permission: True, TIMING)
    assert {one.kind for one in items} >= {Kind.MISSED_DONATION, Kind.MISSED_APPOINTMENT, Kind.DIRECTIVE, Kind.SERUM}
    rare = Item(Kind.RARE_AGAIN, TODAY, "R1", "rare_alert.again", {}, "/rare-donors/R1")
    assert [one.address for one in [*items, rare] if not is_page(site, one.address)] == []


def is_page(app, address: str) -> bool:
    try:
        app.url_map.bind("localhost").match(address.partition("?")[0].replace("%2F", "-"), method="GET")
    except HTTPException:
        return False
    return True
