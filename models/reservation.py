"""Reservations of donors for patients, and the calls made for them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedText
from models.database import strict_enum


class ReservationStatus(StrEnum):
    """Where a reservation stands; held and confirmed ones occupy the donor."""

    HELD = "held"
    CONFIRMED = "confirmed"
    COLLECTED = "collected"
    RELEASED = "released"
    EXPIRED = "expired"


OCCUPYING = (ReservationStatus.HELD, ReservationStatus.CONFIRMED)


class CallOutcome(StrEnum):
    """What came of one call to a donor."""

    AGREED = "agreed"
    REFUSED = "refused"
    CALL_BACK = "call_back"
    VOICEMAIL = "voicemail"
    UNREACHABLE = "unreachable"
    WRONG_NUMBER = "wrong_number"


_reservation_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)
_OCCUPYING_SQL = "status IN ('held', 'confirmed')"


class Reservation(SQLModel, table=True):
    """A donor kept for one patient on one day; the database refuses a second one that occupies the same day."""

    __tablename__ = "reservation"
    __table_args__ = (
        sa.Index(
            "uq_reservation_donor_day",
            "donor_id",
            "day",
            unique=True,
            sqlite_where=sa.text(_OCCUPYING_SQL),
            postgresql_where=sa.text(_OCCUPYING_SQL),
        ),
    )
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _reservation_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text, what the outside calls it
    donor_id: int = Field(foreign_key="donor.id", index=True)
    patient_id: int = Field(foreign_key="patient.id", index=True)
    request_id: int | None = Field(default=None, foreign_key="transfusion_request.id")
    day: date = Field(index=True)
    status: ReservationStatus = Field(default=ReservationStatus.HELD, sa_type=strict_enum(ReservationStatus))
    held_by: str  # login
    held_at: datetime
    expires_at: datetime  # of a hold that nobody confirms
    threshold_mfi: int | None = None  # at which the donor was chosen
    verdict: str | None = None  # at that threshold, on the day of choosing
    flags: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
    changed_by: str
    changed_at: datetime
    version_id: int = Field(default=1, sa_column=_reservation_version)


class DonorCall(SQLModel, table=True):
    """One call to a donor about a reservation."""

    __tablename__ = "donor_call"

    id: int | None = Field(default=None, primary_key=True)
    reservation_id: int = Field(foreign_key="reservation.id", index=True)
    at: datetime
    on_day: date = Field(index=True)  # the day it was where the registry is kept: campaigns leave the donor alone then
    actor: str
    outcome: CallOutcome = Field(sa_type=strict_enum(CallOutcome))
    call_back_at: datetime | None = None
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
