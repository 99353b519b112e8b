"""Need by week, what may be expected, and gaps that no other week makes up for."""

from datetime import date, timedelta
from statistics import variance

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from domain.availability import Expected, Giving, Need, need_of, spread_of
from domain.recruitment import count_interval

ON = date(2026, 11, 22)
asked = st.lists(st.tuples(st.integers(-60, 400).map(lambda days: ON + timedelta(days=days)), st.integers(0, 9)))


@pytest.mark.parametrize(
    ("days", "week"), [(-30, 0), (0, 0), (6, 0), (7, 1), (13, 1), (14, 2), (21, 3), (27, 3), (28, None)]
)
def test_a_request_counts_in_the_week_it_is_needed_and_a_late_one_in_this(days, week):
    need = need_of([(ON + timedelta(days=days), 2)], ON)
    assert need.weeks == tuple(2 if at == week else 0 for at in range(4))
    assert need.later == (2 if week is None else 0)


@given(asked)
def test_no_unit_is_lost_between_the_weeks(requests):
    assert need_of(requests, ON).units == sum(units for _, units in requests)


@given(st.lists(st.integers(0, 20), min_size=4, max_size=4), st.floats(0, 30))
def test_a_week_with_more_than_it_needs_makes_up_for_no_other(weeks, units):
    gaps = Need(tuple(weeks)).gaps(Expected(units, 0, units))
    assert sum(gaps) >= max(0.0, sum(weeks) - 4 * units) - 1e-9
    assert all(gap == pytest.approx(max(0.0, week - units)) for gap, week in zip(gaps, weeks, strict=True))


def test_where_nothing_tells_what_is_given_the_gap_is_the_whole_need():
    assert Giving(0, 0, 1.0, 52.0, 0.0, 0.0).a_week(100) is None
    assert Need((3, 0, 1, 0)).gaps(None) == (3, 0, 1, 0)


def test_expected_units_follow_the_donors():
    giving = Giving(donations=520, donors=100, spread=1.0, weeks=52.0, low=416.0, high=624.0)
    assert giving.a_week(10) == Expected(pytest.approx(1.0), pytest.approx(0.8), pytest.approx(1.2))
    assert giving.a_week(0) == Expected(0, 0, 0)


@pytest.mark.parametrize(("givers", "lacks"), [(2, True), (3, False)])
def test_a_week_lacks_donors_when_all_of_them_are_too_few(givers, lacks):
    assert Need((3, 0, 0, 0)).lacks_donors(givers) is lacks


@given(st.lists(st.integers(0, 24), min_size=2, max_size=60).filter(any))
def test_the_spread_is_variance_over_mean_and_never_under_one(given_by):
    spread = spread_of(sum(given_by), sum(n * n for n in given_by), len(given_by))
    mean = sum(given_by) / len(given_by)
    assert spread == pytest.approx(max(1.0, variance(given_by) / mean))


@given(st.integers(0, 300), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_of_a_count_is_exact(count, level):
    low, high = count_interval(count, 1.0, level)
    tail = (1 - level) / 2
    assert poisson.cdf(count, high) == pytest.approx(tail)
    assert (low == 0) if count == 0 else (poisson.sf(count - 1, low) == pytest.approx(tail))


@given(st.integers(1, 500), st.floats(1.1, 9))
def test_parts_that_vary_more_than_chance_widen_the_interval(count, spread):
    narrow, wide = count_interval(count, 1.0, 0.95), count_interval(count, spread, 0.95)
    assert wide[0] < narrow[0] < count < narrow[1] < wide[1]
