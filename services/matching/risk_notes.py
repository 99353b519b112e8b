"""Risks as data: of each value, of a donor, by a declared ancestry; and the words they are said in."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.ranking import RISK_DECIMALS
from domain.reaction import Reaction, Reactivity
from domain.typing_risk import TypingRisk, donor_risk

Json = dict[str, Any]
UNTYPED_RISK: Json = {"risk": None, "risk_reason": "risk_untyped", "risk_unknown_share": 0.0}
SIGN = "%"  # in a message, `% r` would be taken for a conversion
FEWEST, MOST = 0.01, 0.99  # beyond these a whole percent would say never, or always


def value_risk(risks: TypingRisk, reactivity: Reactivity, threshold_mfi: float) -> Json:
    """The risk of one value (0 to 1; None with its reason), and the share of it that nobody tested."""
    found = risks.of(reactivity, threshold_mfi)
    return {
        "risk": found.risk,
        "risk_reason": found.reason,
        "risk_unknown_share": round(found.unknown_share, RISK_DECIMALS),
    }


def risk_of_entries(entries: Sequence[Json]) -> float | None:
    """The risk of a donor's values in scope together; 1 where one is positive, None where one is not known."""
    if any(one["reaction"] == Reaction.POSITIVE for one in entries):
        return 1.0
    risk = donor_risk(one["risk"] for one in entries)
    return None if risk is None else round(risk, RISK_DECIMALS)


def risk_words(risk: float | None) -> tuple[str, Mapping[str, object]]:
    """The sentence of a risk and what fills it: a whole percent, never 0 and never 100 for what is not decided."""
    if risk is None:
        return "risk_not_known", {}
    if risk < FEWEST:
        return "risk_below_one", {"sign": SIGN}
    if risk > MOST:
        return "risk_above_ninety_nine", {"sign": SIGN}
    return "risk_percent", {"percent": round(100 * risk), "sign": SIGN}
