"""The case table of tests/tables/supply_forecast.csv: what donors meet of what is needed, worked out by hand."""

from collections import Counter

import pytest

from domain.supply_forecast import forecast, spread_units
from domain.supply_span import Span, days_between
from tests.rule_cases import read_cases

CASES = read_cases("supply_forecast")


def days_of(text, span):
    """`3-` from day 3 on; `0-3` from day 0 to day 3."""
    first, last = text.split("-")
    return days_between(int(first), int(last) + 1 if last else span.days)


def numbers(text):
    return [int(one) for one in text.split()]


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case"])
def test_the_row_holds(row):
    span = Span(*(int(row[name]) for name in ("weeks", "ready", "shelf", "interval")))
    donors = Counter(days_of(one, span) for one in row["donors"].split())
    found = forecast(donors, numbers(row["needed"]), span)
    assert found.exact
    assert [week.need for week in found.weeks] == numbers(row["needs"])
    assert [week.met for week in found.weeks] == numbers(row["met"])
    assert [week.givers for week in found.weeks] == numbers(row["givers"])
    assert [week.left for week in found.weeks] == numbers(row["left"])
    assert found.later == int(row["later"])
    gaps = [at for at, week in enumerate(found.weeks) if week.need > week.met]
    assert found.first_gap == (gaps[0] if gaps else None)
    assert found.missing == sum(numbers(row["needs"])) - sum(numbers(row["met"]))


def test_every_row_says_why():
    assert [row for row in CASES if not row["source"]] == []


def test_platelets_that_keep_for_less_than_they_take_meet_nothing():
    found = forecast({days_between(0, 14): 5}, [3, 9], Span(2, ready_days=3, shelf_days=2, interval_days=28))
    assert [week.met for week in found.weeks] == [0, 0]
    assert found.exact


@pytest.mark.parametrize(
    ("units", "days"), [(0, []), (1, [3]), (2, [3, 6]), (3, [1, 3, 6]), (7, [0, 1, 2, 3, 4, 5, 6])]
)
def test_the_units_of_a_week_are_spread(units, days):
    assert spread_units(units) == days
