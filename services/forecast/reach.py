"""Which donors suit a patient under other conditions than the directive's, each answered by the engine itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from domain.abo import relation
from domain.directive import MAX_THRESHOLD_MFI
from domain.profile import distinct_thresholds
from services.donor_rules import donor_rules
from services.matching.engine import COUNTED, Matching, level_states
from services.matching.index import Array
from services.matching.tables import candidate_specificities, class_effects
from services.patients import Case
from services.rule_tables import abo_groups

POSITIVE = len(COUNTED) - 1


@dataclass(frozen=True, slots=True)
class Conditions:
    """What donors must meet: a threshold in MFI, the loci in scope, the rule on ABO, one region or none."""

    threshold_mfi: int
    loci: tuple[str, ...]
    abo_rule: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Entering:
    """Donors whom other conditions let in: how many, and what is known of them under the directive's own.

    `positive`: with an antigen that reacts at the directive's threshold; `undecided`: with one of which nobody can
    tell; `major`: with a major ABO mismatch. `sum_mfi`: the least, the median and the highest sum of DSA-MFI; None of
    no donor. `accepted`: antigens that would count no longer, each with its highest MFI.
    """

    donors: int
    positive: int
    undecided: int
    major: int
    sum_mfi: tuple[float, float, float] | None
    accepted: tuple[tuple[str, float], ...]


class Reach:
    """One patient's case over the registry, for conditions that begin at the directive's and only widen."""

    def __init__(self, case: Case, matching: Matching, base: Conditions) -> None:
        self.case, self.matching, self.base = case, matching, base
        self.index = matching.index
        steps = {step + 1 for step in distinct_thresholds(case.profile)}
        self.steps = sorted(step for step in steps if base.threshold_mfi < step <= MAX_THRESHOLD_MFI)
        self._row_phenotype = np.repeat(self.index.cell_phenotype, np.diff(self.index.cell_start))
        self._levels: dict[tuple[str, ...], Array] = {}
        self._effects: dict[str, Array | None] = {}
        self._thresholds = [base.threshold_mfi]

    def rows(self, asked: Conditions) -> Array:
        """The rows of the compatible donors under these conditions."""
        if asked.threshold_mfi not in self._thresholds:
            self._thresholds = sorted({*self._thresholds, *self.steps, asked.threshold_mfi})
            self._levels.clear()
        kept = self._from_level(asked.loci)[self._row_phenotype] <= self._thresholds.index(asked.threshold_mfi)
        effects = self._effects_of(asked.abo_rule)
        if effects is not None:
            kept &= effects == 0
        if asked.region is not None:
            regions = np.array([name == asked.region for name in self.index.meta.regions], dtype=bool)
            kept &= np.repeat(regions[self.index.cell_region], np.diff(self.index.cell_start))
        rows: Array = np.flatnonzero(kept)
        return rows

    def _from_level(self, loci: tuple[str, ...]) -> Array:
        """For each phenotype the place of the first threshold at which it is compatible."""
        if loci not in self._levels:
            self._levels[loci] = level_states(self._matching_over(loci), self._thresholds).compatible_from
        return self._levels[loci]

    def _matching_over(self, loci: tuple[str, ...]) -> Matching:
        if loci == self.matching.directive.loci:
            return self.matching
        narrowed = replace(self.matching.directive, loci=loci)
        found = Matching(
            self.index,
            self.matching.reading,
            self.matching.matcher,
            narrowed,
            self.matching.rules,
            sum_floor_mfi=self.matching.sum_floor_mfi,
        )
        # The tables of a locus depend on the serum and the registry alone.
        found.loci = {locus: tables for locus, tables in self.matching.loci.items() if locus in loci}
        return found

    def _effects_of(self, abo_rule: str) -> Array | None:
        if abo_rule not in self._effects:
            directive = replace(self.matching.directive, abo_rule=abo_rule)
            by_class = class_effects(self.index, donor_rules(directive, self.case.patient.abo))
            self._effects[abo_rule] = None if by_class is None else by_class[self.index.donor_class]
        return self._effects[abo_rule]

    def entering(self, asked: Conditions) -> Entering:
        """What is known of the donors whom these conditions let in, beyond the directive's."""
        rows = np.setdiff1d(self.rows(asked), self.rows(self.base), assume_unique=True)
        owners = self._row_phenotype[rows]
        verdicts = level_states(self.matching, [self.base.threshold_mfi]).verdicts_at(self.matching, 0)[owners]
        sums = self._sum_mfi()[owners]
        spread = (float(sums.min()), float(np.median(sums)), float(sums.max())) if len(sums) else None
        return Entering(
            donors=len(rows),
            positive=int((verdicts == POSITIVE).sum()),
            undecided=int(((verdicts != POSITIVE) & (verdicts != 0)).sum()),
            major=int(self._major()[rows].sum()),
            sum_mfi=spread,
            accepted=self._accepted(asked),
        )

    def _sum_mfi(self) -> Array:
        floor = self.matching.sum_floor_mfi
        return self.matching.gathered({key: one.sum_mfi(floor) for key, one in self.matching.loci.items()}, np.add)

    def _major(self) -> Array:
        """Whether the patient's isoagglutinins meet the donor's antigens; unknown groups are not counted."""
        groups, own = abo_groups(), self.case.patient.abo
        table = [relation(own, text or None, groups) in ("major", "bidirectional") for text in self.index.meta.abo]
        marked: Array = np.array(table, dtype=bool)[self.index.class_codes[1][self.index.donor_class]]
        return marked

    def _accepted(self, asked: Conditions) -> tuple[tuple[str, float], ...]:
        """The antigens that react under the directive and would no longer count, the highest MFI first."""
        mfi = self.base.threshold_mfi
        counting = dict(candidate_specificities(self.matching.reading, self.matching.directive, mfi))
        narrowed = replace(self.matching.directive, loci=asked.loci)
        still: Mapping[str, float] = dict(candidate_specificities(self.matching.reading, narrowed, asked.threshold_mfi))
        return tuple((name, high) for name, high in counting.items() if name not in still)
