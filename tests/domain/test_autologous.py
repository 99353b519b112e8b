"""A patient's own platelets: windows of a calendar, guard-rails of a day, and the one table of a unit's steps."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.autologous import (
    Access,
    Course,
    DayFacts,
    Held,
    Markers,
    check_courses,
    collection_windows,
    find_window,
    guard_rails,
    not_met,
)
from domain.autologous_units import (
    TRANSITIONS,
    USES,
    Method,
    UnitState,
    UnitStatus,
    UnitStep,
    expected_content,
    last_day,
    steps_of,
    stock_of,
    take_unit_step,
)
from domain.errors import RefusedByRule
from services.autologous.rules import autologous_rules
from services.wording.catalogue import messages

DAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
RULES = autologous_rules(DAY)
TABLE = Path(__file__).parents[1] / "tables" / "autologous_guard_rails.csv"
CASES = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def number(text):
    return float(text) if text else None


def ago(text):
    return DAY - timedelta(days=int(text)) if text else None


def facts(case):
    return DayFacts(
        platelets=number(case["platelets"]),
        haemoglobin=number(case["haemoglobin"]),
        counted_on=ago(case["counted_days_ago"]),
        access=Access(case["access"]) if case["access"] else None,
        markers=Markers(case["markers"]) if case["markers"] else None,
        markers_on=ago(case["markers_days_ago"]),
        weight_kg=number(case["weight_kg"]),
        well={"yes": True, "no": False}.get(case["well"]),
        last_collected_on=ago(case["last_days_ago"]),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_the_guard_rails_of_the_table(case):
    rails = guard_rails(facts(case), DAY, RULES)
    assert " ".join(f"{rail.name}:{rail.held}" for rail in not_met(rails)) == case["not_met"]
    assert {rail.reason for rail in rails} <= messages().keys()


known = st.fixed_dictionaries(
    {
        "platelets": st.none() | st.floats(0, 2000),
        "haemoglobin": st.none() | st.floats(1, 25),
        "counted_on": st.none() | st.dates(DAY - timedelta(5), DAY + timedelta(5)),
        "access": st.none() | st.sampled_from(Access),
        "markers": st.none() | st.sampled_from(Markers),
        "markers_on": st.none() | st.dates(DAY - timedelta(50), DAY + timedelta(5)),
        "weight_kg": st.none() | st.floats(1, 300),
        "well": st.none() | st.booleans(),
    }
)


@given(known, st.sampled_from(["platelets", "haemoglobin", "access", "markers", "weight_kg", "well"]))
def test_forgetting_a_fact_never_makes_a_guard_rail_hold(values, name):
    def met(one):
        return {rail.name for rail in guard_rails(one, DAY, RULES) if rail.held is Held.MET}

    one = DayFacts(**values)
    assert met(replace(one, **{name: None})) <= met(one)


# --- the calendar ---------------------------------------------------------------------------------------------------


def course(name, start, end, aplasia=28):
    return Course(name, name, DAY + timedelta(days=start), DAY + timedelta(days=end), aplasia)


def test_a_window_opens_at_recovery_and_closes_before_the_next_course():
    first, second = collection_windows([course("two", 50, 54), course("one", 0, 4)], RULES)
    assert (first.after.name, first.from_on, first.until_on) == ("one", DAY + timedelta(28), DAY + timedelta(49))
    assert first.before is not None
    assert (second.before, second.until_on) == (None, DAY + timedelta(50 + 28 + 28))


def test_a_course_that_comes_too_soon_leaves_no_window():
    first, _ = collection_windows([course("one", 0, 4), course("two", 20, 24)], RULES)
    assert first.is_empty
    assert find_window([first], DAY + timedelta(25)) is None


def test_recovery_is_never_before_the_end_of_the_course():
    assert course("long", 0, 30, aplasia=10).recovered_on == DAY + timedelta(31)


@pytest.mark.parametrize(("start", "overlaps"), [(5, False), (4, True), (0, True), (-4, True), (-5, False)])
def test_two_courses_cannot_share_a_day(start, overlaps):
    pair = [course("one", 0, 4), course("two", start, start + 4)]
    if not overlaps:
        check_courses(pair)
        return
    with pytest.raises(RefusedByRule) as refused:
        check_courses(pair)
    assert refused.value.code == "autologous_courses_overlap"


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 10), st.integers(1, 60)), max_size=6))
def test_no_window_touches_a_course(spans):
    courses = [course(f"{n}", start, start + length, aplasia) for n, (start, length, aplasia) in enumerate(spans)]
    try:
        check_courses(courses)
    except RefusedByRule:
        return
    for window, one in product(collection_windows(courses, RULES), courses):
        if not window.is_empty:
            assert window.until_on < one.start_on or window.from_on > one.end_on


# --- units ----------------------------------------------------------------------------------------------------------


def unit(**more):
    values = {
        "number": "U1", "owner": "P1", "method": Method.FROZEN, "status": UnitStatus.RESERVED,
        "expires_on": DAY, "thawed_use_by": NOW + timedelta(hours=6), "is_labelled": True, "has_markers": True,
    }  # fmt: skip
    return UnitState(**{**values, **more})


units = st.builds(
    UnitState,
    number=st.just("U1"),
    owner=st.just("P1"),
    method=st.sampled_from(Method),
    status=st.sampled_from([one for one in UnitStatus if one is not UnitStatus.EXPIRED]),
    expires_on=st.dates(DAY - timedelta(3), DAY + timedelta(3)),
    thawed_use_by=st.sampled_from([NOW - timedelta(hours=1), NOW + timedelta(hours=1)]),
    is_labelled=st.booleans(),
    has_markers=st.booleans(),
)


@given(units, st.sampled_from(UnitStep), st.sampled_from(["P2", "", "p1", "P1 "]))
def test_no_unit_takes_any_step_for_anybody_else_whatever_its_state(one, step, other):
    with pytest.raises(RefusedByRule) as refused:
        take_unit_step(one, step, recipient=other, now=NOW, today=DAY)
    assert refused.value.params["rule"] == "AUTO-1"


@given(units, st.sampled_from(UnitStep))
def test_a_step_is_taken_exactly_where_it_is_offered(one, step):
    if step not in steps_of(one, now=NOW, today=DAY):
        with pytest.raises(RefusedByRule) as refused:
            take_unit_step(one, step, recipient="P1", now=NOW, today=DAY)
        assert refused.value.params["rule"] in ("AUTO-2", "AUTO-3", "AUTO-4")
        assert refused.value.code in messages()
        return
    reached = take_unit_step(one, step, recipient="P1", now=NOW, today=DAY)
    assert reached is TRANSITIONS[one.method][one.status_at(NOW, DAY), step]
    if step in USES:
        assert one.expires_on >= DAY or one.status is UnitStatus.THAWED
        assert one.is_labelled
        assert one.has_markers


@pytest.mark.parametrize(
    ("more", "step", "rule", "code"),
    [
        ({"expires_on": DAY - timedelta(1)}, "thaw", "AUTO-2", "autologous_unit_expired"),
        ({"status": UnitStatus.THAWED, "thawed_use_by": NOW - timedelta(1)}, "transfuse", "AUTO-2", "autologous_thawed_too_long"),
        ({"is_labelled": False}, "thaw", "AUTO-3", "autologous_unit_unlabelled"),
        ({"has_markers": False}, "thaw", "AUTO-3", "autologous_unit_without_markers"),
        ({}, "transfuse", "AUTO-4", "autologous_step_refused"),
        ({"method": Method.FRESH}, "thaw", "AUTO-4", "autologous_step_refused"),
        ({"status": UnitStatus.TRANSFUSED}, "discard", "AUTO-4", "autologous_step_refused"),
        ({"status": UnitStatus.THAWED}, "release", "AUTO-4", "autologous_step_refused"),
    ],
)  # fmt: skip
def test_each_refusal_names_its_rule(more, step, rule, code):
    with pytest.raises(RefusedByRule) as refused:
        take_unit_step(unit(**more), UnitStep(step), recipient="P1", now=NOW, today=DAY)
    assert (refused.value.params["rule"], refused.value.code) == (rule, code)


def test_the_last_day_is_still_a_day_and_the_hour_of_thawing_counts_to_the_minute():
    assert unit().status_at(NOW, DAY) is UnitStatus.RESERVED
    assert unit().status_at(NOW, DAY + timedelta(1)) is UnitStatus.EXPIRED
    thawed = unit(status=UnitStatus.THAWED)
    assert thawed.status_at(NOW + timedelta(hours=6), DAY + timedelta(9)) is UnitStatus.THAWED
    assert thawed.status_at(NOW + timedelta(hours=6, seconds=1), DAY) is UnitStatus.EXPIRED


def test_shelf_life_follows_the_method():
    assert [last_day(method, DAY, RULES) for method in (Method.FRESH, Method.REDUCED, Method.FROZEN)] == [
        date(2026, 12, 6),
        date(2026, 12, 8),
        date(2029, 12, 1),
    ]


def test_a_stock_is_a_range_where_something_is_frozen():
    stock = stock_of([(Method.FROZEN, 4.2), (Method.FROZEN, 4.1), (Method.FRESH, 3.0)], RULES)
    assert (stock.units, stock.content) == (3, pytest.approx(11.3))
    assert (stock.low, stock.high) == (pytest.approx(8.3 * 0.5 + 3), pytest.approx(8.3 * 0.67 + 3))
    assert expected_content(Method.FRESH, 3.0, RULES) == (3.0, 3.0)
