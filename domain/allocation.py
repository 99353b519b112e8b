"""Who gets which donor when several patients need platelets: as many units as can be, then the best of them.

A donor gives at most once within the interval between donations. Over a span no longer than that interval this is one
donation for each donor, and the division is exact: a flow of least cost. A longer span is divided into windows of that
length, one after the other; what that may lose against any division is reckoned and told (`Allocation.loss`).
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

# networkx is imported where it is used: it takes a quarter of a second, and few pages divide donors.
from domain.allocation_terms import Allocation, Given, Lost, Need, Offer, Pair, Shortage, Supply, Unmet

__all__ = ["Allocation", "Given", "Lost", "Need", "Offer", "Pair", "Shortage", "Supply", "Unmet", "allocate"]


def allocate(
    needs: Sequence[Need],
    supplies: Iterable[Supply],
    offers: Iterable[Offer],
    *,
    interval_days: int,
    fixed: Sequence[Given] = (),
    kept: frozenset[Pair] = frozenset(),
    forbidden: frozenset[Pair] = frozenset(),
) -> Allocation:
    """Divide the donors among the needs: most units, most of the urgent, least cost, as before, whose turn it is.

    `fixed` stand and count for their needs; `kept` are pairs (need, donor) of an earlier division, preferred among
    equals; `forbidden` pairs are not given. The same values give the same answer, whatever their order. Raises
    ValueError for a `fixed` donation within the interval of another, or more of them than units.
    """
    task = _Task(needs, supplies, offers, interval_days, kept, forbidden)
    for one in sorted(fixed, key=lambda one: (one.day, one.need, one.donor)):
        task.fix(one)
    task.solve_windows()
    given = tuple(sorted(task.given, key=lambda one: (one.day, one.need, one.donor)))
    loss = 0 if task.bound is None else task.bound - (len(given) - len(fixed))
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
        forbidden: frozenset[Pair],
    ) -> None:
        self.needs = {one.code: one for one in sorted(needs, key=lambda one: one.code)}
        self.days = {one.donor: one.days for one in supplies}
        self.offers: dict[str, list[Offer]] = defaultdict(list)
        self.barred: dict[str, list[str]] = defaultdict(list)  # who fits a need and is forbidden for it
        for one in sorted(offers, key=lambda one: (one.need, one.cost, (one.need, one.donor) not in kept, one.donor)):
            if one.need in self.needs and one.donor in self.days:
                if (one.need, one.donor) in forbidden:
                    self.barred[one.need].append(one.donor)
                else:
                    self.offers[one.need].append(one)
        self.interval, self.kept = interval_days, kept
        self.bound: int | None = None  # units that no division can exceed, where it is made in several windows
        self.given: list[Given] = []
        self.fixed: set[Given] = set()
        self.gives: dict[str, list[int]] = defaultdict(list)
        self.open = Counter({code: one.units for code, one in self.needs.items()})

    def fix(self, one: Given) -> None:
        """Let a donation stand."""
        if self.open[one.need] < 1:
            raise ValueError(f"more is fixed for {one.need} than it needs")
        if not self._rested(one.donor, one.day):
            raise ValueError(f"{one.donor} would give within the interval")
        self.fixed.add(one)
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

    def solve_windows(self) -> None:
        """Divide all that is not fixed, window by window."""
        spans = _windows(list(self.needs.values()), self.interval)
        self.bound = self.most_units() if len(spans) > 1 else None
        for first, last in spans:
            self.solve(first, last)

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
        import networkx as nx

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
                holders = self._holders(self.needs[code]) if why is Shortage.TAKEN else ()
                yield Unmet(code, units, why, holders)

    def _shortage(self, need: Need) -> Shortage:
        allowed, barred = [one.donor for one in self.offers[need.code]], self.barred[need.code]
        if not allowed and not barred:
            return Shortage.NO_DONOR
        alone, alone_with_all = self._alone(need, allowed), self._alone(need, (*allowed, *barred))
        if not alone_with_all:
            return Shortage.NONE_IN_TIME
        if alone < min(need.units, alone_with_all) or self._gains_by_barred(need.code):
            return Shortage.FORBIDDEN
        return Shortage.TOO_FEW if alone < need.units else Shortage.TAKEN

    def _gains_by_barred(self, code: str) -> bool:
        """Whether a donor forbidden for a need would bring a unit more: free, or by a chain of exchanges to one who is.

        Over one window this is so if and only if solving again without what is forbidden for the need brings more.
        """
        seen_needs, seen_donors = {code}, set()
        queue = deque((code, donor) for donor in self.barred[code])
        while queue:
            need, donor = queue.popleft()
            if donor in seen_donors:
                continue
            for holders in self._in_the_way(self.needs[need], donor):
                if not holders:
                    return True
                seen_donors.add(donor)
                for one in holders:
                    if len(holders) == 1 and one not in self.fixed and one.need not in seen_needs:
                        seen_needs.add(one.need)
                        queue.extend((one.need, offer.donor) for offer in self.offers[one.need])
        return False

    def _in_the_way(self, need: Need, donor: str) -> Iterable[list[Given]]:
        """For each day that serves the need, the donations of a donor that keep them from giving on it."""
        mine = [one for one in self.given if one.donor == donor] if self.gives.get(donor) else []
        for day in self.days[donor]:
            if need.first <= day <= need.last:
                yield [one for one in mine if abs(one.day - day) < self.interval]

    def _alone(self, need: Need, donors: Iterable[str]) -> int:
        turns = 0
        for donor in donors:
            free_from = need.first
            for day in self.days[donor]:
                if free_from <= day <= need.last:
                    turns, free_from = turns + 1, day + self.interval
        return turns

    def _holders(self, need: Need) -> tuple[str, ...]:
        """The other needs whose donations keep a donor who fits this one from giving in time for it."""
        fits = (one.donor for one in self.offers[need.code])
        ways = (way for donor in fits for way in self._in_the_way(need, donor))
        return tuple(sorted({one.need for way in ways for one in way if one.need != need.code}))

    def _taker(self, need: Need, donor: str) -> str | None:
        """The other need that has a donor on every day that would serve this one; None where it is no other's doing."""
        ways = list(self._in_the_way(need, donor))
        if not all(ways) or any(one.need == need.code for way in ways for one in way):
            return None
        return ways[0][0].need if ways else None

    def lost(self) -> Iterable[Lost]:
        """Each donor whom a need would rather have had and who could have given in time, by need and cost."""
        mine: dict[str, list[int]] = defaultdict(list)
        for given in self.given:
            mine[given.need].append(given.cost)
        for code, need in self.needs.items():
            worst = None if self.open[code] else max(mine[code], default=0)
            for one in self.offers[code]:
                if worst is not None and one.cost >= worst:
                    break
                if to := self._taker(need, one.donor):
                    yield Lost(code, one.donor, to)


