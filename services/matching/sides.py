"""Grades side by side: the same donor under each published family of cross-reactive groups (MATCHING §6)."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.grading import GRADED_LOCI, Comparison, LocusCount, Match, PatientMatcher
from domain.phenotype import LocusTyping
from domain.reference import Reference
from services.reference import creg_version

Json = dict[str, Any]


class CregSides:
    """One patient under every family that the nomenclature in force holds; each typing is compared once."""

    def __init__(self, typings: Mapping[str, LocusTyping], reference: Reference) -> None:
        self.matchers = {family: PatientMatcher(typings, reference, family) for family in sorted(reference.cregs)}
        self._counts: dict[tuple[object, ...], dict[str, LocusCount]] = {}

    def grades(self, typings: Sequence[LocusTyping]) -> Json:
        """The grade of a donor's A and B under each family: `{"rodey": {"grade": "C", "certain": true}, …}`."""
        counts = [self._count(typing) for typing in typings]
        found = {}
        for family, matcher in self.matchers.items():
            grade = matcher.grade([one[family] for one in counts])
            found[family] = {"grade": grade.text, "certain": grade.certain}
        return found

    def _count(self, typing: LocusTyping) -> dict[str, LocusCount]:
        """What one typing adds to the grade under each family, worked out once."""
        key = (typing.locus, *(value and value.key for value in typing.values))
        if key not in self._counts:
            self._counts[key] = {family: matcher.count(typing) for family, matcher in self.matchers.items()}
        return self._counts[key]

    def arithmetic(self, typings: Mapping[str, LocusTyping]) -> list[Json]:
        """The sum behind each family's grade: every value with what it meets in the patient, then u, x and m."""
        return [self._arithmetic(family, typings) for family in self.matchers]

    def _arithmetic(self, family: str, typings: Mapping[str, LocusTyping]) -> Json:
        matcher = self.matchers[family]
        graded = [typings[locus] for locus in GRADED_LOCI]
        counts = [matcher.count(typing) for typing in graded]
        grade = matcher.grade(counts)
        return {
            "family": family,
            "version": creg_version(family),
            "grade": grade.text,
            "certain": grade.certain,
            "u": sum(count.single for count in counts),
            "x": sum(count.cross_reactive for count in counts),
            "m": sum(count.mismatched for count in counts),
            "typed": matcher.is_typed and all(count.typed for count in counts),
            "values": [
                {"locus": typing.locus, "typed": value.canonical, **_compared(matcher.compare(value))}
                for typing in graded
                for value in typing.distinct()
            ],
        }


def _compared(found: Comparison | None) -> Json:
    """What a value meets in the patient; nothing for a null allele."""
    if found is None:
        return {"splits": [], "own": None, "shared": {}, "match": None, "certain": True}
    return {
        "splits": sorted(found.splits),
        "own": found.own.canonical if found.own else None,
        "shared": {split: sorted(groups) for split, groups in sorted(found.shared.items())},
        "match": found.result.match.value,
        "certain": found.result.certain,
    }


def differing_values(sides: Sequence[Json]) -> list[str]:
    """The values that do not match alike under all families."""
    said: dict[str, set[str]] = {}
    for side in sides:
        for value in side["values"]:
            said.setdefault(value["typed"], set()).add(value["match"] or Match.UNTYPED.value)
    return [typed for typed, matches in said.items() if len(matches) > 1]
