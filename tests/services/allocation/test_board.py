"""The board: what it shows of a division, of marks, of what changed, and of a donor who broke a reservation."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule
from models.allocation import AllocationMark, MarkKind
from models.audit import AuditEvent
from models.donor import Donor
from models.request import RequestStatus
from services.donors import mark_registry_derived
from services.matching.snapshots import registry_state
from services.patients import get_patient
from services.reference import core_reference
from services.requests import close_request, get_request
from services.rule_tables import eligibility_rules
from tests.services.allocation.conftest import SPAN
from tests.small_registry import NOW, ON

FIXED, FORBIDDEN = MarkKind.FIXED, MarkKind.FORBIDDEN
NOBODY = "P2"


def change_donor(engines, number, **columns):
    """Set columns of a donor, as of a minute later in the registry."""
    with engines.write_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == number)).one()
        for name, value in columns.items():
            setattr(donor, name, value)
        session.add(donor)
        later = registry_state(session).changed_at + timedelta(minutes=1)
        mark_registry_derived(session, now=later, reference=core_reference(), rules=eligibility_rules(ON))


def withdraw(engines, number):
    """Take a donor's consent back."""
    change_donor(engines, number, consent_withdrawn_at=NOW, consent_contact=False, searchable=False)


def retype(engines, number, like="PT0005"):
    """Give a donor the typing of another: of PT0005 the A2 that the serum holds antibodies against."""
    with engines.read_session() as session:
        typed = session.exec(select(Donor).where(Donor.donor_number == like)).one().phenotype_key
    change_donor(engines, number, phenotype_key=typed)


def close(engines, patient, code):
    with engines.write_session() as session:
        version = get_request(session, get_patient(session, patient), code).version_id
        close_request(
            session, patient_number=patient, code=code, outcome=RequestStatus.CANCELLED, reason="no longer needed",
            version=version, actor="x", now=NOW,
        )  # fmt: skip


def test_the_totals_are_those_of_the_rows_and_every_donor_stands_at_their_place(at):
    asked = [at.ask(days=4), at.ask("P3", 3, 10, "bleeding"), at.ask(NOBODY)]
    board = at.board()
    assert [row["request"] for row in board["rows"]] == [asked[0], asked[2], asked[1]]
    assert board["totals"] == {"units": 5, "met": 4, "reserved": 0, "unmet": 1}
    assert board["totals"]["met"] == sum(row["met"] for row in board["rows"])
    assert board["days_list"] == [ON + timedelta(days=n) for n in range(14)]
    first, nobody, bleeding = board["rows"]
    assert (first["is_urgent"], bleeding["is_urgent"]) == (False, True)
    assert (nobody["unmet"]["why"], nobody["candidates"]) == ("no_donor", [])
    by_place = {one["place"]: one["donor_number"] for one in bleeding["candidates"]}
    assert by_place == {1: "PT0001", 2: "PT0002", 4: "PT0012", 5: "PT0004"}
    for one in bleeding["given"]:
        assert by_place[one["place"]] == one["donor_number"]
        assert one["of"] == 6
        days = next(other["days"] for other in bleeding["candidates"] if other["place"] == one["place"])
        assert one["day"] in days
    holders = {one["donor_number"]: one["given_to"] for one in bleeding["candidates"]}
    assert sorted(holders.values()) == ["P1", "P3", "P3", "P3"]


def test_a_donor_fixed_for_a_day_is_given_then_and_forbidden_elsewhere_no_more_once_lifted(at):
    first, other = at.ask(days=4), at.ask("P3", days=4)
    mark = at.mark(first, "PT0004", FIXED, ON + timedelta(days=2))
    (given,) = at.row(first)["given"]
    assert (given["donor_number"], given["day"], given["mark"]) == ("PT0004", ON + timedelta(days=2), mark)
    barred = at.mark(other, "PT0001", FORBIDDEN)
    assert at.row(other)["forbidden"] == [{"donor_number": "PT0001", "mark": barred, "reason": "told by telephone"}]
    assert [one["donor_number"] for one in at.row(other)["given"]] == ["PT0002"]
    for code in (mark, barred):
        at.lift(code)
    assert {donor for _, donor in at.pairs()} == {"PT0001", "PT0002"}


