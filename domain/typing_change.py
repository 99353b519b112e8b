"""What a new typing of a person says against the one before: other antigens, and what is no longer said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from domain.grading import Match, PatientMatcher
from domain.phenotype import LocusTyping
from domain.reference import LOCI, Reference
from domain.typing_text import Kind, TypedValue


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One value that the other typing cannot mean: new and never seen, or seen before and no longer there."""

    what: str  # locus, HPA system or CD36
    kind: Literal["other", "gone"]
    text: str


def disagreements(
    before: Mapping[str, LocusTyping], after: Mapping[str, LocusTyping], *, reference: Reference, creg_family: str
) -> list[Disagreement]:
    """Each value of one typing that no value of the other may be, locus by locus.

    A better typing of the same antigen agrees, and so does one of a position that was not typed.
    """
    was, now = (PatientMatcher(typings, reference, creg_family) for typings in (before, after))
    found: list[Disagreement] = []
    for locus in LOCI:
        old, new = before[locus], after[locus]
        if any(old.values):
            # An open position, or an antigen that serology did not see, may turn out to be anything.
            room = 0 if old.is_typed and not old.blank else 1
            others = list(_strangers(new, old, was))
            found += [Disagreement(locus, "other", text) for text in others[: max(0, len(others) - room)]]
            found += [Disagreement(locus, "gone", text) for text in _strangers(old, new, now)]
    return found


def _strangers(typing: LocusTyping, other: LocusTyping, matcher: PatientMatcher) -> Iterator[str]:
    """The values of a typing that none of the other's may be."""
    for value in typing.distinct():
        if not _may_be_one_of(value, other, matcher):
            yield value.canonical


def _may_be_one_of(value: TypedValue, other: LocusTyping, matcher: PatientMatcher) -> bool:
    if value.kind is Kind.NULL:
        return any(one.key == value.key for one in other.distinct())
    match = matcher.match(value)
    return match is not None and match.match in (Match.IDENTICAL, Match.POSSIBLY_IDENTICAL)
