"""One pass over the distinct phenotypes: verdict counts for every threshold and region at once (MATCHING §5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from domain.directive import Directive
from domain.grading import PatientMatcher
from domain.reactivity import SerumReading
from domain.typing_risk import FrequencyTable, TypingRisk
from domain.verdict import Verdict
from services.matching.eplets import EpletMasks
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
        frequencies: FrequencyTable | None = None,
    ) -> None:
        self.index = index
        self.reading = reading
        self.matcher = matcher
        self.directive = directive
        self.rules = rules
        self.sum_floor_mfi = sum_floor_mfi
        self.risks = TypingRisk(reading, frequencies)

    @cached_property
    def loci(self) -> Mapping[str, LocusTables]:
        """The tables of each locus in scope."""
        return {locus: locus_tables(self.index, self.reading, locus) for locus in self.directive.loci}

    @cached_property
    def grades(self) -> GradeTables:
        """The grade of each pair of an A and a B typing."""
        return grade_tables(self.matcher, self.loci)

    @cached_property
    def eplets(self) -> EpletMasks | None:
        """The eplets of the typings in scope that the patient lacks; None where no table is loaded."""
        if self.reading.eplet_table is None:
            return None
        return EpletMasks(self.index, self.reading, {locus: one.codes for locus, one in self.loci.items()})

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

    def verdicts_at(self, matching: Matching, level: int) -> Array:
        """The verdict of each phenotype at one level, as its place in `COUNTED`; HLA alone speaks here."""
        otherwise = np.where(self.compatible_from <= level, 0, np.where(self.unknown_from <= level, 2, 1))
        verdicts: Array = np.where(self.blocked_at(matching, level), 3, otherwise).astype(np.int8)
        return verdicts


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
    tally = Tally(matching, level_states(matching, thresholds))
    index = matching.index
    met = matching.cell_weights(0)
    counted = tally.counts(met)
    if matching.effects is None:
        available = index.eligible_count(on)
    else:
        available = index.sum_cells((matching.effects == 0) & index.eligible_rows(on))
        missing = matching.cell_weights(1)
        counted += _as_unknown(tally.counts(missing))
        counted[:, :, COUNTED.index(Verdict.BLOCKED)] += _by_region(index, index.cell_count - met - missing)
    columns = np.concatenate([counted, tally.compatible(available)[:, :, np.newaxis]], axis=2)
    return SweepCounts(tuple(thresholds), index.meta.regions, np.rint(columns).astype(np.int64))


def _by_region(index: RegistryIndex, weights: Array) -> Array:
    summed = np.bincount(index.cell_region, weights=weights, minlength=len(index.meta.regions))
    return summed.astype(np.float64, copy=False)


def _as_unknown(counted: Array) -> Array:
    """Donors who miss a fact that a rule needs: unknown unless blocked."""
    blocked = counted[:, :, 3]
    unknown = counted[:, :, :3].sum(axis=2)
    return np.stack([np.zeros_like(blocked), np.zeros_like(blocked), unknown, blocked], axis=2)


class Tally:
    """Sums weights of cells to [level, region, verdict]; where each cell turns is worked out once.

    A phenotype is compatible from one level on, or else unknown from one level on; a regular one is blocked up to
    one level. Two histograms over these turning points then hold every level. An irregular one is blocked on
    levels that do not begin at the lowest, and is counted level by level.
    """

    def __init__(self, matching: Matching, states: LevelStates) -> None:
        self.matching = matching
        self.states = states
        self.levels = len(states.levels)
        self.regions = len(matching.index.meta.regions)
        never = self.levels
        # Unknown begins where the phenotype is no longer blocked; such turns are kept above those to compatible.
        lost = np.maximum(states.unknown_from, states.blocked_until).astype(np.int32) + (never + 1)
        self._turn = self._code(np.where(states.compatible_from == never, lost, states.compatible_from))
        self._release = self._code(states.blocked_until)
        self._odd = None if states.irregular is None else states.irregular[matching.index.cell_phenotype]

    def _code(self, turning: Array) -> Array:
        """One number for each cell from its phenotype's turning point and its region."""
        by_phenotype = turning.astype(np.int32) * np.int32(self.regions)
        return by_phenotype[self.matching.index.cell_phenotype] + self.matching.index.cell_region

    def _histogram(self, code: Array, weights: Array, width: int) -> Array:
        summed = np.bincount(code, weights=weights, minlength=width * self.regions)
        # Of no cells at all, whole numbers come back.
        return summed.astype(np.float64, copy=False).reshape(width, self.regions)

    def compatible(self, weights: Array) -> Array:
        """The weights that are compatible, by level and region; no phenotype is ever blocked there."""
        turns = self._histogram(self._turn, weights, 2 * self.levels + 2)
        return turns[: self.levels].cumsum(axis=0)

    def counts(self, weights: Array) -> Array:
        """The weights of each verdict (compatible, possible, unknown, blocked), by level and region."""
        if self._odd is None:
            return self._regular(weights)
        return self._regular(np.where(self._odd, 0.0, weights)) + self._irregular(np.where(self._odd, weights, 0.0))

    def _regular(self, weights: Array) -> Array:
        turns = self._histogram(self._turn, weights, 2 * self.levels + 2)
        releases = self._histogram(self._release, weights, self.levels + 1)
        compatible = turns[: self.levels].cumsum(axis=0)
        unknown = turns[self.levels + 1 : -1].cumsum(axis=0)
        blocked = releases[::-1].cumsum(axis=0)[::-1][1:]
        possible = turns.sum(axis=0) - compatible - unknown - blocked
        return np.stack([compatible, possible, unknown, blocked], axis=2)

    def _irregular(self, weights: Array) -> Array:
        index, states = self.matching.index, self.states
        counts = np.zeros((self.levels, self.regions, 4))
        for level in range(self.levels):
            verdict = states.verdicts_at(self.matching, level)
            code = index.cell_region.astype(np.int64) * 4 + verdict[index.cell_phenotype]
            counts[level] = np.bincount(code, weights=weights, minlength=counts[0].size).reshape(-1, 4)
        return counts
