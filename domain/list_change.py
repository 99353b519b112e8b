"""What changed in the list of donors for a patient between two looks, and the one cause it is put down to.

The rule in words, with its reasons, is docs/rules/standing_searches.md.
"""

from collections.abc import Sequence
from enum import IntEnum, StrEnum


class Change(StrEnum):
    """How a donor's place in the list changed."""

    NEW = "new"  # compatible and available, before not
    LOST = "lost"  # compatible and available before, no longer
    COMING = "coming"  # compatible and may give on a later day, before not
    GONE = "gone"  # was to come, and is no longer compatible or has no day any more
    CHANGED = "changed"  # in the same place with another grade, date or reservation


class Cause(StrEnum):
    """Why; each change has exactly one."""

    NEW_DONOR = "new_donor"
    DONOR_BACK = "donor_back"  # was known, and may be searched again
    CONSENT = "consent"  # given, or withdrawn
    DONOR_REMOVED = "donor_removed"  # inactive, restricted, erased or merged
    NEW_TYPING = "new_typing"  # HLA, HPA, CD36 or ABO of the donor
    ELIGIBLE_AGAIN = "eligible_again"
    DEFERRED = "deferred"
    GAVE = "gave"  # or another fact moved the first day
    NOT_ELIGIBLE = "not_eligible"  # no day is left: age, weight, platelet count, ...
    RESERVED = "reserved"
    RELEASED = "released"
    PATIENT_TYPING = "patient_typing"
    NEW_SERUM = "new_serum"
    DIRECTIVE_CHANGED = "directive_changed"
    REFERENCE_RELEASE = "reference_release"
    RULE_TABLE = "rule_table"


class EndReason(StrEnum):
    """Why a standing search ended."""

    BY_HAND = "by_hand"
    DIRECTIVE_CLOSED = "directive_closed"  # nobody's word is in force for the patient any more


class Presence(IntEnum):
    """Whether searches see a donor, and what keeps them from it; the numbers are kept, never change one."""

    SEARCHED = 0
    NO_CONSENT = 1
    INACTIVE = 2
    DEFERRED = 3  # by their status, not by a dated deferral
    RESTRICTED = 4
    ERASED = 5
    MERGED = 6
    UNKNOWN = 7  # not on record at all


class Place(IntEnum):
    """Where a donor stands in the list for a patient on a day."""

    ABSENT = 0  # not compatible, not searched, or without any day on which to give
    WAITING = 1  # compatible, and may give only on a later day
    AVAILABLE = 2


class Step(IntEnum):
    """The changes in the order in which they are applied, one at a time, from the look before to this one."""

    DONOR = 0  # presence, or else the typing
    ELIGIBILITY = 1
    PATIENT = 2
    SERUM = 3
    DIRECTIVE = 4
    TABLES = 5


def change_of(before: Place, after: Place) -> Change | None:
    """The change between two places; None where the place is the same."""
    if before is after:
        return None
    if after is Place.AVAILABLE:
        return Change.NEW
    if before is Place.AVAILABLE:
        return Change.LOST
    return Change.COMING if after is Place.WAITING else Change.GONE


def deciding_step(path: Sequence[bool]) -> Step | None:
    """The step from which on the last state holds: `path` has the state before, then after each step in order.

    None where no step changes anything. Where a state comes and goes on the way, the last change decides: without
    it, the others together had left things as they were.
    """
    turns = [at for at in range(1, len(path)) if path[at] != path[at - 1]]
    return Step(turns[-1] - 1) if turns else None


def presence_cause(before: Presence, after: Presence) -> Cause:
    """Why a donor whom searches did not see is seen now, or no longer."""
    seen_now = after is Presence.SEARCHED
    other = before if seen_now else after
    if other is Presence.NO_CONSENT:
        return Cause.CONSENT
    if other is Presence.DEFERRED:
        return Cause.ELIGIBLE_AGAIN if seen_now else Cause.DEFERRED
    if other is Presence.UNKNOWN:
        return Cause.NEW_DONOR if seen_now else Cause.DONOR_REMOVED
    return Cause.DONOR_BACK if seen_now else Cause.DONOR_REMOVED


def date_cause(*, sooner: bool, never: bool, deferred: bool) -> Cause:
    """Why the first day on which a donor may give moved; `deferred`: a deferral covers the day of the look."""
    if sooner:
        return Cause.ELIGIBLE_AGAIN
    if deferred:
        return Cause.DEFERRED
    return Cause.NOT_ELIGIBLE if never else Cause.GAVE
