"""Reserving a donor: what is refused and how, what happens once only, what follows, and who sees what."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule, UnusableInput
from models.audit import AuditEvent
from models.donor import Donation, Donor
from models.request import RequestStatus, TransfusionRequest, Urgency
from models.reservation import Reservation
from services.audit import verify_audit
from services.reservations import (
    ReservationFilter,
    change_reservation,
    get_reservation,
    list_reservations,
    reserve,
)
from services.reservations.file import open_reservation
from services.reservations.occupancy import expire_holds
from services.reservations.planning import plan_reservation
from services.searches import search_patient, sweep_patient
from tests.reserving import (
    BLOCKED,
    COORDINATOR,
    FREE,
    NOW,
    OTHER,
    SEARCHER,
    SIGNER,
    TIMING,
    TODAY,
    UNTYPED,
    wish,
)
from tests.small_registry import PATIENT, PERSONAL, ZONE, put_patient, put_serum

DAY = timedelta(days=1)


def at(later: timedelta):
    return replace(TIMING, now=NOW + later)


@pytest.fixture
def held(registry, fresh):
    """Holds a donor in a transaction of its own: `held()`, `held(wish(...), by=OTHER)`; gives the row."""
    store = fresh()

    def hold(asked=None, *, by=SEARCHER, timing=TIMING):
        with registry.write_session() as session:
            return reserve(session, store, wish=asked or wish(), by=by, timing=timing)

    return hold


@pytest.fixture
def step(registry):
    def take(row, what, *, version=None, by=SEARCHER, timing=TIMING, reason=None):
        with registry.write_session() as session:
            return change_reservation(
                session,
                code=row.code,
                step=what,
                version=version or row.version_id,
                by=by,
                timing=timing,
                reason=reason,
            )

    return take


def refusal(call) -> RefusedByRule:
    with pytest.raises(RefusedByRule) as refused:
        call()
    return refused.value


def change_donor(engines, number=FREE, **columns) -> None:
    with engines.write_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == number)).one()
        for name, value in columns.items():
            setattr(donor, name, value)
        session.add(donor)


def rows(engines):
    with engines.read_session() as session:
        return session.exec(select(Reservation).order_by(Reservation.id)).all()


def trail(engines, action=None):
    with engines.read_session() as session:
        found = session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()
    return [event for event in found if action in (None, event.action)]


# --- reserving ----------------------------------------------------------------------------------------------------


def test_a_donor_is_held_with_what_was_known_of_them(held, registry):
    row = held(wish(note=" two units "))
    assert (row.status, row.held_by, row.threshold_mfi, row.verdict) == ("held", "sea", 2_000, "compatible")
    assert "irradiate_or_pathogen_reduce" in row.flags
    assert row.note == "two units"
    assert row.expires_at == TIMING.hold_ends(TODAY)
    event = trail(registry, "reservation_held")[0]
    assert (event.actor, event.subject_key) == ("sea", row.code)
    assert event.details["donor"] == FREE
    assert "two units" not in str(event.details)
    assert "P1" not in str(event.details)


def test_the_same_wish_again_is_the_same_reservation(held, registry):
    assert held().code == held(wish(note="again")).code
    assert len(rows(registry)) == 1
    assert len(trail(registry)) == 1


def test_a_donor_held_by_somebody_else_is_refused_politely(held, registry):
    held()
    refused = refusal(lambda: held(by=OTHER))
    assert refused.code == "donor_held_for"
    assert refused.params == {
        "donor": FREE, "on": "2026-11-22", "holder": "sea", "until_on": "2026-11-23", "until_time": "00:00",
        "patient": "P1",
    }  # fmt: skip
    blind = replace(OTHER, permissions=OTHER.permissions - {"see_patients"})
    refused = refusal(lambda: held(by=blind))
    assert refused.code == "donor_held"
    assert "P1" not in str(refused)
    assert len(rows(registry)) == 1


def test_the_same_person_cannot_hold_a_donor_for_two_patients(held, registry):
    with registry.write_session() as session:
        put_serum(session, put_patient(session, "P2", PATIENT), "S2", "A*02:01=9000 A*01:01=10 B*08:01=10")
    held()
    refused = refusal(lambda: held(wish(patient_number="P2")))
    assert (refused.code, refused.params["patient"]) == ("donor_held_for", "P1")


def test_a_hold_that_ran_out_frees_the_donor_at_once_for_the_next(held, registry):
    first = held(wish(day=TODAY + DAY))
    later = at(timedelta(hours=24))
    second = held(wish(day=TODAY + DAY), by=OTHER, timing=later)
    assert second.code != first.code
    assert [row.status for row in rows(registry)] == ["expired", "held"]
    expired = trail(registry, "reservation_expired")
    assert [(event.actor, event.subject_key) for event in expired] == [("clock", first.code)]


def test_one_moment_before_it_runs_out_a_hold_still_stands(held):
    held(wish(day=TODAY + DAY))
    just_before = at(timedelta(hours=24, seconds=-1))
    assert refusal(lambda: held(wish(day=TODAY + DAY), by=OTHER, timing=just_before)).code == "donor_held_for"


def test_expired_holds_are_marked_for_all_donors_when_asked(held, registry):
    held()
    held(wish("PT0002"))
    held(wish("PT0007", day=TODAY + 30 * DAY))
    with registry.write_session() as session:
        assert expire_holds(session, timing=at(timedelta(hours=23, minutes=59))) == 2
        assert expire_holds(session, timing=at(timedelta(hours=23, minutes=59))) == 0


@pytest.mark.parametrize(
    ("days", "code"), [(1, "reserve_too_near"), (27, "reserve_too_near"), (28, None), (0, "donor_held_for")]
)
def test_two_reservations_lie_an_interval_of_platelet_donations_apart(held, days, code):
    middle = TODAY + 40 * DAY
    held(wish(day=middle), by=OTHER)
    for day in {middle + days * DAY, middle - days * DAY}:
        if code is None:
            assert held(wish(day=day)).day == day
            continue
        refused = refusal(lambda day=day: held(wish(day=day)))
        assert refused.code == code
        if code == "reserve_too_near":
            assert (refused.params["other_on"], refused.params["days"]) == (middle.isoformat(), 28)
            assert "P1" not in str(refused)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (wish(day=TODAY - DAY), "reservation_day_past"),
        (wish(day=date(2027, 11, 23)), "reservation_day_far"),
        (wish("PT0003"), "reserve_not_eligible"),
        (wish("PT0012"), "reserve_not_eligible"),
        (wish("PT0011"), "reserve_never_eligible"),
        (wish("PT0013"), "donor_not_active"),
        (wish("PT0014"), "donor_without_consent"),
        (wish(BLOCKED), "reserve_blocked"),
        (wish(BLOCKED, override_reason="bleeding"), "reserve_blocked"),
        (wish(UNTYPED), "reserve_not_evaluable"),
        (wish(UNTYPED, override_reason="  "), "reserve_not_evaluable"),
        (wish(request_code="nobody's"), "request_not_open_here"),
    ],
)
def test_what_a_rule_refuses_changes_nothing(held, registry, asked, code):
    assert refusal(lambda: held(asked)).code == code
    assert rows(registry) == []
    assert trail(registry) == []


def test_the_first_eligible_day_is_said_and_is_accepted(held):
    refused = refusal(lambda: held(wish("PT0003")))
    first = date.fromisoformat(refused.params["first_on"])
    assert first == date(2026, 12, 8)
    assert held(wish("PT0003", day=first)).day == first


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"restricted_at": NOW}, "donor_restricted"),
        ({"restricted_at": NOW, "erased_at": NOW}, "donor_erased"),
        ({"consent_withdrawn_at": NOW}, "donor_without_consent"),
    ],
)
def test_a_donor_set_aside_is_refused(held, registry, columns, code):
    change_donor(registry, **columns)
    assert refusal(held).code == code


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (wish("PT9999"), NotFound),
        (wish(patient_number="P9"), NotFound),
        (wish(threshold_mfi=0), UnusableInput),
        (wish(threshold_mfi=None), UnusableInput),
        (wish(note="x" * 1_001), InvalidFields),
        (wish("\x00"), NotFound),
    ],
)
def test_what_cannot_be_used_is_refused(held, registry, asked, error):
    with pytest.raises(error):
        held(asked)
    assert rows(registry) == []


def test_one_who_signs_directives_reserves_a_blocked_donor_with_a_reason(held, registry):
    row = held(wish(BLOCKED, override_reason="massive bleeding", note="x"), by=SIGNER)
    assert (row.verdict, row.note) == ("blocked", "massive bleeding\nx")
    assert "verdict_overruled" in row.flags
    assert trail(registry, "reservation_held")[0].details["overruled"] is True
    assert "massive" not in str(trail(registry))
    with registry.read_session() as session:
        kept = session.execute(sa.text("SELECT note FROM reservation")).scalar_one()
    assert "massive" not in kept


def test_a_donor_who_cannot_be_evaluated_is_reserved_with_a_reason(held):
    assert held(wish(UNTYPED, override_reason="typing under way")).verdict == "unknown"


def test_an_open_request_of_the_patient_is_attached_and_no_other(held, registry):
    with registry.write_session() as session:
        other = put_patient(session, "P2", PATIENT)
        for code, patient_id, status in (("r1", 1, "open"), ("r2", 1, "fulfilled"), ("r3", other.id, "open")):
            given = {"code": code, "patient_id": patient_id, "status": RequestStatus(status), "needed_by": NOW}
            fixed = {"hospital": "Hospital", "units": 2, "urgency": Urgency.PLANNED}
            session.add(TransfusionRequest(**given, **fixed, created_at=NOW, created_by="x"))
    assert held(wish(request_code="r1")).request_id == 1
    for code in ("r2", "r3"):
        assert refusal(lambda code=code: held(wish("PT0002", request_code=code))).code == "request_not_open_here"


# --- the database ---------------------------------------------------------------------------------------------------


def test_the_database_itself_refuses_two_that_occupy_a_day(held, registry):
    row = held()
    copy = {name: getattr(row, name) for name in Reservation.model_fields if name not in ("id", "code")}
    with pytest.raises(IntegrityError), registry.write_session() as session:
        session.add(Reservation(code="second", **copy))
    with registry.write_session() as session:
        session.add(Reservation(code="third", **{**copy, "status": "released"}))


@pytest.mark.parametrize(("login", "mine"), [("other", False), ("sea", True)])
def test_one_who_slips_in_between_look_and_write_is_told_apart_by_the_index(registry, fresh, login, mine):
    """Writers queue, so this cannot happen; were it to, the index speaks and nothing fails."""

    def slip_in(connection, _name) -> None:
        values = {
            "code": "rival", "donor_id": 1, "patient_id": 1, "day": TODAY, "status": "held", "held_by": login,
            "held_at": NOW, "expires_at": NOW + DAY, "flags": [], "note": "", "changed_by": login, "changed_at": NOW,
            "version_id": 1,
        }  # fmt: skip
        connection.execute(sa.insert(Reservation.__table__).values(values))

    with registry.write_session() as session:
        sa.event.listen(session.connection(), "savepoint", slip_in, once=True)
        if mine:
            assert reserve(session, fresh(), wish=wish(), by=SEARCHER, timing=TIMING).code == "rival"
        else:
            refused = refusal(lambda: reserve(session, fresh(), wish=wish(), by=SEARCHER, timing=TIMING))
            assert (refused.code, refused.params["holder"]) == ("donor_held_for", "other")


# --- steps ----------------------------------------------------------------------------------------------------------


def test_each_step_moves_the_row_and_leaves_one_row_of_trail(held, registry, step):
    row = held()
    row = step(row, "confirm")
    assert (row.status, row.version_id) == ("confirmed", 2)
    row = step(row, "collect", by=OTHER)
    assert (row.status, row.changed_by) == ("collected", "other")
    actions = [event.action for event in trail(registry) if event.subject_key == row.code]
    assert actions == ["reservation_held", "reservation_confirmed", "reservation_collected"]
    with registry.read_session() as session:
        assert verify_audit(session).fault is None


@pytest.mark.parametrize(
    ("before", "what", "code"),
    [
        ([], "collect", "reservation_step_refused"),
        (["confirm"], "confirm", "reservation_step_refused"),
        (["release"], "confirm", "reservation_step_refused"),
        (["confirm", "collect"], "release", "reservation_step_refused"),
    ],
)
def test_an_illegal_step_changes_nothing(held, registry, step, before, what, code):
    row = held()
    for one in before:
        row = step(row, one, reason="not_needed")
    status, known = row.status, len(trail(registry))
    assert refusal(lambda: step(row, what, reason="not_needed")).code == code
    assert rows(registry)[0].status == status
    assert len(trail(registry)) == known


def test_a_hold_that_ran_out_takes_no_step(held, registry, step):
    row = held()
    refused = refusal(lambda: step(row, "confirm", timing=at(DAY)))
    assert refused.params["reason"] == "reservation_is.expired"
    assert rows(registry)[0].status == "held"


def test_a_stale_page_takes_no_step(held, step):
    row = held()
    step(row, "confirm")
    assert refusal(lambda: step(row, "release", version=1, reason="not_needed")).code == "changed_meanwhile"


def test_a_release_needs_a_reason_from_the_list(held, step, registry):
    row = held()
    for reason in (None, "", "because"):
        with pytest.raises(UnusableInput):
            step(row, "release", reason=reason)
    with pytest.raises(UnusableInput):
        step(row, "expire")
    step(row, "release", reason="other_donor")
    assert trail(registry, "reservation_released")[0].details["reason"] == "other_donor"
    assert held(by=OTHER).held_by == "other"


def test_nothing_is_collected_before_its_day(held, step):
    row = step(held(wish(day=TODAY + DAY)), "confirm")
    assert refusal(lambda: step(row, "collect")).code == "reservation_day_not_come"
    assert step(row, "collect", timing=at(DAY)).status == "collected"


def test_a_collection_makes_the_donor_wait_in_every_search_at_once(held, registry, fresh, step):
    def first_day():
        with registry.read_session() as session:
            answer = search_patient(
                session, fresh(), patient_number="P1", on=TODAY, zone=ZONE, threshold=2_000, limit=0
            )
        return next(one["first_eligible_on"] for one in answer["donors"] if one["donor_number"] == FREE)

    assert first_day() == TODAY
    row = step(step(held(), "confirm"), "collect")
    assert first_day() == TODAY + 28 * DAY
    with registry.read_session() as session:
        donation = session.exec(select(Donation)).one()
    assert (donation.given_on, donation.kind, donation.reservation_id) == (TODAY, "platelets", row.id)
    assert refusal(lambda: held(wish(day=TODAY + 27 * DAY))).code == "reserve_not_eligible"


def test_a_donation_that_was_already_recorded_is_not_recorded_twice(held, registry, step):
    row = step(held(), "confirm")
    with registry.write_session() as session:
        session.add(Donation(donor_id=row.donor_id, given_on=TODAY, kind="platelets", recorded_at=NOW, recorded_by="x"))
    step(row, "collect")
    with registry.read_session() as session:
        assert session.exec(select(Donation)).one().reservation_id == row.id


def test_a_reservation_does_not_change_the_counts(held, registry, fresh):
    def counts():
        with registry.read_session() as session:
            answer = sweep_patient(session, fresh(), patient_number="P1", on=TODAY, thresholds=[500, 2_000])
        return answer["thresholds"], answer["versions"]["snapshot"]

    before = counts()
    held()
    held(wish("PT0002", day=TODAY + DAY))
    assert counts() == before


# --- what is seen ---------------------------------------------------------------------------------------------------


def listed(engines, by=SEARCHER, timing=TIMING, limit=50, offset=0, **asked):
    with engines.read_session() as session:
        return list_reservations(
            session, by=by, asked=ReservationFilter(**asked), timing=timing, limit=limit, offset=offset
        )


def test_the_list_shows_a_hold_that_ran_out_as_expired_though_nobody_marked_it(held, registry):
    row = held()
    assert rows(registry)[0].status == "held"
    late = at(DAY)
    assert listed(registry, timing=late)[1] == 0
    assert listed(registry, timing=late, status="held")[1] == 0
    (entry,), _ = listed(registry, timing=late, status="expired")
    assert (entry.code, entry.status, entry.steps, entry.expires_at) == (row.code, "expired", (), None)


def test_each_filter_asks_what_it_says(held, registry, step):
    held()
    held(wish("PT0002", day=TODAY + DAY), by=OTHER)
    step(held(wish("PT0007")), "confirm")

    def numbers(**asked):
        return [entry.donor_number for entry in listed(registry, **asked)[0]]

    assert numbers() == [FREE, "PT0007", "PT0002"]
    assert numbers(mine=True) == [FREE, "PT0007"]
    assert numbers(status="confirmed") == ["PT0007"]
    assert numbers(from_on=TODAY + DAY) == ["PT0002"]
    assert numbers(until_on=TODAY, sort="donor") == [FREE, "PT0007"]
    assert numbers(number="pt0002") == ["PT0002"]
    assert numbers(number="p1") == [FREE, "PT0007", "PT0002"]
    assert numbers(number="%") == []
    assert numbers(by=COORDINATOR, number="P1") == []
    assert numbers(sort="latest")[0] == "PT0002"
    assert numbers(timing=at(2 * DAY), status="to_settle") == ["PT0007"]
    page, total = listed(registry, limit=1, offset=1)
    assert ([one.donor_number for one in page], total) == (["PT0007"], 3)


def test_one_who_may_not_see_patients_is_shown_none(held, registry):
    row = held(wish(note="for P1"))
    with registry.read_session() as session:
        entry = get_reservation(session, code=row.code, by=COORDINATOR, timing=TIMING)
        file = open_reservation(session, code=row.code, by=COORDINATOR, timing=TIMING)
        own = open_reservation(session, code=row.code, by=SEARCHER, timing=TIMING)
    assert entry.patient_number is None
    assert (file.note, file.request) == ("", None)
    assert (own.entry.patient_number, own.note) == ("P1", "for P1")
    assert "P1" not in str(file)
    assert not any(text in str(own) for text in PERSONAL)
    with pytest.raises(NotFound), registry.read_session() as session:
        get_reservation(session, code="nothing", by=SEARCHER, timing=TIMING)


def test_a_plan_says_all_that_stands_in_the_way_and_writes_nothing(held, registry, fresh):
    held(by=OTHER)
    change_donor(registry, consent_contact=False)

    def plan(asked, by=SEARCHER):
        with registry.read_session() as session:
            return plan_reservation(session, fresh(), wish=asked, by=by, timing=TIMING, locale="en")

    found = plan(wish())
    assert [one.code for one in found.refusals] == ["donor_without_consent", "donor_held_for"]
    assert found.hold_ends == TIMING.hold_ends(TODAY)
    blocked = plan(wish(BLOCKED))
    assert (blocked.refusals, blocked.reason_from, blocked.may_justify) == ((), "signer", False)
    assert plan(wish(BLOCKED), by=SIGNER).may_justify
    assert (plan(wish(UNTYPED)).reason_from, plan(wish(UNTYPED)).may_justify) == ("anybody", True)
    past = plan(wish(day=TODAY - DAY))
    assert ([one.code for one in past.refusals], past.day) == (["reservation_day_past"], TODAY)
