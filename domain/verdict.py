"""The verdict on one donor at one threshold (MATCHING §5)."""

from collections.abc import Iterable
from enum import StrEnum

from domain.reaction import Reaction


class Verdict(StrEnum):
    """Whether a donor may be offered to the patient."""

    COMPATIBLE = "compatible"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"


class Requirement(StrEnum):
    """How a donor stands to one rule of the directive (HPA, CD36, ABO)."""

    MET = "met"
    MISSING = "missing"
    VIOLATED = "violated"


LISTED_VERDICTS = (Verdict.COMPATIBLE, Verdict.POSSIBLE, Verdict.UNKNOWN)


def worst(requirements: Iterable[Requirement]) -> Requirement:
    """Several requirements as one: violated before missing before met."""
    found = set(requirements)
    for state in (Requirement.VIOLATED, Requirement.MISSING):
        if state in found:
            return state
    return Requirement.MET


def donor_verdict(
    reactions: Iterable[Reaction], *, untyped: bool, requirement: Requirement = Requirement.MET
) -> Verdict:
    """The verdict from the reactions in scope; `untyped` is a position in scope that is not typed.

    Nothing that is unknown ever makes a donor compatible.
    """
    found = set(reactions)
    if Reaction.POSITIVE in found or requirement is Requirement.VIOLATED:
        return Verdict.BLOCKED
    if untyped or Reaction.UNTESTED in found or requirement is Requirement.MISSING:
        return Verdict.UNKNOWN
    return Verdict.POSSIBLE if Reaction.UNDECIDED in found else Verdict.COMPATIBLE
