"""Several sera of one patient at one threshold over one registry: each typed value is read once for what differs.

At one threshold a value's reaction depends only on which of the beads that speak for it reach that threshold. Sera of
one panel that agree on those beads therefore agree on the value, and it is read again only where they do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.reaction import Reaction
from domain.reactivity import SerumReading
from domain.typing_text import TypedValue
from services.matching.engine import Matching
from services.matching.index import Array

# In the order of the verdicts that they bring: the worst of a donor's values is the donor's verdict.
STATES = (Reaction.NEGATIVE, Reaction.UNDECIDED, Reaction.UNTESTED, Reaction.POSITIVE)
UNTYPED = np.uint8(STATES.index(Reaction.UNTESTED))
WORD_BITS = 62


@dataclass(frozen=True, slots=True)
class SeraStates:
    """For each locus in scope the state of every typed value, as rows (serum, value), places in `STATES`."""

    by_locus: dict[str, Array]


def states_of(matching: Matching, readings: Sequence[SerumReading], threshold_mfi: float) -> SeraStates:
    """The state of every typed value of the registry in each serum, at one threshold."""
    panels: dict[frozenset[str], list[int]] = {}
    for place, reading in enumerate(readings):
        panels.setdefault(frozenset(bead.allele for bead in reading.profile.beads), []).append(place)
    found = {}
    for locus in matching.directive.loci:
        values = matching.index.locus(locus, matching.reading.reference).values
        found[locus] = np.zeros((len(readings), len(values)), dtype=np.uint8)
        for alleles, places in panels.items():
            panel = _Panel(sorted(alleles), [readings[place] for place in places], threshold_mfi)
            for column, value in enumerate(values):
                found[locus][places, column] = panel.states(value)
    return SeraStates(found)


class _Panel:
    """Sera that have beads of the same alleles."""

    def __init__(self, alleles: Sequence[str], readings: Sequence[SerumReading], threshold_mfi: float) -> None:
        self.readings = readings
        self.threshold_mfi = threshold_mfi
        self.place = {allele: at for at, allele in enumerate(alleles)}
        self.reactive = np.zeros((len(readings), len(alleles)), dtype=bool)
        for row, reading in enumerate(readings):
            for bead in reading.profile.beads:
                self.reactive[row, self.place[bead.allele]] = bead.mfi >= threshold_mfi

    def states(self, value: TypedValue) -> list[int]:
        """The state of one value in each serum."""
        known: dict[tuple[int, ...], int] = {}
        found = []
        for row, key in enumerate(self._keys(self._speaking(value))):
            if key not in known:
                known[key] = STATES.index(self.readings[row].react(value).at(self.threshold_mfi))
            found.append(known[key])
        return found

    def _speaking(self, value: TypedValue) -> list[int]:
        """The places of the beads on which the value's reaction may depend; the same in every serum of the panel."""
        reading = self.readings[0]
        alleles: set[str] = set()
        for one in reading.read(value):
            alleles.update(bead.allele for bead in (*one.found, *one.doubtful))
            if any(step.above is Reaction.UNTESTED for step in one.steps):
                alleles |= _by_eplets(reading, one.member.allele, one.member.antigens)
        return sorted(self.place[allele] for allele in alleles)

    def _keys(self, places: Sequence[int]) -> list[tuple[int, ...]]:
        """For each serum which of the beads reach the threshold, as whole numbers."""
        words = []
        for start in range(0, len(places), WORD_BITS):
            part = self.reactive[:, places[start : start + WORD_BITS]]
            words.append((part @ (1 << np.arange(part.shape[1], dtype=np.int64))).tolist())
        return list(zip(*words, strict=True)) if words else [()] * len(self.readings)


def _by_eplets(reading: SerumReading, allele: str | None, antigens: frozenset[str]) -> set[str]:
    """The alleles of the beads that carry an eplet of what is not tested: they may cast doubt on it."""
    serum = reading.eplets()
    if serum is None:
        return set()
    carried = serum.table.of_member(allele, antigens) or ()
    return {bead.allele for eplet in carried for bead in serum.carriers.get(eplet, ())}


def verdicts_of(matching: Matching, states: SeraStates, serum: int) -> Array:
    """The verdict of each phenotype in one serum, as its place in the engine's `COUNTED`; HLA alone speaks here."""
    per_typing = {}
    for locus, rows in states.by_locus.items():
        codes = matching.index.locus(locus, matching.reading.reference)
        table = np.append(rows[serum], np.uint8(0))
        worst = np.maximum(table[codes.first], table[codes.second])
        per_typing[locus] = np.where(codes.typed, worst, np.maximum(worst, UNTYPED))
    return matching.gathered(per_typing, np.maximum)