def _least_cost(
    edges: Sequence[tuple[Offer, int]], open_units: Mapping[str, int], needs: Mapping[str, Need], kept: frozenset[Pair]
) -> list[tuple[Offer, int]]:
    """The edges of a flow of least cost from the needs through the donors, each of whom gives once."""
    import networkx as nx

    if not edges:
        return []
    codes = sorted({one.need for one, _ in edges})
    units = sum(open_units[code] for code in codes)
    step = units + 1  # so many times a smaller reason cannot outweigh a greater one
    unserved = max(one.cost for one, _ in edges) + 1  # dearer than any donor
    dearest = unserved * step * step
    behind = _places_behind(codes, needs)
    finest = unserved * len(codes) * step  # no sum of the least reason, whose turn it is, reaches it
    graph = nx.DiGraph()
    graph.add_node("sink", demand=units)
    for code in codes:
        graph.add_node(("need", code), demand=-open_units[code])
        unmet = dearest * step * step + (dearest * step if needs[code].urgent else 0)
        graph.add_edge(
            ("need", code), "sink", capacity=open_units[code], weight=unmet * finest + unserved * behind[code]
        )
    for one, day in edges:
        again = 0 if (one.need, one.donor) in kept else 1
        weight = (one.cost * step + again) * finest + one.cost * behind[one.need]
        graph.add_edge(("need", one.need), ("donor", one.donor), capacity=1, weight=weight, pair=(one, day))
        graph.add_edge(("donor", one.donor), "sink", capacity=1, weight=0)
    _, flow = nx.network_simplex(graph)
    return [
        graph.edges[need, donor]["pair"]
        for need in (("need", code) for code in codes)
        for donor, used in flow[need].items()
        if used and donor != "sink"
    ]


def _places_behind(codes: Sequence[str], needs: Mapping[str, Need]) -> Mapping[str, int]:
    """By need, how many turns come after its own."""
    turns = sorted({needs[code].turn for code in codes}, reverse=True)
    return {code: turns.index(needs[code].turn) for code in codes}
