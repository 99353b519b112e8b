"""Small tables that carry the rules of the field into the engine, one entry for each typing of a locus.

The engine gathers from them and knows no medicine: every number here comes from `domain`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.directive import Directive, Specificity
from domain.grading import GRADE_ORDER, GRADED_LOCI, LocusCount, Match, PatientMatcher
from domain.reaction import Reaction, Reactivity
from domain.reactivity import SelfStatus, SerumReading
from domain.typing_risk import TypingRisk
from domain.verdict import Requirement
from services.matching.index import HPA_COLUMNS, Array, LocusCodes, RegistryIndex

# Decimals of a sum of MFI: equal sums must not be told apart by the noise of floating point.
SUM_DECIMALS = 6
EFFECTS = (Requirement.MET, Requirement.MISSING, Requirement.VIOLATED)


@dataclass(frozen=True, slots=True)
class LevelTable:
    """For each typing of one locus, where its state changes, as positions in the ascending list of thresholds.

    Blocked before `blocked_until` (regular typings) or in `positive` intervals (rows of [from, until), two for
    each typing), compatible from `compatible_from`, unknown from `unknown_from`; the number of levels is never.
    """

    blocked_until: Array
    compatible_from: Array
    unknown_from: Array
    irregular: Array
    positive: Array


@dataclass(frozen=True, slots=True)
class LocusTables:
    """How the serum reacts with every distinct value of one locus of the registry, in the order of their codes."""

    codes: LocusCodes
    reactivities: tuple[Reactivity, ...]
    by_name: Mapping[str, Reactivity]
    high_mfi: Array

    def per_typing(self, per_value: Sequence[object] | Array, neutral: object, combine: np.ufunc) -> Array:
        """One number for each typing from one for each value; `neutral` stands for a value that is not there."""
        table = np.append(np.asarray(per_value), np.asarray([neutral])).astype(np.asarray(neutral).dtype, copy=False)
        combined: Array = combine(table[self.codes.first], table[self.codes.second])
        return combined

    def sum_mfi(self, floor_mfi: float) -> Array:
        """The sum of the highest MFI of each typing's values, those below the floor left out (MATCHING §10)."""
        return self.per_typing(np.where(self.high_mfi >= floor_mfi, self.high_mfi, 0.0), 0.0, np.add)

    def max_mfi(self) -> Array:
        """The highest MFI of each typing's values, 0 without beads."""
        return self.per_typing(self.high_mfi, 0.0, np.maximum)

    def safety(self, risks: TypingRisk, threshold_mfi: float) -> Array:
        """P(no value of each typing reacts); NaN where a value's risk is not known, or a position is not typed."""
        found = [risks.of(one, threshold_mfi).risk for one in self.reactivities]
        safe = np.array([np.nan if risk is None else 1 - risk for risk in found], dtype=np.float64)
        return np.where(self.codes.typed, self.per_typing(safe, 1.0, np.multiply), np.nan)

    def reactions(self, threshold_mfi: float) -> list[Reaction]:
        """The reaction of each value at one threshold."""
        return [one.at(threshold_mfi) for one in self.reactivities]


def locus_tables(index: RegistryIndex, reading: SerumReading, locus: str) -> LocusTables:
    """React with every distinct value of one locus of the registry (MATCHING §4)."""
    codes = index.locus(locus, reading.reference)
    reactivities = tuple(reading.react(value) for value in codes.values)
    return LocusTables(
        codes=codes,
        reactivities=reactivities,
        by_name={one.value.canonical: one for one in reactivities},
        high_mfi=np.array([one.high or 0.0 for one in reactivities], dtype=np.float64),
    )


def level_table(tables: LocusTables, levels: Array) -> LevelTable:
    """Where the state of each typing changes over ascending thresholds."""
    never = len(levels)
    bounds = np.array(
        [
            (one.positive_above_mfi, one.positive_upto_mfi, one.negative_above_mfi, one.untested_above_mfi)
            for one in tables.reactivities
        ],
        dtype=np.float64,
    ).reshape(-1, 4)
    start, end, negative, untested = np.searchsorted(levels, bounds.T, side="right")
    start, end = (np.where(start < end, edge, 0) for edge in (start, end))
    positive = np.stack(
        [
            np.append(np.stack([start, end], axis=1), [[0, 0]], axis=0)[side]
            for side in (tables.codes.first, tables.codes.second)
        ],
        axis=1,
    )
    typed = tables.codes.typed
    return LevelTable(
        blocked_until=positive[:, :, 1].max(axis=1, initial=0),
        compatible_from=np.where(typed, tables.per_typing(negative, 0, np.maximum), never),
        unknown_from=np.where(typed, tables.per_typing(untested, never, np.minimum), 0),
        irregular=np.any(positive[:, :, 0] > 0, axis=1),
        positive=positive,
    )


@dataclass(frozen=True, slots=True)
class GradeTables:
    """Per typing of A and of B a small code, and the grade of each pair of codes."""

    codes: Mapping[str, Array]
    ranks: Array
    certain: Array


