"""The shapes of what the API answers about patients and their directives."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from views.api.shapes import Abo, Locus


class OpenRequest(BaseModel):
    """A hospital's open request for units."""

    urgency: Literal["bleeding", "planned"]
    units: int
    needed_by: datetime


class PatientEntry(BaseModel):
    """A patient of a list: the serum and the threshold that a search would use, the request needed soonest."""

    number: str
    hla: dict[Locus, list[str]]
    region: str | None
    sample: str | None
    threshold_mfi: int | None
    request: OpenRequest | None


class Patients(BaseModel):
    """Patients by number."""

    items: list[PatientEntry]
    next: str | None


class Serum(BaseModel):
    """A class I serum of a patient."""

    code: str
    run_on: date | None
    kit_lot: str | None
    rejected: bool


class Patient(BaseModel):
    """A patient without identity; serological values have no form in a GL string and are left out of it."""

    number: str
    sex: str | None
    age_years: int | None
    abo: Abo | None
    rhd: str | None
    hla: dict[Locus, list[str]]
    hpa: dict[str, str]
    cd36: str
    gl_string: str | None
    gl_left_out: list[str]
    diagnosis: str | None
    region: str | None
    version: int
    samples: list[Serum]


class RemovedSpecificity(BaseModel):
    """A specificity left out, and why."""

    specificity: str
    reason: str


class PlannedExclusion(BaseModel):
    """A mismatched antigen of the planned stem-cell donor; where it is not certain, at least undecided."""

    specificity: str
    certain: bool


class Directive(BaseModel):
    """The directive in force."""

    patient: str
    version: int
    status: Literal["current", "superseded", "closed"]
    threshold: int
    sample: str | None
    serum: Literal["current", "peak"]
    peak_months: int | None
    loci: list[Locus]
    add: list[str]
    add_reasons: dict[str, str]
    remove: list[RemovedSpecificity]
    hpa_antibodies: list[str]
    anti_cd36: bool
    abo_rule: Literal["none", "no-major", "identical"]
    planned_donor: str
    planned_exclusions: list[PlannedExclusion]
    actor: str
    created_at: datetime
    valid_until: date | None
    note: str
    signed_by: str | None
    signed_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
