"""Donors of one serum by verdict, and those who become compatible or cease to be from one serum to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.reactivity import SerumReading
from services.antibody_history.states import SeraStates, states_of, verdicts_of
from services.matching.engine import COLUMNS, COUNTED, Matching
from services.matching.index import Array

COMPATIBLE = 0
UNKNOWN, BLOCKED = 2, 3


@dataclass(frozen=True, slots=True)
class Weights:
    """For each phenotype the donors of one place: rules met, a fact missing, a rule violated, may give on the day."""

    met: Array
    missing: Array
    violated: Array
    available: Array


@dataclass(frozen=True, slots=True)
class Moved:
    """Donors who become compatible, and those who cease to be; of both, those who may give on the day."""

    opened: int
    closed: int
    opened_available: int
    closed_available: int


class SeraCounts:
    """Several sera of one patient laid over the registry at one threshold."""

    def __init__(self, matching: Matching, readings: Sequence[SerumReading], threshold_mfi: float, on: date) -> None:
        self.matching = matching
        self.on = on
        self.states: SeraStates = states_of(matching, readings, threshold_mfi)
        self.verdicts = [verdicts_of(matching, self.states, serum) for serum in range(len(readings))]
        self._available = _available_cells(matching, on)

    def weights(self, region: str | None = None) -> Weights:
        """The donors of the country, or of one region, by phenotype."""
        index, matching = self.matching.index, self.matching
        here = None if region is None else index.cell_region == index.meta.regions.index(region)
        met, missing = matching.cell_weights(0), matching.cell_weights(1)

        def summed(cells: Array) -> Array:
            kept = cells if here is None else np.where(here, cells, 0.0)
            return np.bincount(index.cell_phenotype, weights=kept, minlength=len(index.phenotype_pairs[0]))

        return Weights(*(summed(one) for one in (met, missing, index.cell_count - met - missing, self._available)))

    def counts(self, serum: int, weights: Weights) -> dict[str, int]:
        """Donors by verdict and those available, as a sweep of this serum counts them."""
        verdict = self.verdicts[serum]
        found = np.bincount(verdict, weights=weights.met, minlength=len(COUNTED))
        missing = np.bincount(verdict, weights=weights.missing, minlength=len(COUNTED))
        found[UNKNOWN] += missing[:BLOCKED].sum()  # a fact that a rule needs: unknown unless blocked
        found[BLOCKED] += missing[BLOCKED] + weights.violated.sum()
        available = weights.available[verdict == COMPATIBLE].sum()
        return dict(zip(COLUMNS, (round(float(one)) for one in (*found, available)), strict=True))

    def moved(self, before: int, after: int, weights: Weights) -> Moved:
        """Who is compatible in one serum only."""
        was, is_ = (self.verdicts[serum] == COMPATIBLE for serum in (before, after))
        opened, closed = is_ & ~was, was & ~is_
        sums = (one[kept].sum() for one in (weights.met, weights.available) for kept in (opened, closed))
        return Moved(*(round(float(one)) for one in sums))

    def moved_rows(self, before: int, after: int) -> Array:
        """The donor rows that are compatible in the later serum only, in the order of donor numbers."""
        index = self.matching.index
        opened = (self.verdicts[after] == COMPATIBLE) & (self.verdicts[before] != COMPATIBLE)
        kept = np.repeat(opened[index.cell_phenotype], np.diff(index.cell_start))
        if self.matching.effects is not None:
            kept &= self.matching.effects == 0
        rows = np.flatnonzero(kept)
        return rows[np.argsort(index.donor_order[rows], kind="stable")]


def _available_cells(matching: Matching, on: date) -> Array:
    """The donors of each cell who meet the directive's rules besides HLA and may give on the day."""
    if matching.effects is None:
        return matching.index.eligible_count(on)
    return matching.index.sum_cells((matching.effects == 0) & matching.index.eligible_rows(on))
