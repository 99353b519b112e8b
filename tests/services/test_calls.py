"""Calls about reservations: who is named to whom, what each outcome does, what the trail keeps."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from domain.campaign_life import Step
from domain.errors import InvalidFields, RefusedByRule
from models.audit import AuditEvent
from models.campaign import Channel
from models.donor import Deferral, Donor
from models.reservation import DonorCall, Reservation, ReservationStatus
from services.calls import list_calls, record_call
from services.campaigns.steps import take_step
from services.reservations import reserve
from tests.recruiting import put_campaign, put_invitation
from tests.reserving import COORDINATOR, FREE, NOW, SEARCHER, TIMING, TODAY, someone, wish
from tests.small_registry import IDENTITY, PERSONAL

DAY = timedelta(days=1)


@pytest.fixture
def held(registry, fresh):
    with registry.write_session() as session:
        return reserve(session, fresh(), wish=wish(note="for P1"), by=SEARCHER, timing=TIMING)


@pytest.fixture
def call(registry, held):
    def record(outcome, *, timing=TIMING, by=COORDINATOR, version=1, **more):
        with registry.write_session() as session:
            return record_call(session, code=held.code, outcome=outcome, version=version, by=by, timing=timing, **more)

    return record


def called(engines, *, by=COORDINATOR, on=None, timing=TIMING):
    with engines.write_session() as session:
        return list_calls(session, on=on, by=by, timing=timing)


def status(engines):
    with engines.read_session() as session:
        return session.exec(select(Reservation.status)).one()


def trail(engines, action):
    with engines.read_session() as session:
        return session.exec(select(AuditEvent).where(AuditEvent.action == action)).all()


def test_one_who_calls_is_told_whom_and_the_trail_says_so(registry, held):
    (found,) = called(registry)
    assert (found.contact.last_name, found.contact.phone) == (IDENTITY["last_name"], IDENTITY["phone"])
    assert found.reservation.patient_number is None
    assert "P1" not in str(found)
    (event,) = trail(registry, "donor_identities_seen")
    assert (event.actor, event.subject_type, event.details["donors"]) == ("coo", "call_list", [FREE])
    assert not any(text in str(event.details) for text in PERSONAL)
    called(registry)
    assert len(trail(registry, "donor_identities_seen")) == 2


@pytest.mark.parametrize(
    "person",
    [
        SEARCHER,
        someone("scientist"),
        replace(COORDINATOR, permissions=COORDINATOR.permissions - {"see_identity"}),
        replace(COORDINATOR, permissions=COORDINATOR.permissions - {"call_donors"}),
    ],
    ids=["searcher", "scientist", "caller without identity", "identity without calls"],
)
def test_the_others_see_numbers_alone_and_leave_no_trail(registry, call, person):
    call("voicemail", note=IDENTITY["last_name"])
    with registry.read_session() as session:
        (found,) = list_calls(session, on=None, by=person, timing=TIMING)
    assert found.contact is None
    assert found.calls[0].outcome == "voicemail"
    assert not any(text in str(found) for text in PERSONAL)
    assert trail(registry, "donor_identities_seen") == []


@pytest.mark.parametrize("columns", [{"consent_contact": False}, {"restricted_at": NOW}, {"status": "inactive"}])
def test_a_donor_who_may_no_longer_be_called_is_not_named_and_not_called(registry, held, call, columns):
    with registry.write_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == FREE)).one()
        for name, value in columns.items():
            setattr(donor, name, value)
        session.add(donor)
    (found,) = called(registry)
    assert found.contact is None
    assert found.reservation.contact_fault
    assert not any(text in str(found) for text in PERSONAL)
    assert trail(registry, "donor_identities_seen") == []
    with pytest.raises(RefusedByRule) as refused:
        call("agreed")
    assert refused.value.code == "call_not_allowed"


@pytest.fixture
def numbers(registry):
    """The donors of the list, in its order."""

    def listed(**asked):
        return [one.reservation.donor_number for one in called(registry, **asked)]

    return listed


def test_a_held_donor_is_on_the_list_whatever_the_day_until_the_hold_ends(registry, fresh, held, numbers):
    with registry.write_session() as session:
        for donor, day, hours in (("PT0002", 40, -2), ("PT0007", 3, -1)):
            earlier = replace(TIMING, now=NOW + timedelta(hours=hours))
            reserve(session, fresh(), wish=wish(donor, day=TODAY + day * DAY), by=SEARCHER, timing=earlier)
    assert numbers() == [FREE, "PT0002", "PT0007"]  # the first hold ends with its day
    assert numbers(on=TODAY + 40 * DAY) == ["PT0002"]
    assert numbers(timing=replace(TIMING, now=NOW + timedelta(hours=22, minutes=30))) == ["PT0007"]
    assert numbers(timing=replace(TIMING, now=NOW + DAY)) == []


def test_a_confirmed_donor_is_on_the_list_for_today_and_the_next_three_days(registry, fresh, call, numbers):
    call("agreed")
    with registry.write_session() as session:
        for donor, day in (("PT0002", 3), ("PT0007", 4)):
            row = reserve(session, fresh(), wish=wish(donor, day=TODAY + day * DAY), by=SEARCHER, timing=TIMING)
            row.status = ReservationStatus.CONFIRMED
    assert numbers() == [FREE, "PT0002"]
    assert numbers(on=TODAY + 4 * DAY) == ["PT0007"]


@pytest.mark.parametrize(
    ("columns", "deferred"),
    [
        ({}, True),
        ({"until_on": TODAY}, True),
        ({"until_on": TODAY - DAY}, False),
        ({"from_on": TODAY + DAY}, False),
        ({"lifted_at": NOW}, False),
    ],
)
def test_a_deferral_that_reaches_the_day_reserved_is_said(registry, held, columns, deferred):
    with registry.write_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == FREE)).one()
        known = {"from_on": TODAY - 9 * DAY, "reason": "travel", "recorded_at": NOW}
        session.add(Deferral(donor_id=donor.id, **known | columns))
    assert [one.deferred for one in called(registry)] == [deferred]


def test_agreed_confirms_and_is_kept_once_however_often_it_is_pressed(registry, call):
    first = call("agreed", note="comes at nine")
    assert call("agreed", timing=replace(TIMING, now=NOW + timedelta(seconds=5))).id == first.id
    assert status(registry) == "confirmed"
    later = replace(TIMING, now=NOW + timedelta(hours=1))
    assert call("agreed", timing=later).id != first.id
    assert status(registry) == "confirmed"
    assert [event.details["outcome"] for event in trail(registry, "reservation_called")] == ["agreed", "agreed"]
    assert len(trail(registry, "reservation_confirmed")) == 1


@pytest.mark.parametrize(
    ("outcome", "more"),
    [("voicemail", {"note": "at work"}), ("unreachable", {}), ("call_back", {"call_back_at": NOW + DAY})],
)
def test_a_press_that_differs_is_another_call_however_soon(registry, call, outcome, more):
    soon = replace(TIMING, now=NOW + timedelta(seconds=5))
    call("voicemail")
    call(outcome, timing=soon, **more)
    call(outcome, timing=replace(TIMING, now=NOW + timedelta(seconds=9)), **more)  # the second one twice
    (found,) = called(registry, timing=soon)
    assert [one.outcome for one in found.calls] == [outcome, "voicemail"]
    assert (found.calls[0].note, found.calls[0].call_back_at) == (more.get("note", ""), more.get("call_back_at"))


def test_an_outcome_corrected_after_it_changed_the_reservation_is_refused_aloud(registry, call):
    call("agreed")
    with pytest.raises(RefusedByRule) as refused:
        call("refused", timing=replace(TIMING, now=NOW + timedelta(seconds=5)))
    assert refused.value.code == "changed_meanwhile"


def test_refused_releases_the_donor_with_the_reason(registry, call, held):
    call("refused")
    assert status(registry) == "released"
    (event,) = trail(registry, "reservation_released")
    assert (event.actor, event.details["reason"]) == ("coo", "donor_refused")
    assert called(registry) == []
    with pytest.raises(RefusedByRule) as refused:
        call("voicemail")
    assert refused.value.code == "call_not_needed"


@pytest.mark.parametrize("outcome", ["voicemail", "unreachable", "wrong_number"])
def test_the_other_outcomes_change_nothing_but_the_count_of_calls(registry, call, outcome):
    call(outcome)
    assert status(registry) == "held"
    (found,) = called(registry)
    assert (len(found.calls), found.calls[0].outcome, found.calls[0].caller) == (1, outcome, "coo")


def test_a_call_back_keeps_its_moment_until_the_next_call(registry, call):
    call("call_back", call_back_at=NOW + timedelta(hours=9))
    assert called(registry)[0].call_back_at == NOW + timedelta(hours=9)
    call("voicemail", call_back_at=NOW + timedelta(hours=10))
    assert called(registry)[0].call_back_at is None


@pytest.mark.parametrize(
    ("outcome", "more", "code"),
    [
        ("nonsense", {}, "call_outcome_unknown"),
        ("call_back", {}, "call_back_needs_time"),
        ("call_back", {"call_back_at": NOW - timedelta(minutes=1)}, "call_back_not_ahead"),
        ("call_back", {"call_back_at": NOW + timedelta(days=400)}, "call_back_not_ahead"),
        ("voicemail", {"note": "x" * 501}, "note_too_long"),
    ],
)
def test_a_call_that_cannot_be_kept_is_refused_and_nothing_is(registry, call, outcome, more, code):
    with pytest.raises(InvalidFields) as refused:
        call(outcome, **more)
    assert [fault.code for fault in refused.value.faults] == [code]
    with registry.read_session() as session:
        assert session.exec(select(DonorCall)).all() == []


@pytest.mark.parametrize("outcome", ["agreed", "refused"])
def test_an_outcome_that_would_overrule_a_change_nobody_saw_is_refused(registry, call, outcome):
    with pytest.raises(RefusedByRule) as refused:
        call(outcome, version=7)
    assert refused.value.code == "changed_meanwhile"
    assert status(registry) == "held"


def test_the_note_of_a_call_is_encrypted_and_not_in_the_trail(registry, call):
    call("voicemail", note="his daughter Zoé answers")
    with registry.read_session() as session:
        kept = session.execute(sa.text("SELECT note FROM donor_call")).scalar_one()
        said = str(session.execute(sa.text("SELECT details FROM audit_event")).all())
    assert "Zoé" not in kept + said
    assert called(registry)[0].calls[0].note == "his daughter Zoé answers"


def test_a_hold_that_ran_out_is_not_called_about(registry, call):
    late = replace(TIMING, now=NOW + DAY)
    assert called(registry, on=TODAY, timing=late) == []
    with pytest.raises(RefusedByRule) as refused:
        call("agreed", timing=late)
    assert refused.value.params["reason"] == "reservation_is.expired"


def test_a_donor_whom_a_campaign_contacted_today_is_called_all_the_same_with_a_warning(registry, held, call):
    with registry.write_session() as session:
        for name, timing in (("Rare platelets", TIMING), ("Another day", replace(TIMING, now=NOW - DAY))):
            row = put_invitation(session, put_campaign(session, name), FREE)
            take_step(session, row, Step.CONTACT, channel=Channel.PHONE, actor="other", timing=timing)
        own = put_invitation(session, put_campaign(session, "Called by the donor"), FREE)
        take_step(session, own, Step.CONTACT, channel=Channel.INCOMING, actor="other", timing=TIMING)
    assert called(registry)[0].campaigns == ("Rare platelets",)
    assert called(registry, by=SEARCHER)[0].campaigns == ()  # who is invited to what is for coordinators
    call("agreed")
    assert status(registry) == "confirmed"
