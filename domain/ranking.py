"""The order in which donors are offered (MATCHING §10): named, versioned policies of ordered keys."""

from dataclasses import dataclass
from datetime import date

from domain.errors import UnusableInput
from domain.evidence import STANCE_PLACES, Stance
from domain.verdict import LISTED_VERDICTS, Verdict

# Risks alike to this many decimals are equal: the noise of floating point tells nobody apart.
RISK_DECIMALS = 6
ABO_ORDER = ("identical", "minor", "major", "bidirectional", None)
# Which keys a policy may have, from the most important on: of the band, of the phenotype alone, of the donor alone.
BAND_KEYS = ("verdict", "strong_possible", "has_date")
EVIDENCE = "evidence"
PHENOTYPE_KEYS = frozenset({"risk", "grade", "sum_mfi", "max_mfi", "verified_eplet_load"})
DONOR_KEYS = ("abo", "first_eligible_on", "same_region", "donor_number")


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

    @property
    def band_keys(self) -> tuple[str, ...]:
        """The first keys, few-valued, by which the list is cut into bands."""
        return tuple(key for key in self.keys if key in BAND_KEYS or key == EVIDENCE)

    @property
    def weighs_evidence(self) -> bool:
        """Whether crossmatches and past increments order donors, or are only shown."""
        return EVIDENCE in self.keys


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
    stance: Stance = Stance.NONE


def check_policy(policy: RankingPolicy) -> RankingPolicy:
    """The policy itself. Raises ValueError where its keys stand in an order that the list is not made in.

    The verdict comes first, then the other keys of the band with the evidence, where it is weighed, beside them; then
    the keys of the phenotype; then those of the donor.
    """
    keys, band = policy.keys, policy.band_keys
    known = tuple(key for key in band if key != EVIDENCE) == BAND_KEYS and band[0] == "verdict"
    phenotype = keys[len(band) : -len(DONOR_KEYS)]
    in_place = keys[: len(band)] == band and keys[-len(DONOR_KEYS) :] == DONOR_KEYS
    if not (known and in_place and set(phenotype) <= PHENOTYPE_KEYS and len(set(keys)) == len(keys)):
        raise ValueError(f"ranking policy {policy.name}: keys out of order: {', '.join(keys)}")
    return policy


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
        "evidence": STANCE_PLACES[candidate.stance],
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
