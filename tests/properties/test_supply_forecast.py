"""The forecast held to a search through every use of the donors, and to what more donors and more need may do."""

from collections import Counter
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.supply_forecast import forecast, spread_units
from domain.supply_left import left_at_most, left_by_sparing
from domain.supply_span import Span, days_between

SPANS = st.builds(Span, weeks=st.integers(1, 2), ready_days=st.integers(0, 2), shelf_days=st.integers(2, 4),
                  interval_days=st.sampled_from([1, 3, 5, 9]))  # fmt: skip


@st.composite
def tasks(draw, most_donors=3, most_units=5):
    span = draw(SPANS)
    donors = [draw(masks(span)) for _ in range(draw(st.integers(0, most_donors)))]
    needed = st.integers(-1, span.days + span.ready_days + 1)
    return donors, draw(st.lists(needed, max_size=most_units)), span


@st.composite
def masks(draw, span):
    """A donor: from some day on, until some day, or any days at all."""
    first = draw(st.integers(0, span.days))
    if draw(st.booleans()):
        return days_between(first, span.days)
    return draw(st.integers(0, (1 << span.days) - 1)) if draw(st.booleans()) else days_between(0, first)


def most_met(donors, lasts, span):
    """The most units that any use of the donors meets: every donor and every day is tried for every unit."""

    @cache
    def best(at, left):
        if at == len(lasts):
            return 0
        found = best(at + 1, left)
        for place, days in enumerate(left):
            for day in range(span.days):
                if days >> day & 1 and span.window(lasts[at]) >> day & 1:
                    near = days_between(max(0, day - span.interval_days + 1), day + span.interval_days)
                    rest = tuple(sorted((*left[:place], days & ~near, *left[place + 1 :])))
                    found = max(found, 1 + best(at + 1, rest))
        return found

    return best(0, tuple(sorted(donors)))


@settings(max_examples=80, deadline=None)
@given(tasks())
def test_every_week_is_met_as_far_as_any_use_of_the_donors_meets_it_with_the_weeks_before(task):
    donors, needed, span = task
    answer = forecast(Counter(donors), needed, span)
    assert answer.exact
    lasts = sorted(span.last_day(day) for day in needed)
    for week in range(span.weeks):
        until = [last for last in lasts if last < 7 * (week + 1)]
        assert sum(one.met for one in answer.weeks[: week + 1]) == most_met(donors, until, span)
    assert answer.later == sum(last >= span.days for last in lasts)
    assert sum(week.need for week in answer.weeks) + answer.later == len(needed)


def most_left(donors, lasts, span, week):
    """The most donors with a day in the week whom any use leaves that meets as many units as can be met."""

    @cache
    def best(at, left):
        if at == len(lasts):
            return 0, sum(bool(days & days_between(7 * week, 7 * week + 7)) for days in left)
        found = best(at + 1, left)
        for place, days in enumerate(left):
            for day in range(span.days):
                if days >> day & 1 and span.window(lasts[at]) >> day & 1:
                    near = days_between(max(0, day - span.interval_days + 1), day + span.interval_days)
                    met, kept = best(at + 1, tuple(sorted((*left[:place], days & ~near, *left[place + 1 :]))))
                    found = max(found, (1 + met, kept))
        return found

    return best(0, tuple(sorted(donors)))[1]


@settings(max_examples=150, deadline=None)
@given(tasks(most_donors=4))
def test_as_many_donors_are_left_as_any_use_leaves_that_meets_the_weeks_before_as_well_as_can_be(task):
    donors, needed, span = task
    answer = forecast(Counter(donors), needed, span)
    lasts = sorted(span.last_day(day) for day in needed)
    for week in range(span.weeks):
        until = [last for last in lasts if last < 7 * week]
        assert answer.weeks[week].left == most_left(donors, until, span, week)


@given(tasks(most_donors=8, most_units=12))
def test_no_use_leaves_more_donors_than_the_bound(task):
    donors, needed, span = task
    lasts = [last for last in sorted(span.last_day(day) for day in needed) if last < span.days]
    for week in range(span.weeks):
        left = left_by_sparing(Counter(donors), lasts, span, week)
        assert left is None or left <= left_at_most(Counter(donors), lasts, span, week)


@settings(max_examples=50, deadline=None)
@given(tasks(most_donors=6, most_units=10), st.data())
def test_one_donor_more_never_brings_a_gap_forward_and_one_unit_more_never_puts_it_off(task, data):
    donors, needed, span = task
    before = forecast(Counter(donors), needed, span)
    more = forecast(Counter([*donors, data.draw(masks(span))]), needed, span)
    asked = forecast(Counter(donors), [*needed, data.draw(st.integers(-1, span.days))], span)
    assert all(one.exact for one in (before, more, asked))
    assert place(more) >= place(before) >= place(asked)
    assert more.missing <= before.missing <= asked.missing


def place(answer):
    return len(answer.weeks) if answer.first_gap is None else answer.first_gap


@given(tasks(most_donors=6, most_units=10))
def test_the_donors_left_are_among_those_who_may_give_and_all_of_them_in_the_first_week(task):
    donors, needed, span = task
    answer = forecast(Counter(donors), needed, span)
    for at, week in enumerate(answer.weeks):
        days = days_between(7 * at, 7 * at + 7)
        assert week.givers == sum(bool(one & days) for one in donors)
        assert 0 <= week.left <= week.givers
    assert answer.weeks[0].left == answer.weeks[0].givers


def test_too_many_ways_are_cut_and_the_answer_says_that_it_is_a_lower_bound():
    """Forty donors, each with days of their own, and more asked than they can give: the ways cannot all be followed."""
    span = Span(weeks=8, ready_days=1, shelf_days=5, interval_days=28)
    donors = Counter((1 << at % 20 | 1 << 20 + at | 1 << (at * 7 + 3) % 55) for at in range(40))
    answer = forecast(donors, [day for day in range(1, 56) for _ in range(2)], span)
    assert not answer.exact
    assert answer.missing > 0


def test_one_unit_more_a_week_moves_none_of_the_others():
    for units in range(20):
        assert not Counter(spread_units(units)) - Counter(spread_units(units + 1))
