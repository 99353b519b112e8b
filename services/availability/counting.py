"""Donors by region and ABO who are compatible, and when they may give: one pass over the rows for each directive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np

from domain.availability import WEEK_DAYS, horizon_days
from services.matching.engine import Matching, level_states
from services.matching.index import Array, RegistryIndex
from services.wording.alphabet import UNASSIGNED

UNKNOWN_ABO = "?"
Counts = Mapping[str, Mapping[str, list[int]]]  # region → ABO → the figures, in the order of Figures


@dataclass(frozen=True, slots=True)
class Figures:
    """Donors: all of them; who may give on the day, in 7, 14 and 28 days; and on some day of the seven after it."""

    donors: int = 0
    now: int = 0
    in_7: int = 0
    in_14: int = 0
    in_28: int = 0
    within_7: int = 0


NAMES = tuple(field.name for field in fields(Figures))


class Census:
    """The donors of an index, each with a number for region, ABO and days on which they may give, made once."""

    def __init__(self, index: RegistryIndex, on: date) -> None:
        self.index = index
        days = [index.eligible_rows(day) for day in horizon_days(on)]
        week = np.logical_or.reduce([index.eligible_rows(on + timedelta(days=n)) for n in range(WEEK_DAYS + 1)])
        marks = [np.ones(len(week), dtype=bool), *days, week]
        self.patterns = 1 << len(marks)
        pattern = sum(mark.astype(np.int32) << place for place, mark in enumerate(marks))
        self.places = [region or UNASSIGNED for region in index.meta.regions]
        self.groups = [text or UNKNOWN_ABO for text in index.meta.abo]
        region = np.repeat(index.cell_region, np.diff(index.cell_start)).astype(np.int32)
        group = index.class_codes[1].astype(np.int32)[index.donor_class]
        self.code = (region * max(1, len(self.groups)) + group) * self.patterns + pattern
        self.row_phenotype = np.repeat(index.cell_phenotype, np.diff(index.cell_start))
        # which figures each pattern of marks counts in
        self.counted = np.array([[one >> place & 1 for place in range(len(marks))] for one in range(self.patterns)])

    def count(self, kept: Array | None = None) -> Counts:
        """The donors of the rows that are kept (None: all), by region and ABO; what would be all zero is left out."""
        codes = self.code if kept is None else self.code[kept]
        shape = (len(self.places), len(self.groups), self.patterns)
        found = np.bincount(codes, minlength=int(np.prod(shape))).reshape(shape) @ self.counted
        return {
            place: {
                group: [int(one) for one in found[at, of]] for of, group in enumerate(self.groups) if found[at, of, 0]
            }
            for at, place in enumerate(self.places)
            if found[at, :, 0].any()
        }

    def compatible(self, matching: Matching, threshold_mfi: int) -> Array:
        """The rows of the donors who are compatible at a threshold, under all that the directive asks."""
        verdict = level_states(matching, [threshold_mfi]).verdicts_at(matching, 0)
        kept = (verdict == 0)[self.row_phenotype]
        if matching.effects is not None:
            kept &= matching.effects == 0
        rows: Array = np.flatnonzero(kept)
        return rows


def figures_of(counts: Counts, *, region: str | None = None, abo: str | None = None) -> Figures:
    """The figures of the country or of one region, of all groups or of one."""
    groups = counts.values() if region is None else [counts.get(region, {})]
    return _summed(row for one in groups for group, row in one.items() if abo in (None, group))


def by_abo(counts: Counts, region: str | None = None) -> Mapping[str, Figures]:
    """The figures of each ABO group, those not known last."""
    held = {group for one in counts.values() for group in one}
    order = sorted(held, key=lambda group: (group == UNKNOWN_ABO, group))
    return {group: figures_of(counts, region=region, abo=group) for group in order}


def _summed(rows: Iterable[list[int]]) -> Figures:
    total = [0] * len(NAMES)
    for row in rows:
        total = [one + other for one, other in zip(total, row, strict=True)]
    return Figures(*total)