def grade_tables(matcher: PatientMatcher, by_locus: Mapping[str, LocusTables]) -> GradeTables:
    """The grade of every combination of an A and a B typing (MATCHING §6)."""
    codes: dict[str, Array] = {}
    counts: list[list[LocusCount]] = []
    for locus in GRADED_LOCI:
        distinct, codes[locus] = np.unique(_grade_codes(matcher, by_locus[locus]), return_inverse=True)
        counts.append([_locus_count(int(code)) for code in distinct])
    grades = [[matcher.grade((one, other)) for other in counts[1]] for one in counts[0]]
    shape = (len(counts[0]), len(counts[1]))
    ranks = np.array([[GRADE_ORDER.index(grade.text) for grade in row] for row in grades], dtype=np.uint8)
    certain = np.array([[grade.certain for grade in row] for row in grades], dtype=bool)
    return GradeTables(codes, ranks.reshape(shape), certain.reshape(shape))


def _grade_codes(matcher: PatientMatcher, tables: LocusTables) -> Array:
    """What each typing adds to the grade, as one number: digits (base 3) certain, missed, crossed, single, typed."""
    matches = [matcher.match(value) for value in tables.codes.values]
    expressed = tables.per_typing([int(one is not None) for one in matches], 0, np.add)
    crossed = tables.per_typing(
        [int(one is not None and one.match is Match.CROSS_REACTIVE) for one in matches], 0, np.add
    )
    missed = tables.per_typing([int(one is not None and one.match is Match.MISMATCHED) for one in matches], 0, np.add)
    certain = tables.per_typing([int(one is None or one.certain) for one in matches], 1, np.minimum)
    codes = certain
    for digit in (missed, crossed, (expressed == 1).astype(np.int64), tables.codes.typed.astype(np.int64)):
        codes = codes * 3 + digit
    return codes


def _locus_count(code: int) -> LocusCount:
    digits = [code // 3**place % 3 for place in range(5)]
    return LocusCount(
        typed=bool(digits[0]),
        single=bool(digits[1]),
        cross_reactive=digits[2],
        mismatched=digits[3],
        certain=bool(digits[4]),
    )


@dataclass(frozen=True, slots=True)
class DonorRules:
    """The directive's rules on what is not HLA: each gives a requirement for a text of the registry."""

    hpa: Mapping[str, Callable[[str], Requirement]]
    cd36: Callable[[str], Requirement] | None
    abo: Callable[[str], Requirement] | None

    @property
    def any(self) -> bool:
        """Whether the directive asks anything of the donor besides HLA."""
        return bool(self.hpa) or self.cd36 is not None or self.abo is not None


def class_effects(index: RegistryIndex, rules: DonorRules) -> Array | None:
    """For each attribute class 0 met, 1 missing, 2 violated; None where the directive has no such rule."""
    if not rules.any:
        return None
    codes = index.class_codes
    effects = np.zeros(codes.shape[1], dtype=np.uint8)

    def apply(rule: Callable[[str], Requirement], texts: Sequence[str], row: int) -> None:
        table = np.array([EFFECTS.index(rule(text)) for text in texts], dtype=np.uint8)
        np.maximum(effects, table[codes[row]], out=effects)

    for system, rule in rules.hpa.items():
        if system in HPA_COLUMNS:
            apply(rule, index.meta.hpa, 2 + HPA_COLUMNS.index(system))
        else:  # a system the registry has no column for: nobody is typed
            np.maximum(effects, EFFECTS.index(rule("")), out=effects)
    if rules.cd36 is not None:
        apply(rules.cd36, index.meta.cd36, 7)
    if rules.abo is not None:
        apply(rules.abo, index.meta.abo, 1)
    return effects


def candidate_specificities(
    reading: SerumReading, directive: Directive, threshold_mfi: float
) -> list[tuple[str, float]]:
    """What could be removed: the antigens of foreign beads in scope at or above the threshold (MATCHING §5).

    Each with the highest MFI of its own beads, highest first.
    """
    found: dict[str, float] = {}
    for bead in reading.profile.beads:
        if (
            bead.antigen is not None
            and bead.mfi >= threshold_mfi
            and bead.locus in directive.loci
            and reading.self_status(bead) is SelfStatus.FOREIGN
            and not reading.is_removed(bead)
        ):
            found[bead.antigen] = max(bead.mfi, found.get(bead.antigen, 0.0))
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def opening_specificities(
    reading: SerumReading, reactivity: Reactivity, threshold_mfi: float, candidates: Sequence[str]
) -> frozenset[str]:
    """Which candidates, each removed alone, leave this value negative."""
    if reactivity.at(threshold_mfi) is Reaction.NEGATIVE:
        return frozenset(candidates)
    reference = reading.reference
    near = set(reactivity.value.antigens)
    for antigen in reactivity.value.antigens:
        near.update(reference.stand_ins.get(antigen, ()))
    return frozenset(
        name
        for name in candidates
        if not near.isdisjoint(covered := reference.closure(name))
        and reading.react(reactivity.value, also_removed=Specificity(name, covered)).at(threshold_mfi)
        is Reaction.NEGATIVE
    )
