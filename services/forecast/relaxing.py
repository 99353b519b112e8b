"""What would close a gap: one condition relaxed, else two, each answered by forecasting again.

It is a question put to whoever prescribes, never an advice: what each would let in is told beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from domain.abo import ABO_RULES, parse_rule
from domain.supply_forecast import Forecast, forecast
from services.forecast.reach import Conditions, Entering
from services.forecast.supply import Ground, Supply
from services.searches import default_thresholds

THRESHOLD, ABO, REGION, LOCUS_C = "threshold", "abo", "region", "locus_c"
KINDS = (THRESHOLD, ABO, REGION, LOCUS_C)
WITHOUT_C = ("A", "B")


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Conditions with one or two things relaxed, the forecast under them, and whom they let in."""

    kinds: tuple[str, ...]
    conditions: Conditions
    donors: int
    forecast: Forecast
    entering: Entering

    @property
    def closes(self) -> bool:
        """Whether no week ahead has a gap any more."""
        return self.forecast.first_gap is None


def relaxations(ground: Ground, supply: Supply) -> list[Relaxation]:
    """The relaxations of a forecast with a gap, none for one without: those that close it first.

    One condition alone: the usual thresholds above the directive's and the least that closes the gap, each weaker rule
    on ABO, the whole country, C left out. Where none of them closes it, each pair at its widest, the threshold as low
    as closes the gap.
    """
    if supply.forecast.first_gap is None:
        return []
    trial = _Trial(ground, supply)
    found = {one: trial.answer(kinds, one) for kinds, one in trial.alone()}
    if not any(one.closes for one in found.values()):
        found |= {one: trial.answer(kinds, one) for kinds, one in trial.pairs()}
    return sorted(found.values(), key=_order)


def _order(one: Relaxation) -> tuple[bool, int, int, tuple[int, ...], int]:
    places = tuple(KINDS.index(kind) for kind in one.kinds)
    return (
        not one.closes,
        len(one.kinds),
        0 if one.closes else one.forecast.missing,
        places,
        one.conditions.threshold_mfi,
    )


class _Trial:
    def __init__(self, ground: Ground, supply: Supply) -> None:
        self.ground, self.reach, self.base = ground, supply.reach, supply.reach.base
        self.needed = supply.needs.days(ground.question.on, ground.span)
        self._known: dict[Conditions, tuple[int, Forecast]] = {}

    def _answer(self, asked: Conditions) -> tuple[int, Forecast]:
        if asked not in self._known:
            rows = self.reach.rows(asked)
            self._known[asked] = len(rows), forecast(self.ground.days.stock(rows), self.needed, self.ground.span)
        return self._known[asked]

    def answer(self, kinds: tuple[str, ...], asked: Conditions) -> Relaxation:
        donors, found = self._answer(asked)
        return Relaxation(kinds, asked, donors, found, self.reach.entering(asked))

    def alone(self) -> Iterator[tuple[tuple[str, ...], Conditions]]:
        """Each condition relaxed alone."""
        for mfi in default_thresholds():
            if mfi > self.base.threshold_mfi:
                yield (THRESHOLD,), replace(self.base, threshold_mfi=mfi)
        for kind in KINDS:
            for relaxed in self._ways(kind, self.base):
                yield (kind,), relaxed

    def pairs(self) -> Iterator[tuple[tuple[str, ...], Conditions]]:
        """Each two conditions relaxed together, as far as they go; the threshold last, no higher than it has to be."""
        for one, other in combinations((ABO, REGION, LOCUS_C, THRESHOLD), 2):
            for first in self._ways(one, self.base)[-1:]:
                for both in self._ways(other, first)[-1:]:
                    yield tuple(sorted((one, other), key=KINDS.index)), both

    def _ways(self, kind: str, base: Conditions) -> list[Conditions]:
        """The conditions with one of them relaxed, the widest last."""
        if kind == THRESHOLD:
            return self._least_threshold(base)
        if kind == ABO:
            weaker = ABO_RULES[: ABO_RULES.index(parse_rule(base.abo_rule))]
            return [replace(base, abo_rule=rule) for rule in reversed(weaker)]
        if kind == REGION:
            return [] if base.region is None else [replace(base, region=None)]
        return [replace(base, loci=WITHOUT_C)] if "C" in base.loci else []

    def _least_threshold(self, base: Conditions) -> list[Conditions]:
        """The least threshold that closes the gap, else the least that leaves no more than the highest does.

        Donors only come in as a threshold rises, so that what is missing only falls.
        """
        raised = [replace(base, threshold_mfi=step) for step in self.reach.steps]
        if not raised:
            return []
        least, low, high = self._answer(raised[-1])[1].missing, 0, len(raised) - 1
        while low < high:
            middle = (low + high) // 2
            enough = self._answer(raised[middle])[1].missing <= least
            low, high = (low, middle) if enough else (middle + 1, high)
        return [raised[low]]
