"""The life of a reservation: every step of the table and no other, when a hold ends, how near is too near."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RefusedByRule
from domain.reservation import (
    EXPIRED,
    HELD,
    OCCUPYING,
    STATUSES,
    Step,
    Timing,
    check_collectable,
    check_day,
    nearest_too_near,
    next_status,
    status_at,
    steps_from,
)
from models import reservation as rows
from tests.rule_cases import read_cases

CASES = read_cases("reservation_transitions")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - st adds it


def test_the_words_are_those_of_the_table_in_the_database():
    assert set(STATUSES) == {status.value for status in rows.ReservationStatus}
    assert {status.value for status in rows.OCCUPYING} == set(OCCUPYING)


def test_the_case_table_holds_every_pair_once():
    assert sorted((row["status"], row["step"]) for row in CASES) == sorted(
        (status, step.value) for status in STATUSES for step in Step
    )


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{row['status']} {row['step']}")
def test_a_step_leads_where_the_table_says_or_is_refused(row):
    if row["reached"]:
        assert next_status(row["status"], Step(row["step"])) == row["reached"]
        return
    with pytest.raises(RefusedByRule) as refused:
        next_status(row["status"], Step(row["step"]))
    assert refused.value.params["reason"] == f"reservation_is.{row['status']}"


@given(st.lists(st.sampled_from(list(Step)), max_size=12))
def test_whatever_is_tried_a_donor_once_freed_or_collected_stays_so(steps):
    status, over = HELD, None
    for step in steps:
        try:
            status = next_status(status, step)
        except RefusedByRule:
            assert (status, step.value) in {(row["status"], row["step"]) for row in CASES if not row["reached"]}
        if over is not None:
            assert status == over
        if status not in OCCUPYING:
            over = status


@given(MOMENTS, st.integers(0, 370), st.integers(1, 240), st.sampled_from(["Europe/Paris", "America/Cayenne", "UTC"]))
def test_a_hold_ends_after_its_hours_or_with_the_day_reserved(now, ahead, hours, zone):
    timing = Timing(now, zone, hours)
    day = timing.today + timedelta(days=ahead)
    ends = timing.hold_ends(day)
    assert now < ends <= now + timedelta(hours=hours)
    last = timing.local(ends - timedelta(microseconds=1)).date()
    assert last <= day
    assert ends == now + timedelta(hours=hours) or (last == day and timing.local(ends).date() > day)


@given(MOMENTS, st.timedeltas(timedelta(days=-2), timedelta(days=2)))
def test_a_hold_that_ran_out_is_expired_before_anybody_marks_it(now, left):
    assert (status_at(HELD, now + left, now) == EXPIRED) == (left <= timedelta(0))
    assert status_at("confirmed", now + left, now) == "confirmed"


@given(st.sampled_from(STATUSES), st.integers(-3, 3))
def test_the_steps_offered_are_those_that_are_accepted(status, ahead):
    day = TODAY + timedelta(days=ahead)
    for step in steps_from(status, day=day, today=TODAY):
        next_status(status, step)
        if step is Step.COLLECT:
            check_collectable(day, TODAY)
    assert Step.EXPIRE not in steps_from(status, day=day, today=TODAY)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 11, 21), "reservation_day_past"),
        (date(2026, 11, 22), None),
        (date(2027, 11, 22), None),
        (date(2027, 11, 23), "reservation_day_far"),
    ],
)
def test_a_day_lies_between_today_and_a_year_ahead(day, code):
    if code is None:
        check_day(day, TODAY)
        return
    with pytest.raises(RefusedByRule) as refused:
        check_day(day, TODAY)
    assert refused.value.code == code


@given(st.lists(st.integers(-60, 60), max_size=4), st.integers(1, 40))
def test_the_nearest_day_inside_the_interval_is_found(offsets, interval):
    others = [TODAY + timedelta(days=one) for one in offsets]
    near = nearest_too_near(TODAY, others, interval)
    inside = [abs(one) for one in offsets if abs(one) < interval]
    assert (near is None) == (not inside)
    if near is not None:
        assert abs((near - TODAY).days) == min(inside)
