"""When daily jobs fall due: each day once, however long nobody looked and whatever the clock did."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.timetable import EVERY_DAY, MOST_MADE_UP, DueDays, Missed, Timetable, days_of, due_days, next_run

PARIS = ZoneInfo("Europe/Paris")
FIRST = datetime(2026, 10, 1, 12, tzinfo=PARIS)
weekdays = st.sets(st.integers(0, 6), min_size=1).map(frozenset)
gaps = st.lists(st.integers(1, 24 * 10), max_size=3)  # hours between two looks, together less than is made up
MONDAY = frozenset({0})


def looks(timetable, hours):
    """What was due at each look, each run taking note of its day."""
    moment, last = FIRST, FIRST.date() - timedelta(days=1)
    for gap in hours:
        moment += timedelta(hours=gap)
        found = due_days(timetable, after=last, local=moment)
        last = max((last, *found.run))
        yield moment, found


@given(on_days=weekdays, hours=gaps)
def test_each_day_is_made_up_once_and_in_order(on_days, hours):
    timetable = Timetable(time(5), on_days, Missed.EACH)
    found = [found for _, found in looks(timetable, hours)]
    run = [day for one in found for day in one.run]
    assert run == (list(days_of(timetable, FIRST.date(), run[-1])) if run else [])
    assert not any(one.missed for one in found)


@given(on_days=weekdays, hours=gaps)
def test_of_the_last_alone_every_day_is_run_or_told_as_missed_once(on_days, hours):
    timetable, told = Timetable(time(5), on_days), []
    for _, found in looks(timetable, hours):
        assert len(found.run) <= 1
        told += [*found.missed, *found.run]
    assert told == (list(days_of(timetable, FIRST.date(), told[-1])) if told else [])


@given(on_days=weekdays, hours=st.integers(0, 24 * 60), ago=st.none() | st.integers(0, 60))
def test_the_next_run_is_the_first_moment_at_which_something_is_due(on_days, hours, ago):
    timetable, local = Timetable(time(6, 30), on_days), FIRST + timedelta(hours=hours)
    after = None if ago is None else local.date() - timedelta(days=ago)
    coming = next_run(timetable, after=after, local=local)
    assert due_days(timetable, after=after, local=max(local, coming)).run
    if coming > local:
        assert due_days(timetable, after=after, local=coming - timedelta(minutes=1)) == DueDays()


@pytest.mark.parametrize(
    ("timetable", "after", "local", "run", "missed"),
    [
        pytest.param(Timetable(time(5)), 27, (28, 4, 59), [], [], id="not before its hour"),
        pytest.param(Timetable(time(5)), 27, (28, 5, 0), [28], [], id="from its hour"),
        pytest.param(Timetable(time(5)), 28, (28, 9, 0), [], [], id="once a day"),
        pytest.param(Timetable(time(5)), 29, (28, 9, 0), [], [], id="a clock put back a day repeats nothing"),
        pytest.param(Timetable(time(5)), None, (28, 9, 0), [28], [], id="never ran: no day before is missed"),
        pytest.param(Timetable(time(5)), 24, (28, 9, 0), [28], [25, 26, 27], id="after three nights: today alone"),
        pytest.param(Timetable(time(5), missed=Missed.EACH), 24, (28, 9, 0), [25, 26, 27, 28], [], id="each of them"),
        pytest.param(Timetable(time(5), MONDAY), 16, (24, 9, 0), [23], [], id="Monday's, on a Tuesday"),
        pytest.param(Timetable(time(5), MONDAY), 23, (24, 9, 0), [], [], id="Monday's was run"),
        pytest.param(Timetable(time(5), MONDAY), 8, (24, 9, 0), [23], [9, 16], id="the last of three Mondays"),
        pytest.param(Timetable(time(5), MONDAY), None, (24, 9, 0), [], [], id="never ran, not a Monday"),
    ],
)
def test_cases_of_november_2026(timetable, after, local, run, missed):
    day = lambda n: date(2026, 11, n)  # noqa: E731
    now = datetime(2026, 11, *local, tzinfo=PARIS)
    found = due_days(timetable, after=None if after is None else day(after), local=now)
    assert (found.run, found.missed) == (tuple(map(day, run)), tuple(map(day, missed)))


def test_what_is_made_up_is_bounded():
    found = due_days(Timetable(time(5), EVERY_DAY, Missed.EACH), after=date(2020, 1, 1), local=FIRST)
    assert len(found.run) == MOST_MADE_UP
    assert found.run[-1] == FIRST.date()
