"""One pass over the distinct phenotypes: verdict counts for every threshold and region at once (MATCHING §5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from domain.directive import Directive
from domain.grading import PatientMatcher
from domain.reactivity import SerumReading
from domain.verdict import Verdict
from services.matching.index import Array, RegistryIndex
from services.matching.tables import (
    DonorRules,
    GradeTables,
    LevelTable,
    LocusTables,
    class_effects,
    grade_tables,
    level_table,
    locus_tables,
)

COUNTED = (Verdict.COMPATIBLE, Verdict.POSSIBLE, Verdict.UNKNOWN, Verdict.BLOCKED)
AVAILABLE = "available"
COLUMNS = (*(verdict.value for verdict in COUNTED), AVAILABLE)


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """Counts as an array [threshold, region, column], columns as in `COLUMNS`, regions as in the index."""

    thresholds: tuple[int, ...]
    regions: tuple[str | None, ...]
    counts: Array

    def national(self, level: int) -> dict[str, int]:
        """The counts of the whole registry at one threshold."""
        return dict(zip(COLUMNS, (int(n) for n in self.counts[level].sum(axis=0)), strict=True))

    def by_region(self, level: int, unassigned: str) -> dict[str, dict[str, int]]:
        """The counts of each region at one threshold; donors without a region under `unassigned` where any."""
        rows = zip(self.regions, self.counts[level], strict=True)
        return {
            region or unassigned: dict(zip(COLUMNS, (int(n) for n in row), strict=True))
            for region, row in rows
            if region is not None or row.any()
        }


class Matching:
    """One patient's serum and directive laid over the registry; every answer is gathered from it."""

    def __init__(
        self,
        index: RegistryIndex,
        reading: SerumReading,
        matcher: PatientMatcher,
        directive: Directive,
        rules: DonorRules,
        *,
        sum_floor_mfi: float,
    ) -> None:
        self.index = index
        self.reading = reading
        self.matcher = matcher
        self.directive = directive
        self.rules = rules
        self.sum_floor_mfi = sum_floor_mfi

    @cached_property
    def loci(self) -> Mapping[str, LocusTables]:
        """The tables of each locus in scope."""
        return {
            locus: locus_tables(self.index, self.reading, locus, floor_mfi=self.sum_floor_mfi)
            for locus in self.directive.loci
        }

    @cached_property
    def grades(self) -> GradeTables:
        """The grade of each pair of an A and a B typing."""
        return grade_tables(self.matcher, self.loci)

    @cached_property
    def effects(self) -> Array | None:
        """For each donor row 0 met, 1 missing, 2 violated; None where only HLA counts."""
        by_class = class_effects(self.index, self.rules)
        return None if by_class is None else by_class[self.index.donor_class]

    def pairs(self, locus: str) -> Array:
        """The typing code of each phenotype at one locus."""
        codes: Array = self.index.phenotype_pairs["ABC".index(locus)]
        return codes

    def gathered(self, values: Mapping[str, Array], combine: np.ufunc) -> Array:
        """One number for each phenotype from one for each typing, combined over the loci in scope."""
        found: Array | None = None
        for locus, table in values.items():
            part = table.take(self.pairs(locus))
            found = part if found is None else combine(found, part, out=found)
        if found is None:
            raise ValueError("no locus in scope")
        return found

    def cell_weights(self, effect: int) -> Array:
        """The donors of each cell who stand so to the directive's rules on HPA, CD36 and ABO."""
        if self.effects is None:
            return self.index.cell_count if effect == 0 else np.zeros(len(self.index.cell_count))
        return self.index.sum_cells(self.effects == effect)


@dataclass(frozen=True, slots=True)
class LevelStates:
    """For each phenotype, the levels from which it is no longer blocked, compatible, unknown."""

    levels: Array
    tables: Mapping[str, LevelTable]
    blocked_until: Array
    compatible_from: Array
    unknown_from: Array
    irregular: Array | None

    def blocked_at(self, matching: Matching, level: int) -> Array:
        """Whether each phenotype is blocked at one level, whatever the shape of its intervals."""
        per_typing = {
            locus: np.any((table.positive[:, :, 0] <= level) & (level < table.positive[:, :, 1]), axis=1)
            for locus, table in self.tables.items()
        }
        return matching.gathered(per_typing, np.logical_or)


