"""What stands in the list of a donor's values for a position that is not typed (INTERFACES §4)."""

from typing import Any

from domain.grading import Match
from services.matching.additions import NO_ADDITIONS
from services.matching.risk_notes import UNTYPED_RISK

Json = dict[str, Any]


def untyped(locus: str) -> Json:
    """The entry of a position that is not typed."""
    return {
        "locus": locus,
        "typed": None,
        "kind": "blank",
        "antigens": [],
        "assigned": {},
        "match": Match.UNTYPED.value,
        "match_certain": False,
        "reaction": "untyped",
        "basis": "untested",
        **NO_ADDITIONS,
        "low": None,
        "high": None,
        "reactive_eplets": None,
        **UNTYPED_RISK,
        "beads": [],
        "bead_mfi": {},
        "homozygous": False,
        "blank": False,
    }
