"""What the API answers when asked why one donor stands where they stand (INTERFACES §4)."""

from typing import Any, Literal

from pydantic import BaseModel

from views.api.shapes import ExplainedDonor, Head, Issue, Reason, Verdict

State = Literal["blocks", "missing", "doubt", "met"]


class CarriedEplets(BaseModel):
    """The eplets of a donor's values in scope that the patient lacks; which are verified, or not said to be.

    `on` gives for each value those that it carries.
    """

    names: list[str]
    verified: list[str]
    without_status: list[str]
    on: dict[str, list[str]]


class Allele(BaseModel):
    """One expressed allele and what it is assigned, by kind."""

    allele: str
    assigned: dict[str, list[str]]
    counts_as: list[str]
    under: dict[str, str]
    p_group: str | None


class ChainBead(BaseModel):
    """One bead that a rule looked at, and the state that it gives."""

    allele: str
    antigens: list[str]
    mfi: float
    self: Literal["certain", "possible", "foreign"]
    removed_by: list[str]
    several_antigens: bool
    state: str | None


class ChainMember(BaseModel):
    """One thing that a value may be, the rule that found its beads, and its reaction alone."""

    name: str
    antigens: list[str]
    rule: Literal["own", "allele", "antigen", "stand_in", "related", "none"]
    beads: list[ChainBead]
    added_by: str | None
    maybe_added_by: str | None
    unseen_own_allele: bool
    reactive_eplets: list[str]
    reaction: str
    basis: str


class Chain(BaseModel):
    """One value from the raw text to the reaction."""

    locus: str
    raw: list[str]
    typed: str
    kind: str
    reference: str
    alleles: list[Allele]
    counts_by: str
    antigens: list[str]
    without_bead: list[str]
    members: list[ChainMember]
    reaction: str
    basis: str
    low: float | None
    high: float | None


class RuleStanding(BaseModel):
    """One rule of the order and how the donor stands to it."""

    kind: Literal["hla", "hpa", "cd36", "abo", "active", "consent"]
    subject: str
    typed: str | None
    state: State


class Change(BaseModel):
    """One thing that was tried and gives a better verdict."""

    code: str
    params: dict[str, Any]
    verdict: Verdict | None
    sentence: str


class WhyNot(BaseModel):
    """The rules in order, the first that fails, and what would change it."""

    first: RuleStanding | None
    rules: list[RuleStanding]
    changes: list[Change]


class ComparedValue(BaseModel):
    """A donor value against the patient's under one family."""

    locus: str
    typed: str
    splits: list[str]
    own: str | None
    shared: dict[str, list[str]]
    match: str | None
    certain: bool


class GradeSide(BaseModel):
    """The arithmetic of the grade under one family of cross-reactive groups."""

    family: str
    version: str
    grade: str
    certain: bool
    u: int
    x: int
    m: int
    typed: bool
    values: list[ComparedValue]


class RankingKey(BaseModel):
    """What one key of the order holds for the donor."""

    key: str
    value: Any


class Explanation(Head):
    """Why one donor stands where they stand for one patient."""

    threshold: int
    policy: str
    policy_version: int
    listed: bool
    donor: ExplainedDonor
    chains: list[Chain]
    why_not: WhyNot
    grades: list[GradeSide]
    grades_differ_on: list[str]
    sum_floor_mfi: float
    eplets: CarriedEplets | None
    eligibility: list[Reason]
    grade_rank: int
    ranking_keys: list[str]
    ranking: list[RankingKey]
    sentences: list[str]
    issues: list[Issue]
