"""Where the grades of one donor do not say the same: antigens, cross-reactive groups, Σ MFI and eplets side by side."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from services.reference import parameters

Json = dict[str, Any]
IDENTICAL = "A"


def disagreements(donor: Json, in_scope: Sequence[Json], threshold_mfi: float) -> list[str]:
    """The codes of what does not go together, the most serious first.

    A match, by antigens or by eplets, whose beads react; a match that is not decided; two families of
    cross-reactive groups that grade the donor in another class; few antibodies, and many eplets.
    """
    reached = any((value["high"] or 0) >= threshold_mfi for value in in_scope)
    identical = donor["grade"] == IDENTICAL
    found = {
        "identical_but_reactive": identical and reached,
        "no_eplets_but_reactive": donor["eplet_load"] == 0 and reached,
        "identical_but_undecided": identical and not reached and any(map(_open, in_scope)),
        "creg_families_differ": len({one["grade"][0] for one in donor["creg_grades"].values()}) > 1,
        "low_sum_many_eplets": _many_eplets(donor),
    }
    return [code for code, holds in found.items() if holds]


def _open(value: Json) -> bool:
    return value["reaction"] in ("undecided", "untested")


def _many_eplets(donor: Json) -> bool:
    """A low Σ does not say that the donor is a close match: many eplets are foreign, and none has reacted yet."""
    load, (low_mfi, many) = donor["eplet_load"], _limits()
    return load is not None and load >= many and donor["sum_mfi"] <= low_mfi


@cache
def _limits() -> tuple[float, int]:
    said = parameters()
    return float(said["disagreement_low_sum_mfi"]), int(said["disagreement_many_eplets"])
