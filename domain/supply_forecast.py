"""Whether the donors of one patient will do for the units needed, week by week, and the first week that lacks some.

Days are numbered from 0, the first day of donation. One donation is one unit. A unit needed on a day comes of a
donation that is ready by then and not too old; a donor who gives is not there again within the interval between
donations. A week is met as far as any division of the donors meets it together with all the weeks before.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from domain.supply_left import left_at_most, left_by_sparing
from domain.supply_span import WEEK_DAYS, Span, Stock, after_gift, days_between, days_of_week, givers

LEAST_WEEKS, MOST_WEEKS = 1, 26
MOST_STEPS = 5_000  # ways of using the donors that are followed; beyond, what is told is a lower bound
# The days of a week on which its 1st, 2nd … unit is needed: spread, and one unit more moves none of the others.
SPREAD = (3, 6, 1, 5, 2, 4, 0)

_State = tuple[tuple[int, int], ...]  # a stock as sorted pairs


@dataclass(frozen=True, slots=True)
class Week:
    """One week: units needed and met, donors with a day to give in it, and those of them left by the weeks before."""

    need: int
    met: int
    givers: int
    left: int

    @property
    def gap(self) -> int:
        """The units that it lacks."""
        return self.need - self.met


@dataclass(frozen=True, slots=True)
class Forecast:
    """The weeks ahead; `later` are units needed after them. Where not `exact`, more may be met, or left, than told."""

    weeks: tuple[Week, ...]
    later: int
    exact: bool

    @property
    def first_gap(self) -> int | None:
        """The place of the first week with a gap."""
        return next((at for at, week in enumerate(self.weeks) if week.gap), None)

    @property
    def missing(self) -> int:
        """The units that all weeks lack."""
        return sum(week.gap for week in self.weeks)


def spread_units(units: int) -> list[int]:
    """The days of a week on which so many units are needed."""
    return sorted(SPREAD[place % WEEK_DAYS] for place in range(units))


def forecast(stock: Stock, needed: Iterable[int], span: Span) -> Forecast:
    """What donors with these days meet of the units needed on these days.

    One pass that takes the most confined donor first often meets all that anybody could, and another for each week
    leaves as many donors as can be left; where they do not, every way of using the confined donors is followed. Both
    are exact (docs/rules/forecast.md says why).
    """
    lasts = sorted(span.last_day(day) for day in needed)
    within = [last for last in lasts if last < span.days]
    walk = _Walk(stock, within, span)
    if not walk.follow(width=1) and not walk.spare() and not walk.follow(width=max(1, MOST_STEPS // len(within))):
        walk.spare()
    weeks = tuple(walk.week(at) for at in range(span.weeks))
    return Forecast(weeks, len(lasts) - len(within), walk.exact)


class _Walk:
    """The units in the order of their days, each met where it can be: skipping one never lets others be met."""

    def __init__(self, stock: Stock, lasts: list[int], span: Span) -> None:
        self.span, self.lasts = span, lasts
        self.everything = days_between(0, span.days)
        self.start = _state(stock, self.everything)
        # What nobody could give, however the others are used, is lacking in any division.
        self.most = sum(any(days & span.window(last) for days, _ in self.start) for last in lasts)
        self.met: list[int] = []
        self.left: dict[int, int] = {}
        self.spared: dict[int, int] = {}
        self.exact = True

    def follow(self, width: int) -> bool:
        """Walk through the units, following so many states at most; whether none was left out."""
        states: dict[_State, int] = {self.start: 0}
        self.met, self.left, whole = [0], {}, True
        for last in self.lasts:
            self._look(states, last // WEEK_DAYS)
            fresh: dict[_State, int] = {}
            for state, met in states.items():
                for after, more in self._steps(state, last):
                    fresh[after] = max(met + more, fresh.get(after, 0))
            if len(fresh) > width:
                best = sorted(fresh, key=lambda one: (-fresh[one], -_days_left(one), one))
                fresh, whole = {one: fresh[one] for one in best[:width]}, False
            states = fresh
            self.met.append(max(states.values()))
        self._look(states, self.span.weeks - 1)
        self.exact = whole
        return whole

    def spare(self) -> bool:
        """Whether all is met that anybody could give, and some use leaves each week as many donors as can be left."""
        if self.met[-1] < self.most:
            return False
        asked, self.exact = (dict(self.start), self.lasts, self.span), True
        for week, found in self.left.items():
            self.spared[week], most = max(found, self.spared.get(week, 0)), left_at_most(*asked, week)
            if self.spared[week] < most:
                self.spared[week] = max(self.spared[week], left_by_sparing(*asked, week) or 0)
            self.exact &= self.spared[week] == most
        return self.exact

    def _look(self, states: Mapping[_State, int], until: int) -> None:
        """Count the donors left in the weeks that begin here, where the weeks before were met best."""
        for week in range(len(self.left), until + 1):
            days, best = days_of_week(week), max(states.values())
            self.left[week] = max(givers(state, days) for state, met in states.items() if met == best)

    def _steps(self, state: _State, last: int) -> Iterator[tuple[_State, int]]:
        """The states after a unit, each donor who can give it giving it on their first day that serves it."""
        window = self.span.window(last)
        if not window:  # it keeps for less than it takes to be ready
            yield state, 0
            return
        first = window & -window
        now = Counter[int]()
        for days, count in state:
            now[days & -first] += count  # days before the window serve no unit to come
        chosen = list(self._choices(now, window))
        if not chosen:
            yield _state(now, self.everything), 0
        for days in chosen:
            after = now.copy()
            after[days] -= 1
            after[after_gift(days, window, self.span.interval_days)] += 1
            yield _state(after, self.everything), 1

    def _choices(self, now: Mapping[int, int], window: int) -> Iterator[int]:
        """Whom to try: each kind of confined donor, and of those free from some day to the end the one free first."""
        able = sorted((days for days in now if days & window), key=lambda days: (days.bit_count(), days))
        end = self.everything + 1
        open_ended = [days for days in able if days + (days & -days) == end]
        yield from (days for days in able if days not in open_ended)
        if open_ended:
            yield open_ended[-1]

    def week(self, at: int) -> Week:
        """One week of the best that was found."""
        places = [place for place, last in enumerate(self.lasts) if last // WEEK_DAYS == at]
        met = self.met[places[-1] + 1] - self.met[places[0]] if places else 0
        left = max(self.left[at], self.spared.get(at, 0))
        return Week(len(places), met, givers(self.start, days_of_week(at)), left)


def _state(stock: Stock, within: int) -> _State:
    kept = Counter[int]()
    for days, count in stock.items():
        kept[days & within] += count
    return tuple(sorted((days, count) for days, count in kept.items() if days and count))


def _days_left(state: _State) -> int:
    return sum(held.bit_count() * count for held, count in state)
