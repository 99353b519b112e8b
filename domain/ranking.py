"""The order in which donors are offered (MATCHING §10): named, versioned policies of ordered keys."""

from dataclasses import dataclass
from datetime import date

from domain.errors import UnusableInput
from domain.verdict import LISTED_VERDICTS, Verdict

# Risks alike to this many decimals are equal: the noise of floating point tells nobody apart.
RISK_DECIMALS = 6
ABO_ORDER = ("identical", "minor", "major", "bidirectional", None)


@dataclass(frozen=True, slots=True)
class RankingPolicy:
    """A named order: `keys` from the most to the least important, with the two numbers the keys need.

    `strong_possible_factor` multiplies the threshold; `sum_floor_mfi` is the least MFI counted in the sum.
    """

    name: str
    version: int
    keys: tuple[str, ...]
    strong_possible_factor: float
    sum_floor_mfi: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """All that the order of one donor depends on; `grade_rank` 0 is the best grade, `risk` None is not known."""

    donor_number: str
    verdict: Verdict
    strong_possible: bool
    first_eligible_on: date | None
    grade_rank: int
    sum_mfi: float
    max_mfi: float
    verified_eplet_load: int | None
    abo: str | None
    same_region: bool
    risk: float | None = None


def policy_named(name: str, policies: dict[str, RankingPolicy]) -> RankingPolicy:
    """The policy of that name. Raises UnusableInput for another."""
    if name not in policies:
        raise UnusableInput("unknown_policy", policy=name, known=", ".join(sorted(policies)))
    return policies[name]


def sort_key(candidate: Candidate, policy: RankingPolicy) -> tuple[object, ...]:
    """The tuple by which donors are ordered, smallest first; unique, because it ends in the donor number."""
    values: dict[str, object] = {
        "verdict": LISTED_VERDICTS.index(candidate.verdict),
        "strong_possible": candidate.strong_possible,
        "has_date": candidate.first_eligible_on is None,
        "grade": candidate.grade_rank,
        "sum_mfi": candidate.sum_mfi,
        "max_mfi": candidate.max_mfi,
        "risk": (candidate.risk is None, round(candidate.risk or 0.0, RISK_DECIMALS)),
        "verified_eplet_load": (candidate.verified_eplet_load is None, candidate.verified_eplet_load or 0),
        "abo": ABO_ORDER.index(candidate.abo),
        "first_eligible_on": candidate.first_eligible_on or date.max,
        "same_region": not candidate.same_region,
        "donor_number": candidate.donor_number,
    }
    return tuple(values[key] for key in policy.keys)