def level_states(matching: Matching, thresholds: Sequence[int]) -> LevelStates:
    """The states of every phenotype over ascending thresholds."""
    levels = np.asarray(thresholds, dtype=np.float64)
    tables = {locus: level_table(table, levels) for locus, table in matching.loci.items()}
    small = np.min_scalar_type(len(levels))

    def gather(name: str, combine: np.ufunc) -> Array:
        return matching.gathered({key: getattr(table, name).astype(small) for key, table in tables.items()}, combine)

    irregular = None
    if any(table.irregular.any() for table in tables.values()):
        irregular = matching.gathered({key: table.irregular for key, table in tables.items()}, np.logical_or)
    return LevelStates(
        levels=levels,
        tables=tables,
        blocked_until=gather("blocked_until", np.maximum),
        compatible_from=gather("compatible_from", np.maximum),
        unknown_from=gather("unknown_from", np.minimum),
        irregular=irregular,
    )


def sweep(matching: Matching, thresholds: Sequence[int], on: date) -> SweepCounts:
    """Counts for all thresholds, regions and verdicts; the list of thresholds ascends without repeats."""
    states = level_states(matching, thresholds)
    index = matching.index
    ok, missing = matching.cell_weights(0), matching.cell_weights(1)
    counted = _by_level(matching, states, ok)
    if matching.effects is None:
        available = index.eligible_count(on)
        violated = np.zeros(len(index.meta.regions))
    else:
        available = index.sum_cells((matching.effects == 0) & index.eligible_rows(on))
        violated = _by_region(index, matching.cell_weights(2))
        counted += _as_unknown(_by_level(matching, states, missing))
    counted[:, :, COUNTED.index(Verdict.BLOCKED)] += violated
    open_cells = _by_level(matching, states, available)[:, :, :1]
    counts = np.rint(np.concatenate([counted, open_cells], axis=2)).astype(np.int64)
    return SweepCounts(tuple(thresholds), index.meta.regions, counts)


def _by_region(index: RegistryIndex, weights: Array) -> Array:
    return np.bincount(index.cell_region, weights=weights, minlength=len(index.meta.regions))


def _as_unknown(counted: Array) -> Array:
    """Donors who miss a fact that a rule needs: unknown unless blocked."""
    blocked = counted[:, :, 3]
    unknown = counted[:, :, :3].sum(axis=2)
    return np.stack([np.zeros_like(blocked), np.zeros_like(blocked), unknown, blocked], axis=2)


def _by_level(matching: Matching, states: LevelStates, weights: Array) -> Array:
    """Weights summed to [level, region, verdict] (compatible, possible, unknown, blocked)."""
    index = matching.index
    regular = weights
    irregular = None
    if states.irregular is not None:
        odd = states.irregular[index.cell_phenotype]
        regular, irregular = np.where(odd, 0.0, weights), np.where(odd, weights, 0.0)
    counts = _regular_counts(index, states, regular)
    if irregular is not None:
        counts += _irregular_counts(matching, states, irregular)
    return counts


def _regular_counts(index: RegistryIndex, states: LevelStates, weights: Array) -> Array:
    """Phenotypes that are blocked up to a level and never again: one histogram over their turning points.

    A phenotype that is never compatible may turn unknown instead, so two turning points tell all.
    """
    never = len(states.levels)
    regions = len(index.meta.regions)
    width = 2 * never + 2
    turning = states.compatible_from.astype(np.int64)
    lost = turning == never
    turning[lost] = never + 1 + states.unknown_from[lost]
    shape = states.blocked_until * np.int64(width) + turning
    code = shape[index.cell_phenotype] * regions + index.cell_region
    summed = np.bincount(code, weights=weights, minlength=(never + 1) * width * regions)
    cube = summed.reshape(never + 1, width, regions)
    level = np.arange(never)
    total = cube.sum(axis=(0, 1))
    # blocked at level l: blocked_until > l
    blocked = cube.sum(axis=1)[::-1].cumsum(axis=0)[::-1][1:]
    compatible = cube.sum(axis=0)[:never].cumsum(axis=0)
    # unknown at level l: unknown_from <= l and blocked_until <= l
    settled = cube[:, never + 1 : width - 1].cumsum(axis=0).cumsum(axis=1)
    unknown = settled[level, level]
    possible = total - blocked - compatible - unknown
    return np.stack([compatible, possible, unknown, blocked], axis=2)


def _irregular_counts(matching: Matching, states: LevelStates, weights: Array) -> Array:
    """Phenotypes whose blocked levels do not begin at the lowest: counted level by level."""
    index = matching.index
    phenotype = index.cell_phenotype
    counts = np.zeros((len(states.levels), len(index.meta.regions), 4))
    for level in range(len(states.levels)):
        blocked = states.blocked_at(matching, level)
        unknown = ~blocked & (states.unknown_from <= level)
        compatible = states.compatible_from <= level
        verdict = np.where(blocked, 3, np.where(unknown, 2, np.where(compatible, 0, 1)))
        code = index.cell_region.astype(np.int64) * 4 + verdict[phenotype]
        counts[level] = np.bincount(code, weights=weights, minlength=counts[0].size).reshape(-1, 4)
    return counts
