"""The shapes of what the API answers about reservations and imports."""

from datetime import date, datetime
from typing import Literal

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
