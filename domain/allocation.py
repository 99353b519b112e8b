"""Who gets which donor when several patients need platelets: as many units as can be, then the best of them.

A donor gives at most once within the interval between donations. Over a span no longer than that interval this is one
donation for each donor, and the division is exact: a flow of least cost. A longer span is divided into windows of that
length, one after the other; what that may lose against any division is reckoned and told (`Allocation.loss`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

import networkx as nx

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Need:
    """Units that one patient needs of donations given on a day from `first` to `last` (ordinals); urgent ones first."""

    code: str
    units: int
    first: int
    last: int
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Supply:
    """A donor, and the days (ordinals, rising) on which they could give."""

    donor: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """That a donor fits a need; the lower the cost (whole, from 0), the better for it and the less missed elsewhere."""

    need: str
    donor: str
    cost: int


@dataclass(frozen=True, slots=True)
class Given:
    """One donation on a day, for one need."""

    need: str
    donor: str
    day: int
    cost: int


class Shortage(StrEnum):
    """Why units of a need are not met; each is true of the need whatever the others get, save the last."""

    NO_DONOR = "no_donor"  # nobody fits
    NONE_IN_TIME = "none_in_time"  # some fit, and none may give in time
    TOO_FEW = "too_few"  # fewer may give in time than units are needed
    TAKEN = "taken"  # alone, the need would be met


@dataclass(frozen=True, slots=True)
class Unmet:
    """Units that a need does not get, and for `taken` the needs that have its donors."""

    need: str
    units: int
    why: Shortage
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """A donor who would suit a need better than one it got, or than none, and the need that has them."""

    need: str
    donor: str
    to: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """The donations in the order of their days; `loss` is how many units more no other division can bring at most."""

    given: tuple[Given, ...]
    unmet: tuple[Unmet, ...]
    lost: tuple[Lost, ...]
    loss: int

    @property
    def cost(self) -> int:
        """The cost of all donations."""
        return sum(one.cost for one in self.given)


def allocate(
    needs: Sequence[Need],
    supplies: Iterable[Supply],
    offers: Iterable[Offer],
    *,
    interval_days: int,
    fixed: Sequence[Given] = (),
    kept: frozenset[Pair] = frozenset(),
) -> Allocation:
    """Divide the donors among the needs: most units, then most of the urgent, then least cost, then as before.

    `fixed` stand and count for their needs; `kept` are pairs (need, donor) of an earlier division, preferred among
    equals. The same values give the same answer, whatever their order. Raises ValueError for a `fixed` donation within
    the interval of another, or more of them than units.
    """
    task = _Task(needs, supplies, offers, interval_days, kept)
    for one in sorted(fixed, key=lambda one: (one.day, one.need, one.donor)):
        task.fix(one)
    spans = _windows(needs, interval_days)
    bound = task.most_units() if len(spans) > 1 else 0
    for first, last in spans:
        task.solve(first, last)
    given = tuple(sorted(task.given, key=lambda one: (one.day, one.need, one.donor)))
    loss = 0 if len(spans) <= 1 else bound - (len(given) - len(fixed))
    return Allocation(given, tuple(task.unmet()), tuple(task.lost()), loss)


def _windows(needs: Sequence[Need], interval_days: int) -> list[tuple[int, int]]:
    if not needs:
        return []
    first, last = min(one.first for one in needs), max(one.last for one in needs)
    return [(day, min(day + interval_days - 1, last)) for day in range(first, last + 1, interval_days)]


class _Task:
    def __init__(
        self,
        needs: Sequence[Need],
        supplies: Iterable[Supply],
        offers: Iterable[Offer],
        interval_days: int,
        kept: frozenset[Pair],
    ) -> None:
        self.needs = {one.code: one for one in sorted(needs, key=lambda one: one.code)}
        self.days = {one.donor: one.days for one in supplies}
        self.offers: dict[str, list[Offer]] = defaultdict(list)
        for one in sorted(offers, key=lambda one: (one.need, one.cost, (one.need, one.donor) not in kept, one.donor)):
            if one.need in self.needs and one.donor in self.days:
                self.offers[one.need].append(one)
        self.interval, self.kept = interval_days, kept
        self.given: list[Given] = []
        self.gives: dict[str, list[int]] = defaultdict(list)
        self.open = Counter({code: one.units for code, one in self.needs.items()})

    def fix(self, one: Given) -> None:
        """Let a donation stand."""
        if self.open[one.need] < 1:
            raise ValueError(f"more is fixed for {one.need} than it needs")
        if not self._rested(one.donor, one.day):
            raise ValueError(f"{one.donor} would give within the interval")
        self._give(one)

    def _give(self, one: Given) -> None:
        self.given.append(one)
        self.gives[one.donor].append(one.day)
        self.open[one.need] -= 1

    def _rested(self, donor: str, day: int) -> bool:
        return all(abs(day - other) >= self.interval for other in self.gives[donor])

    def _day(self, need: Need, donor: str, first: int, last: int) -> int | None:
        """The first day on which a donor may give for a need: the sooner, the sooner again."""
        return next(
            (
                day
                for day in self.days[donor]
                if max(need.first, first) <= day <= min(need.last, last) and self._rested(donor, day)
            ),
            None,
        )

    def solve(self, first: int, last: int) -> None:
        """Divide what may be given in a window no longer than the interval."""
        edges = [edge for code in self.needs for edge in self._best(code, first, last)]
        for one, day in _least_cost(edges, self.open, self.needs, self.kept):
            self._give(Given(one.need, one.donor, day, one.cost))

    def _best(self, code: str, first: int, last: int) -> Iterable[tuple[Offer, int]]:
        """The offers for a need in a window, as many as units are open in all: one beyond could be exchanged.

        No more donors than that give; who gives for this need beyond that place leaves a better one free.
        """
        if not self.open[code]:
            return ()
        days = ((one, self._day(self.needs[code], one.donor, first, last)) for one in self.offers[code])
        return islice(((one, day) for one, day in days if day is not None), sum(self.open.values()))

    def most_units(self) -> int:
        """How many units no division can exceed: each donor as often as the interval allows, on any day in time."""
        graph = nx.DiGraph()
        for code, need in self.needs.items():
            if self.open[code]:
                graph.add_edge("from", ("need", code), capacity=self.open[code])
            for one, _ in self._best(code, need.first, need.last):
                graph.add_edge(("need", code), ("donor", one.donor), capacity=self.open[code])
                graph.add_edge(("donor", one.donor), "to", capacity=self._turns(one.donor))
        return int(nx.maximum_flow_value(graph, "from", "to")) if "to" in graph else 0

    def _turns(self, donor: str) -> int:
        turns, free_from = 0, 0
        for day in self.days[donor]:
            if day >= free_from and self._rested(donor, day):
                turns, free_from = turns + 1, day + self.interval
        return turns

    def unmet(self) -> Iterable[Unmet]:
        """Each need that lacks units, and why."""
        for code, units in sorted(self.open.items()):
            if units:
                why = self._shortage(self.needs[code])
                holders = self._holders(code) if why is Shortage.TAKEN else ()
                yield Unmet(code, units, why, holders)

    def _shortage(self, need: Need) -> Shortage:
        fits = [one.donor for one in self.offers[need.code]]
        if not fits:
            return Shortage.NO_DONOR
        in_time = [donor for donor in fits if any(need.first <= day <= need.last for day in self.days[donor])]
        if not in_time:
            return Shortage.NONE_IN_TIME
        return Shortage.TOO_FEW if self._alone(need, in_time) < need.units else Shortage.TAKEN

    def _alone(self, need: Need, donors: Iterable[str]) -> int:
        turns = 0
        for donor in donors:
            free_from = need.first
            for day in self.days[donor]:
                if free_from <= day <= need.last:
                    turns, free_from = turns + 1, day + self.interval
        return turns

    def _holders(self, code: str) -> tuple[str, ...]:
        fits = {one.donor for one in self.offers[code]}
        return tuple(sorted({one.need for one in self.given if one.donor in fits and one.need != code}))

    def lost(self) -> Iterable[Lost]:
        """Each donor whom a need would rather have had, by need and cost."""
        to = {one.donor: one.need for one in self.given}
        mine: dict[str, list[int]] = defaultdict(list)
        for given in self.given:
            mine[given.need].append(given.cost)
        for code in sorted(self.needs):
            worst = None if self.open[code] else max(mine[code], default=0)
            for one in self.offers[code]:
                if worst is not None and one.cost >= worst:
                    break
                if to.get(one.donor, code) != code:
                    yield Lost(code, one.donor, to[one.donor])


def _least_cost(
    edges: Sequence[tuple[Offer, int]], open_units: Mapping[str, int], needs: Mapping[str, Need], kept: frozenset[Pair]
) -> list[tuple[Offer, int]]:
    """The edges of a flow of least cost from the needs through the donors, each of whom gives once."""
    if not edges:
        return []
    codes = sorted({one.need for one, _ in edges})
    units = sum(open_units[code] for code in codes)
    step = units + 1  # so many times a smaller reason cannot outweigh a greater one
    dearest = (max(one.cost for one, _ in edges) + 1) * step * step
    graph = nx.DiGraph()
    graph.add_node("sink", demand=units)
    for code in codes:
        graph.add_node(("need", code), demand=-open_units[code])
        unmet = dearest * step * step + (dearest * step if needs[code].urgent else 0)
        graph.add_edge(("need", code), "sink", capacity=open_units[code], weight=unmet)
    for one, day in edges:
        again = 0 if (one.need, one.donor) in kept else 1
        graph.add_edge(
            ("need", one.need), ("donor", one.donor), capacity=1, weight=one.cost * step + again, pair=(one, day)
        )
        graph.add_edge(("donor", one.donor), "sink", capacity=1, weight=0)
    _, flow = nx.network_simplex(graph)
    return [
        graph.edges[need, donor]["pair"]
        for need in (("need", code) for code in codes)
        for donor, used in flow[need].items()
        if used and donor != "sink"
    ]