def test_a_need_unmet_for_what_is_forbidden_says_so(at):
    asked = at.ask("P1", 3, 4)
    assert at.row(asked)["unmet"] is None
    at.mark(asked, "PT0004", FORBIDDEN)
    unmet = at.row(asked)["unmet"]
    assert (unmet["units"], unmet["why"], unmet["held_by"]) == (1, "forbidden", [])
    assert unmet["message"] == "Donors who are forbidden for this request would meet more of it."


def test_a_fixed_donor_who_cannot_stand_is_told_and_the_rest_is_divided(at):
    asked = at.ask("P1", 2, 4)
    expected = {
        "PT0001": (ON + timedelta(days=5), "does not serve the request"),
        "PT0012": (ON + timedelta(days=1), "may not give that day"),
        "PT0005": (ON, "not listed as compatible"),
        "PT0014": (ON, "not listed as compatible"),
    }
    for donor, (day, _) in expected.items():
        at.mark(asked, donor, FIXED, day)
    board = at.board()
    told = [one["message"] for one in board["issues"] if one["code"] == "allocation_not_fixed"]
    assert all(donor in said and why in said for said, (donor, (_, why)) in zip(told, expected.items(), strict=True))
    assert board["totals"]["met"] == 2


def test_two_fixed_donations_of_a_donor_too_near_and_one_too_many_are_told(at):
    first, second = at.ask(days=4), at.ask("P3", days=4)
    at.mark(first, "PT0001", FIXED, ON)
    at.mark(second, "PT0001", FIXED, ON + timedelta(days=1))
    at.mark(first, "PT0002", FIXED, ON)
    told = [one["message"] for one in at.board()["issues"] if one["code"] == "allocation_not_fixed"]
    assert ["within the interval" in told[0], "as many donors as units" in told[1]] == [True, True]
    assert (first, "PT0001") in at.pairs()


def test_a_donor_fixed_and_forbidden_alike_after_a_merge_is_not_given_and_told(at):
    asked = at.ask("P1", 1, 4)
    at.mark(asked, "PT0001", FIXED, ON)
    other = at.mark(asked, "PT0014", FORBIDDEN)
    with at.engines.write_session() as session:
        mark = session.exec(select(AllocationMark).where(AllocationMark.code == other)).one()
        mark.donor_id = session.exec(select(Donor.id).where(Donor.donor_number == "PT0001")).one()
    (told,) = [one["message"] for one in at.board()["issues"] if one["code"] == "allocation_not_fixed"]
    assert "forbidden for this request too" in told
    assert (asked, "PT0001") not in at.pairs()


def test_a_mark_is_made_once_takes_the_place_of_another_and_needs_a_reason_a_day_and_an_open_request(at):
    asked = at.ask(days=4)
    mark = at.mark(asked, "PT0001", FIXED, ON)
    assert at.mark(asked, "PT0001", FIXED, ON) == mark
    assert at.mark(asked, "PT0001", FORBIDDEN) != mark
    with at.engines.read_session() as session:
        rows = session.exec(select(AllocationMark).order_by(AllocationMark.id)).all()
        assert [(row.kind.value, row.lifted_at is None) for row in rows] == [("fixed", False), ("forbidden", True)]
        query = select(AuditEvent).where(AuditEvent.subject_type == "allocation_mark")
        trail = session.exec(query.order_by(AuditEvent.id)).all()
        assert [one.action for one in trail] == ["allocation_fixed", "allocation_mark_lifted", "allocation_forbidden"]
        assert "telephone" not in str([one.details for one in trail])
    with pytest.raises(InvalidFields):
        at.mark(asked, "PT0001", FORBIDDEN, reason=" ")
    with pytest.raises(InvalidFields):
        at.mark(asked, "PT0001", FIXED)
    with pytest.raises(NotFound):
        at.mark("x", "PT0001", FORBIDDEN)
    with pytest.raises(NotFound):
        at.lift("x")
    close(at.engines, "P1", asked)
    with pytest.raises(RefusedByRule):
        at.mark(asked, "PT0001", FORBIDDEN)


