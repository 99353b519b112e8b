"""The weights by which two records are compared, as shipped with the project."""

from functools import cache

from domain.suggestions import Weights
from services.reference import parameters, read_table


@cache
def duplicate_weights() -> Weights:
    """The m and u of every level, and the share of donors thought to be registered twice."""
    chances = {
        (row["field"], row["level"]): (float(row["m"]), float(row["u"])) for row in read_table("duplicate_weights")
    }
    return Weights(chances, share=float(parameters()["duplicate_share"]))


def review_limit() -> float:
    """The probability of one person from which a pair is shown for review."""
    return float(parameters()["duplicate_review_probability"])
