"""The shapes of what the API answers about patients, sera and searches; the description is made from them."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from views.api.evidence_shapes import DonorEvidence, PatientEvidence

Verdict = Literal["compatible", "possible", "unknown", "blocked"]
Abo = Literal["A", "B", "AB", "O"]
Locus = Literal["A", "B", "C"]


class Fault(BaseModel):
    """One fault of the input; `pointer` is a JSON pointer into `in`, empty for the whole."""

    place: Literal["body", "query"] = Field(alias="in")
    pointer: str
    code: str
    message: str


class Problem(BaseModel):
    """RFC 9457: `code` is stable, `detail` is in the reader's language, `instance` is the request's id."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[Fault]


class Counts(BaseModel):
    """Donors at one threshold; `available` of the compatible ones may give on the day asked."""

    compatible: int
    possible: int
    unknown: int
    blocked: int
    available: int


class PlaceCounts(BaseModel):
    """The country and each region."""

    national: Counts
    regions: dict[str, Counts]


class ThresholdCounts(PlaceCounts):
    """The counts at one threshold."""

    mfi: int


class Opened(BaseModel):
    """Donors who would become compatible."""

    from_blocked: int
    from_possible: int


class Gain(BaseModel):
    """What leaving out one specificity would open."""

    mfi: int
    specificity: str
    max_mfi: float | None
    national: Opened
    regions: dict[str, Opened]


class Settles(BaseModel):
    """Donors whom a better typing of this text could settle."""

    mfi: int
    locus: Locus
    typed: str | None
    national: int


class Issue(BaseModel):
    """Something a person should know about the answer."""

    code: str
    severity: Literal["error", "warning", "info"]
    subject: str
    message: str


class Reason(BaseModel):
    """One reason, as a code and the values of its sentence."""

    code: str
    params: dict[str, Any]


class Versions(BaseModel):
    """What shaped the answer; null where nothing of the kind is loaded."""

    nomenclature: str
    core: str
    creg: str
    eplets: str | None
    frequencies: str | None
    eligibility: str
    snapshot: str


class Head(BaseModel):
    """For whom, on which serum, with which versions."""

    patient: str
    sample: str | None
    sera: list[str]
    loci: list[Locus]
    on: date
    directive: int | None
    versions: Versions
    active_donors: int


class Sweep(Head):
    """Counts for each threshold and region, and what would open more donors."""

    thresholds: list[ThresholdCounts]
    gains: list[Gain]
    typing_could_settle: list[Settles]
    issues: list[Issue]


class LowExpression(BaseModel):
    """An antigen found weakly expressed on the donor's platelets; `certain`: the value is that antigen."""

    antigen: str
    tested_on: date | None
    certain: bool


class Value(BaseModel):
    """One typed value of a donor against the serum; `low` and `high` are MFI, null without a bead.

    `risk` (0 to 1) is that of a reaction, null with its reason where it is not known; `risk_unknown_share` is the part
    of it that no bead decides.
    """

    locus: Locus
    typed: str | None
    kind: str
    antigens: list[str]
    match: str | None
    match_certain: bool
    assigned: dict[str, list[str]]
    reaction: str
    basis: str
    low: float | None
    high: float | None
    additions: list[str]
    added_by: Literal["directive", "planned_donor"] | None
    reactive_eplets: list[str] | None
    risk: float | None
    risk_reason: str | None
    risk_unknown_share: float
    beads: list[str]
    bead_mfi: dict[str, float | None]
    low_expression: LowExpression | None
    homozygous: bool
    blank: bool


class KeptDonor(BaseModel):
    """A donor of a search, as it is kept."""

    rank: int
    donor_number: str
    verdict: Verdict
    grade: str
    grade_certain: bool
    max_mfi: float
    sum_mfi: float
    risk: float | None = None
    verified_eplet_load: int | None = None
    abo: str | None
    region: str | None
    first_eligible_on: date | None
    flags: list[str]
    evidence: DonorEvidence | None = None


class FamilyGrade(BaseModel):
    """The grade under one family of cross-reactive groups."""

    grade: str
    certain: bool


class ExplainedDonor(BaseModel):
    """A donor against one patient, without identity."""

    donor_number: str
    verdict: Verdict
    grade: str
    grade_certain: bool
    creg_grades: dict[str, FamilyGrade]
    max_mfi: float
    sum_mfi: float
    risk: float | None
    eplet_load: int | None
    verified_eplet_load: int | None
    eplets_approximate: bool | None
    abo: str | None
    abo_group: Abo | None
    rhd: str | None
    cmv: str | None
    region: str | None
    centre: str | None
    first_eligible_on: date | None
    strong_possible: bool
    flags: list[str]
    values: list[Value]
    out_of_scope_values: list[Value]
    hpa: dict[str, str | None]
    cd36: str | None
    reasons: list[Reason]
    evidence: DonorEvidence


class RankedDonor(ExplainedDonor):
    """A donor of a search, with all that the rank rests on."""

    rank: int


class SearchHead(Head):
    """What every answer of a search says before its donors."""

    search: str
    threshold: int
    region: str | None
    policy: str
    policy_version: int
    ranking_keys: list[str]
    counts: PlaceCounts
    evidence: PatientEvidence | None = None
    offset: int
    issues: list[Issue]


class Search(SearchHead):
    """A search as it is answered."""

    donors: list[RankedDonor]


class KeptSearch(SearchHead):
    """A search as it was kept, its donors in parts."""

    created_at: datetime
    actor: str
    donors: list[KeptDonor]
    next: str | None


class SearchEntry(BaseModel):
    """A search of a list."""

    search: str
    patient: str
    on: date
    threshold: int
    policy: str
    created_at: datetime
    actor: str


class Searches(BaseModel):
    """Searches, the latest first."""

    items: list[SearchEntry]
    next: str | None
