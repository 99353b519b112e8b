"""Days as windows: the calendar sums, and asking a window for its first day."""

from datetime import date

import pytest

from domain.windows import NEVER, Window, anniversary, days_after, days_left


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2004, 2, 29), 18, date(2022, 3, 1)),
        (date(2004, 2, 29), 20, date(2024, 2, 29)),
        (date(2004, 2, 28), 20, date(2024, 2, 28)),
        (date(2000, 12, 31), 1, date(2001, 12, 31)),
        (date(9990, 1, 1), 18, None),
    ],
)
def test_anniversary(day, years, expected):
    assert anniversary(day, years) == expected


def test_days_after_stop_at_the_end_of_the_calendar():
    assert days_after(date(9999, 12, 30), 1) == date.max
    assert days_after(date.max, 1) is None


def test_without_any_refusal_every_day_is_left():
    assert days_left([]) == Window(date.min, None)


def test_overlapping_and_touching_spans_are_one_gap():
    spans = [
        (None, date(2020, 1, 1)),
        (date(2021, 3, 1), date(2021, 4, 1)),
        (date(2021, 3, 15), date(2021, 3, 20)),
        (date(2021, 4, 1), date(2021, 5, 1)),
        (date(2030, 1, 1), None),
    ]
    gap = (date(2021, 3, 1), date(2021, 5, 1))
    assert days_left(spans) == Window(date(2020, 1, 1), date(2030, 1, 1), (gap,))


def test_a_gap_at_either_end_moves_the_end():
    spans = [
        (None, date(2020, 1, 1)),
        (date(2020, 1, 1), date(2020, 2, 1)),
        (date(2029, 1, 1), date(2030, 1, 1)),
    ]
    assert days_left([*spans, (date(2030, 1, 1), None)]) == Window(date(2020, 2, 1), date(2029, 1, 1))


def test_all_days_refused_is_never():
    assert days_left([(None, None)]) == NEVER
    assert days_left([(None, date(2020, 1, 1)), (date(2019, 1, 1), None)]) == NEVER
    assert NEVER.first_on(date(2020, 1, 1)) is None


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2019, 12, 31), date(2020, 1, 1)),
        (date(2020, 1, 1), date(2020, 1, 1)),
        (date(2021, 2, 28), date(2021, 2, 28)),
        (date(2021, 3, 1), date(2021, 5, 1)),
        (date(2021, 5, 1), date(2021, 5, 1)),
        (date(2021, 12, 31), date(2021, 12, 31)),
        (date(2022, 1, 1), None),
    ],
)
def test_the_first_day_from_a_day_on(on, expected):
    window = Window(date(2020, 1, 1), date(2022, 1, 1), ((date(2021, 3, 1), date(2021, 5, 1)),))
    assert window.first_on(on) == expected
