"""Accepting a division, and giving a donor against it: one refusal leaves the others, and two persons decide."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import func, select

from domain.errors import InvalidFields, NotFound, RefusedByRule
from models.allocation import AllocationMark, AllocationOverride, MarkKind
from models.audit import AuditEvent
from models.reservation import Reservation
from services.allocation.overriding import cancel_override
from services.audit import verify_audit
from services.reservations import reserve
from tests.reserving import COORDINATOR, OTHER, SEARCHER, SIGNER, TIMING, someone, wish
from tests.services.allocation.test_board import close, retype, withdraw
from tests.small_registry import NOW, ON

SCIENTIST = someone("scientist", login="sci")
DAY = timedelta(days=1)


def count(engines, table, **where):
    with engines.read_session() as session:
        query = select(func.count()).select_from(table).filter_by(**where)
        return session.exec(query).one()


def refused_codes(answer):
    return {one["donor_number"]: one["code"] for one in answer["refused"]}


def refusal(call, kind=RefusedByRule) -> str:
    with pytest.raises(kind) as raised:
        call()
    return raised.value.code


def test_who_is_forbidden_since_is_reserved_neither_from_an_older_division_nor_by_an_override(at):
    first, _ = at.ask("P1", 1, 4), at.ask("P3", 3, 4, "bleeding")
    run = at.keep()
    asked = at.override(run, first, "PT0001", ON)
    given = next(donor for request, donor in at.pairs() if request != first)
    other = next(request for request, _ in at.pairs() if request != first)
    at.mark(first, "PT0001", MarkKind.FORBIDDEN)
    at.mark(other, given, MarkKind.FORBIDDEN)
    assert refused_codes(at.accept(run, [(other, given)])) == {given: "override_forbidden"}
    assert refusal(lambda: at.decide(asked["code"], approve=True, by=SCIENTIST)) == "override_forbidden"
    assert count(at.engines, Reservation) == 0


# --- accepting ----------------------------------------------------------------------------------------------------


def test_accepting_reserves_each_donor_for_its_request_and_a_second_time_changes_nothing(at):
    asked, other = at.ask("P1", 2, 4), at.ask("P3", 1, 4)
    run, pairs = at.keep(), at.pairs()
    answer = at.accept(run)
    assert {(one["request"], one["donor_number"]) for one in answer["reserved"]} == pairs
    assert answer["refused"] == []
    assert [at.open()[code]["remaining"] for code in (asked, other)] == [0, 0]
    trail = count(at.engines, AuditEvent)
    for person in (SEARCHER, OTHER):
        again = at.accept(run, by=person)
        assert all(one["was_there"] for one in again["reserved"])
        assert again["refused"] == []
    assert (count(at.engines, Reservation), count(at.engines, AuditEvent)) == (3, trail)
    assert (at.board()["changes"], at.pairs()) == ([], set())
    with at.engines.read_session() as session:
        assert verify_audit(session).fault is None


def test_what_changed_since_refuses_its_own_choice_and_the_others_stand(at):
    asked = at.ask("P1", 3, 4)
    run = at.keep()
    withdraw(at.engines, "PT0001")
    with at.engines.write_session() as session:
        reserve(session, at.store, wish=wish("PT0002", ON), by=OTHER, timing=TIMING)
    answer = at.accept(run)
    assert [one["donor_number"] for one in answer["reserved"]] == ["PT0004"]
    assert set(refused_codes(answer)) == {"PT0001", "PT0002"}
    assert refused_codes(answer)["PT0002"].startswith("donor_held")
    assert all(one["message"] and one["patient"] == "P1" for one in answer["refused"])
    assert at.open()[asked]["remaining"] == 2


def test_a_hold_that_ran_out_is_no_unit_found(at):
    at.ask("P1", 1, 4)
    at.mark(at.board()["rows"][0]["request"], "PT0001", MarkKind.FIXED, ON + 3 * DAY)
    run = at.keep()
    (first,) = at.accept(run)["reserved"]
    (again,) = at.accept(run, timing=replace(TIMING, now=NOW + 2 * DAY))["reserved"]
    assert (again["was_there"], again["donor_number"]) == (False, first["donor_number"])
    assert [count(at.engines, Reservation, status=status) for status in ("held", "expired")] == [1, 1]


def test_a_choice_outside_the_run_one_too_many_and_a_closed_request_are_refused(at):
    asked, other = at.ask("P1", 1, 4), at.ask("P3", 1, 4)
    run, (mine,) = at.keep(), [donor for request, donor in at.pairs() if request == asked]
    answer = at.accept(run, [(asked, "PT0004"), ("x", mine)])
    assert [one["code"] for one in answer["refused"]] == ["allocation_not_in_run"] * 2
    at.mark(asked, "PT0004", MarkKind.FIXED, ON)
    second = at.keep()
    at.accept(run, [(asked, mine)])
    assert refused_codes(at.accept(second, [(asked, "PT0004")])) == {"PT0004": "allocation_request_met"}
    close(at.engines, "P3", other)
    assert set(refused_codes(at.accept(run)).values()) == {"request_closed_already"}
    assert count(at.engines, Reservation) == 1
    assert refusal(lambda: at.accept("x"), NotFound) == "allocation_run_unknown"


def test_who_is_held_already_without_the_request_is_told(at):
    at.ask("P1", 1, 4)
    run, ((_, donor),) = at.keep(), at.pairs()
    with at.engines.write_session() as session:
        reserve(session, at.store, wish=wish(donor, ON), by=SEARCHER, timing=TIMING)
    assert refused_codes(at.accept(run)) == {donor: "allocation_held_otherwise"}


def test_a_donor_who_is_no_longer_compatible_is_refused(at):
    at.ask("P1", 1, 4)
    run, ((_, donor),) = at.keep(), at.pairs()
    retype(at.engines, donor, like="PT0008")  # whose B is half typed
    assert refused_codes(at.accept(run))[donor] in {"allocation_no_longer_compatible", "reserve_not_evaluable"}
    assert count(at.engines, Reservation) == 0


def test_a_fixed_donor_who_is_reserved_is_no_longer_fixed(at):
    asked = at.ask("P1", 1, 4)
    at.mark(asked, "PT0004", MarkKind.FIXED, ON + DAY)
    at.accept(at.keep())
    assert count(at.engines, AllocationMark, lifted_at=None) == 0
    assert [(one["donor_number"], one["day"]) for one in at.row(asked)["reserved"]] == [("PT0004", ON + DAY)]


# --- against the division -----------------------------------------------------------------------------------------


def test_an_override_is_told_with_who_loses_and_reserved_when_a_second_person_approves(at):
    first, urgent = at.ask("P1", 1, 4), at.ask("P3", 3, 4, "bleeding")
    run = at.keep()
    assert at.row(first)["unmet"]["held_by"] == ["P3"]
    asked = at.override(run, first, "PT0001", ON)
    told = asked["consequences"]
    assert (told["units_before"], told["units_after"], told["verdict"]) == (3, 3, "compatible")
    assert {(one["patient"], one["before"], one["after"]) for one in told["requests"]} == {("P1", 0, 1), ("P3", 3, 2)}
    assert [(one["patient"], one["donor_number"]) for one in told["lost"]] == [("P3", "PT0001")]
    assert at.override(run, first, "PT0001", ON)["code"] == asked["code"]
    (waiting,) = at.board(by=SCIENTIST)["overrides"]
    assert (waiting["reason"], waiting["patient"], waiting["may_decide"]) == ("nobody else has CD36", "P1", True)
    assert [at.board(by=who)["overrides"][0]["may_decide"] for who in (SEARCHER, COORDINATOR)] == [False, False]
    decide = lambda by: at.decide(asked["code"], approve=True, by=by)  # noqa: E731
    assert refusal(lambda: decide(SEARCHER)) == "override_needs_second"
    assert refusal(lambda: decide(COORDINATOR)) == "override_may_not_decide"
    status, reservation = decide(SCIENTIST)
    assert (status, reservation is not None) == ("approved", True)
    assert [one["donor_number"] for one in at.row(first)["reserved"]] == ["PT0001"]
    assert (at.row(urgent)["met"], at.board()["overrides"]) == (2, [])
    assert refusal(lambda: decide(OTHER)) == "override_decided"
    with at.engines.read_session() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.subject_key == asked["code"])).all()
        assert {(one.actor, one.action) for one in events} == {
            ("sea", "allocation_override_asked"), ("sci", "allocation_override_approved")
        }  # fmt: skip
        assert "CD36" not in str([one.details for one in events])


def test_a_refused_and_a_cancelled_override_reserve_nobody(at):
    first, _ = at.ask("P1", 1, 4), at.ask("P3", 3, 4, "bleeding")
    run = at.keep()
    code = at.override(run, first, "PT0001", ON)["code"]
    assert at.decide(code, approve=False, by=OTHER) == ("refused", None)
    code = at.override(run, first, "PT0001", ON)["code"]

    def cancel(by):
        with at.engines.write_session() as session:
            return cancel_override(session, code=code, by=by, now=NOW).status

    assert refusal(lambda: cancel(OTHER)) == "override_of_another"
    assert cancel(SEARCHER) == "cancelled"
    assert refusal(lambda: cancel(SEARCHER)) == "override_decided"
    assert (count(at.engines, Reservation), count(at.engines, AllocationOverride)) == (0, 2)


def test_no_override_gives_who_may_not_give_or_what_is_settled(at):
    asked = at.ask("P1", 1, 4)
    at.mark(asked, "PT0002", MarkKind.FORBIDDEN)
    run = at.keep()
    for donor, day, code in (
        ("PT0005", ON, "override_blocked"),
        ("PT0014", ON, "donor_without_consent"),
        ("PT0013", ON, "donor_not_active"),
        ("PT0012", ON, "reserve_not_eligible"),
        ("PT0001", ON + 8 * DAY, "override_not_in_time"),
        ("PT0001", ON, "override_given"),
        ("PT0002", ON, "override_forbidden"),
    ):
        assert (donor, refusal(lambda: at.override(run, asked, donor, day))) == (donor, code)  # noqa: B023
    at.mark(asked, "PT0001", MarkKind.FIXED, ON)
    assert refusal(lambda: at.override(run, asked, "PT0009", ON)) == "override_units_fixed"
    assert refusal(lambda: at.override(run, asked, "PT0001", ON + DAY)) == "override_fixed_elsewhere"
    assert count(at.engines, AllocationOverride) == 0


def test_a_donor_not_evaluable_may_be_asked_for_and_a_reason_is_needed(at):
    asked = at.ask("P1", 1, 4)
    run = at.keep()
    assert refusal(lambda: at.override(run, asked, "PT0008", ON, reason=" "), InvalidFields) == "fields_unusable"
    told = at.override(run, asked, "PT0008", ON)
    assert told["consequences"]["verdict"] in {"possible", "unknown"}
    assert at.decide(told["code"], approve=True, by=SIGNER)[0] == "approved"


@pytest.mark.parametrize("change", [withdraw, retype])
def test_who_withdrew_or_is_blocked_when_it_is_decided_is_not_reserved_even_by_who_signs(at, change):
    asked, _ = at.ask("P1", 1, 4), at.ask("P3", 3, 4, "bleeding")
    code = at.override(at.keep(), asked, "PT0001", ON)["code"]
    change(at.engines, "PT0001")
    with pytest.raises(RefusedByRule):
        at.decide(code, approve=True, by=SIGNER)
    assert [one["code"] for one in at.board(by=SIGNER)["overrides"]] == [code]
    assert count(at.engines, Reservation) == 0
