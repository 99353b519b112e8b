"""How close a donor's A and B antigens are to the patient's (MATCHING §6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.phenotype import LocusTyping
from domain.reference import Reference
from domain.typing_text import Kind, TypedValue

# B4005 hangs under a broad antigen, so it is no split of its own unless nothing else is left (MATCHING §6).
PARENTLESS = "B4005"

GRADE_ORDER = (
    "A",
    "B1U",
    "B2U",
    "B1X",
    "B2UX",
    "B2X",
    "B3UX",
    "B3X",
    "B4UX",
    "B4X",
    "C",
    "D",
    "R",
)
GRADED_LOCI = ("A", "B")


class Match(StrEnum):
    """How one donor value stands to the patient's values."""

    IDENTICAL = "identical"
    POSSIBLY_IDENTICAL = "possibly_identical"
    CROSS_REACTIVE = "cross_reactive"
    MISMATCHED = "mismatched"
    UNTYPED = "untyped"


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """The match of one value; `certain` is false where a better typing could change what it counts as."""

    match: Match
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """One donor value against the patient's: what it is compared by, and what it meets there.

    `splits`: those the value may be. `own`: the patient's value that it is, or may be, the same as; None where there
    is none. `shared`: for each split the cross-reactive groups that it shares with one of the patient's splits.
    """

    splits: frozenset[str]
    own: TypedValue | None
    shared: Mapping[str, frozenset[str]]
    result: ValueMatch


@dataclass(frozen=True, slots=True)
class LocusCount:
    """What one locus adds to the grade."""

    typed: bool
    single: bool
    cross_reactive: int
    mismatched: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade's letters, and whether it would survive a better typing."""

    text: str
    certain: bool

    @property
    def rank(self) -> int:
        """0 for the best."""
        return GRADE_ORDER.index(self.text)


class PatientMatcher:
    """The patient's antigens under one family of cross-reactive groups, ready to compare donor values with."""

    def __init__(self, typings: Mapping[str, LocusTyping], reference: Reference, creg_family: str) -> None:
        self.reference = reference
        self.family = creg_family
        self._values = {
            locus: [value for value in typing.distinct() if value.kind is not Kind.NULL]
            for locus, typing in typings.items()
        }
        self.is_typed = all(locus in typings and typings[locus].is_typed for locus in GRADED_LOCI)
        splits = {
            split for locus in GRADED_LOCI for value in self._values.get(locus, ()) for split in self.splits(value)
        }
        reference.creg_table(creg_family)
        self._matches: dict[str, ValueMatch | None] = {}  # by what makes two values the same
        self._cregs = frozenset().union(*(reference.cregs_of(split, creg_family) for split in splits))

    def splits(self, value: TypedValue) -> frozenset[str]:
        """The splits a value may be."""
        splits = {self.reference.split(antigen) for antigen in value.antigens}
        return frozenset(splits - {PARENTLESS} or splits)

    def match(self, value: TypedValue) -> ValueMatch | None:
        """How one donor value stands to the patient; None for a null allele, which expresses nothing."""
        if value.key not in self._matches:
            compared = self.compare(value)
            self._matches[value.key] = None if compared is None else compared.result
        return self._matches[value.key]

    def compare(self, value: TypedValue) -> Comparison | None:
        """The comparison that a match comes from; None for a null allele."""
        if value.kind is Kind.NULL:
            return None
        splits = self.splits(value)
        own = self._values.get(value.locus, ())
        same = next((one for one in own if self._same_allele(value, one)), None)
        if same is None and len(splits) == 1:
            same = next((one for one in own if self.splits(one) == splits), None)
        if same is not None:
            return Comparison(splits, same, {}, ValueMatch(Match.IDENTICAL))
        alike = next((one for one in own if self.splits(one) & splits), None)
        if alike is not None:
            return Comparison(splits, alike, {}, ValueMatch(Match.POSSIBLY_IDENTICAL, certain=False))
        shared = {split: self.reference.cregs_of(split, self.family) & self._cregs for split in splits}
        if shared and all(shared.values()):
            return Comparison(splits, None, shared, ValueMatch(Match.CROSS_REACTIVE))
        certain = not any(shared.values())
        return Comparison(splits, None, shared, ValueMatch(Match.MISMATCHED, certain=certain))

    def _same_allele(self, value: TypedValue, one: TypedValue) -> bool:
        """Whether both are alleles, or P groups, and the same at two fields or by their P group.

        Some P groups hold alleles assigned to different antigens: those are not the same.
        """
        proteins = [self._protein(typed) for typed in (value, one)]
        alike = proteins[0] is not None and proteins[0] == proteins[1]
        return alike and (value.key == one.key or bool(self.splits(value) & self.splits(one)))

    def _protein(self, value: TypedValue) -> str | None:
        """What an allele or a P group is compared by; None for any other value, a list of one allele included."""
        if value.kind is Kind.ALLELE:
            return self.reference.protein(value.key)
        groups = self.reference.release.groups if self.reference.release else {}
        return value.canonical if value.canonical in groups and value.canonical.endswith("P") else None

    def count(self, typing: LocusTyping) -> LocusCount:
        """What one of the donor's loci adds to the grade."""
        matches = [match for match in map(self.match, typing.distinct()) if match is not None]
        return LocusCount(
            typed=typing.is_typed,
            single=len(matches) == 1,
            cross_reactive=sum(one.match is Match.CROSS_REACTIVE for one in matches),
            mismatched=sum(one.match is Match.MISMATCHED for one in matches),
            certain=all(one.certain for one in matches),
        )

    def grade(self, counts: Iterable[LocusCount]) -> Grade:
        """The grade from what loci A and B add (MATCHING §6)."""
        counts = tuple(counts)
        if not self.is_typed or not all(count.typed for count in counts):
            return Grade("R", certain=False)
        single = sum(count.single for count in counts)
        cross_reactive = sum(count.cross_reactive for count in counts)
        mismatched = sum(count.mismatched for count in counts)
        return Grade(_letters(single, cross_reactive, mismatched), all(count.certain for count in counts))


def _letters(single: int, cross_reactive: int, mismatched: int) -> str:
    if mismatched:
        return "C" if mismatched == 1 else "D"
    if not single + cross_reactive:
        return "A"
    return f"B{single + cross_reactive}{'U' if single else ''}{'X' if cross_reactive else ''}"
