"""The shapes of what past crossmatches and transfusions say of donors."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel


class EvidenceReason(BaseModel):
    """Why something counts or not, as a code and the values of its sentence."""

    code: str
    params: dict[str, Any]


class EvidenceItem(BaseModel):
    """One crossmatch or transfusion with a donor: what it says, and why.

    `result` of a transfusion is the verdict at 1 h, `result_24h` that at 24 h; null of a crossmatch.
    """

    code: str
    kind: Literal["lymphocyte", "platelet", "transfusion"]
    on: date
    result: str
    result_24h: str | None
    method: str
    serum: str | None
    serum_on: date | None
    says: Literal["supports", "against", "nothing"]
    reason: EvidenceReason


class DonorEvidence(BaseModel):
    """What past crossmatches and transfusions say of a donor for the patient, the latest first."""

    stance: Literal["supports", "mixed", "none", "against"]
    items: list[EvidenceItem]


class NumberedEvidence(DonorEvidence):
    """The same, of a donor by number."""

    donor_number: str


class PatientEvidence(BaseModel):
    """All that is on record of the patient, with the table and the latest serum that it was weighed by."""

    rules: str
    latest_serum_on: date | None
    donors: list[NumberedEvidence]
