"""The shapes of what the API answers about reservations and imports."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from views.api.shapes import Verdict

Status = Literal["held", "confirmed", "collected", "released", "expired"]


class Reservation(BaseModel):
    """A donor kept for a patient on a day; `patient_number` is null for those who may not see patients."""

    code: str
    donor_number: str
    patient_number: str | None
    day: date
    status: Status
    held_by: str
    holder: str
    held_at: datetime
    expires_at: datetime | None
    threshold_mfi: int | None
    verdict: Verdict | None
    flags: list[str]
    version: int
    steps: list[Literal["confirm", "release", "collect"]]
    to_settle: bool
    contact_fault: str | None


class Reservations(BaseModel):
    """Reservations, the newest first."""

    items: list[Reservation]
    next: str | None


class Progress(BaseModel):
    """Rows done of all rows."""

    done: int
    total: int


class FileFault(BaseModel):
    """Why a file as a whole cannot be used."""

    code: str
    message: str


class ImportCounts(BaseModel):
    """Rows of the file: created, updated, unchanged and refused add up to all."""

    rows: int
    created: int
    updated: int
    unchanged: int
    refused: int
    deactivated: int


class ImportIssue(BaseModel):
    """Something found in the file; the raw text of an identity is masked for who may not see identities."""

    place: int
    code: str
    severity: Literal["error", "warning", "info"]
    line: int | None
    column: str | None
    raw: str
    params: dict[str, Any]
    message: str


class Import(BaseModel):
    """A file that was sent: where it stands, what was found in it, and one part of its issues."""

    id: str
    status: Literal["received", "checked", "confirmed", "imported", "refused", "abandoned"]
    kind: str
    mode: str
    file_name: str
    file_hash: str
    size: int
    uploaded_by: str
    uploaded_at: datetime
    changed_at: datetime
    job: str | None
    batch: int | None
    progress: Progress | None
    fault: FileFault | None
    counts: ImportCounts | None
    format: str | None
    encoding: str | None
    separator: str | None
    samples: list[dict[str, Any]]
    columns: dict[str, str | None]
    codes: dict[str, int]
    issues: list[ImportIssue]
    issues_total: int
    issues_left_out: int
    next: str | None