def test_the_next_division_is_the_one_kept_and_what_changes_is_said_with_why(at):
    first, second = at.ask("P1", 1, 4), at.ask("P3", 1, 4)
    kept, pairs = at.keep(), at.pairs()
    board = at.board()
    assert (board["changes"], at.pairs(), board["run"]["code"]) == ([], pairs, kept)
    assert not any(one["is_new"] for row in board["rows"] for one in row["given"])
    at.mark(first, next(donor for request, donor in pairs if request == first), FORBIDDEN)
    changes = at.board()["changes"]
    assert {one["kind"] for one in changes} == {"other_patient"}
    assert {(one["patient"], one["before_patient"]) for one in changes} == {("P1", "P3"), ("P3", "P1")}
    new = at.ask("P3", 1, 4, "bleeding")
    told = [one for one in at.board()["changes"] if one["request"] == new]
    assert [one["why"] for one in told] == ["The request is new."]
    assert [one["is_new"] for one in at.row(new)["given"]] == [True]
    close(at.engines, "P3", second)
    assert all(one["request"] != second or one["why"] == "The request is closed." for one in at.board()["changes"])


def test_a_donor_who_withdrew_is_gone_and_a_day_that_is_no_more_free_is_moved(at):
    first = at.ask("P1", 2, 4)
    at.keep()
    withdraw(at.engines, "PT0001")
    told = {one["donor_number"]: (one["kind"], one["why"]) for one in at.board()["changes"]}
    assert told == {
        "PT0001": ("gone", "The donor is no longer listed as compatible."),
        "PT0004": ("new", "In the place of another donor."),
    }
    at.mark(first, "PT0002", FIXED, ON + timedelta(days=1))
    (moved,) = [one for one in at.board()["changes"] if one["kind"] == "moved"]
    assert (moved["donor_number"], moved["before_day"], moved["day"], moved["why"]) == (
        "PT0002", ON, ON + timedelta(days=1), "Somebody fixed it."
    )  # fmt: skip


def test_a_donor_who_withdraws_after_acceptance_is_told_as_broken_and_their_unit_is_not_open_until_released(at):
    asked = at.ask("P1", 2, 4)
    at.accept(at.keep())
    assert all(one["broken"] == [] for one in at.row(asked)["reserved"])
    withdraw(at.engines, "PT0001")
    reserved = {one["donor_number"]: one for one in at.row(asked)["reserved"]}
    assert [one["code"] for one in reserved["PT0001"]["broken"]] == ["contact.no_consent"]
    assert reserved["PT0002"]["broken"] == []
    assert (at.row(asked)["remaining"], at.board()["totals"]["reserved"]) == (0, 2)


def test_a_donor_deferred_or_blocked_after_acceptance_is_told_as_broken(at):
    asked = at.ask("P1", 2, 4)
    at.accept(at.keep())
    change_donor(at.engines, "PT0001", eligible_from_day=30_000)
    retype(at.engines, "PT0002")
    broken = {one["donor_number"]: [fault["code"] for fault in one["broken"]] for one in at.row(asked)["reserved"]}
    assert broken == {"PT0001": ["allocation_broken.not_eligible"], "PT0002": ["allocation_broken.blocked"]}


def test_days_that_are_over_are_no_change_and_days_beyond_the_run_are_new_for_that(at):
    at.ask("P1", 1, 4)
    at.ask("P3", 1, 20)
    at.keep(span=replace(SPAN, days=1))
    later = replace(SPAN, first=ON + timedelta(days=2), days=28)
    changes = at.board(span=later)["changes"]
    assert {one["kind"] for one in changes} == {"new"}
    assert {(one["patient"], one["why"]) for one in changes} == {
        ("P1", "This day was not divided before."), ("P3", "This day was not divided before.")
    }  # fmt: skip


def test_what_should_be_known_of_the_directives_is_told_of_who_wants_donors(at):
    at.ask("P1")
    issues = {one["code"]: one["message"] for one in at.board()["issues"]}
    assert issues == {"directive_of_patient": "P1: Directive version 1 is not signed by a scientist."}
