"""Small tables that carry the rules of the field into the engine, one entry for each typing of a locus.

The engine gathers from them and knows no medicine: every number here comes from `domain`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.directive import Directive, Specificity
from domain.grading import GRADE_ORDER, GRADED_LOCI, LocusCount, PatientMatcher
from domain.phenotype import LocusTyping
from domain.reactivity import Reaction, Reactivity, SelfStatus, SerumReading
from domain.verdict import Requirement
from services.matching.index import HPA_COLUMNS, Array, RegistryIndex

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
    """Everything the engine needs of one locus, and the reactivities that explanations reuse."""

    typings: Sequence[LocusTyping]
    reactivities: Mapping[str, Reactivity]
    sum_mfi: Array
    max_mfi: Array

    def distinct(self, typing: LocusTyping) -> list[Reactivity]:
        """The reactivities of the different values of one typing."""
        return [self.reactivities[value.canonical] for value in typing.distinct()]


def locus_tables(index: RegistryIndex, reading: SerumReading, locus: str, *, floor_mfi: float) -> LocusTables:
    """React with every distinct value of one locus of the registry (MATCHING §4, §10)."""
    typings = index.typings(locus, reading.reference)
    values = {value.canonical: value for typing in typings for value in typing.distinct()}
    reactivities = {name: reading.react(value) for name, value in values.items()}
    highs = {name: reactivity.high or 0.0 for name, reactivity in reactivities.items()}
    rows = [[highs[value.canonical] for value in typing.distinct()] for typing in typings]
    return LocusTables(
        typings=typings,
        reactivities=reactivities,
        sum_mfi=np.array([sum(high for high in row if high >= floor_mfi) for row in rows], dtype=np.float64),
        max_mfi=np.array([max(row, default=0.0) for row in rows], dtype=np.float64),
    )


def level_table(tables: LocusTables, levels: Array) -> LevelTable:
    """Where the state of each typing changes over ascending thresholds."""
    never = len(levels)

    def first_above(mfi: float) -> int:
        return int(np.searchsorted(levels, mfi, side="right"))

    bounds = {
        name: (
            first_above(one.positive_above_mfi),
            first_above(one.positive_upto_mfi),
            first_above(one.negative_above_mfi),
            first_above(one.untested_above_mfi),
        )
        for name, one in tables.reactivities.items()
    }
    positive = np.zeros((len(tables.typings), 2, 2), dtype=np.int32)
    columns: list[tuple[int, int]] = []
    for row, typing in enumerate(tables.typings):
        found = [bounds[value.canonical] for value in typing.distinct()]
        for place, (start, end, _, _) in enumerate(found):
            positive[row, place] = (start, end) if start < end else (0, 0)
        untyped = not typing.is_typed
        columns.append(
            (
                never if untyped else max((one[2] for one in found), default=0),
                0 if untyped else min((one[3] for one in found), default=never),
            )
        )
    shape = np.array(columns, dtype=np.int32).reshape(-1, 2)
    return LevelTable(
        blocked_until=positive[:, :, 1].max(axis=1, initial=0),
        compatible_from=shape[:, 0],
        unknown_from=shape[:, 1],
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
    known: dict[str, dict[LocusCount, int]] = {}
    codes: dict[str, Array] = {}
    for locus in GRADED_LOCI:
        found = known.setdefault(locus, {})
        counts = [matcher.count(typing) for typing in by_locus[locus].typings]
        codes[locus] = np.array([found.setdefault(count, len(found)) for count in counts], dtype=np.intp)
    first, second = (list(known[locus]) for locus in GRADED_LOCI)
    grades = [[matcher.grade((one, other)) for other in second] for one in first]
    ranks = np.array([[GRADE_ORDER.index(grade.text) for grade in row] for row in grades], dtype=np.uint8)
    certain = np.array([[grade.certain for grade in row] for row in grades], dtype=bool)
    shape = (len(first), len(second))
    return GradeTables(codes, ranks.reshape(shape), certain.reshape(shape))


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
