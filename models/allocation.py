"""Divisions of donors that were kept, and what people fixed, forbade or asked for beside them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedText
from models.database import strict_enum


class MarkKind(StrEnum):
    """What a mark says of a donor for a request."""

    FIXED = "fixed"
    FORBIDDEN = "forbidden"


class OverrideStatus(StrEnum):
    """Where an override stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class AllocationRun(SQLModel, table=True):
    """One division as it was kept; `answer` is what services.allocation.proposing said, days as ISO text."""

    __tablename__ = "allocation_run"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    first_on: date
    days: int
    made_at: datetime
    made_by: str
    previous_code: str | None = None  # the run kept before it
    snapshot: str  # of the registry
    answer: dict[str, Any] = Field(sa_type=sa.JSON)


class AllocationMark(SQLModel, table=True):
    """A donor fixed for a request on a day, or forbidden for it; lifted rather than erased."""

    __tablename__ = "allocation_mark"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    request_id: int = Field(foreign_key="transfusion_request.id", index=True)
    donor_id: int = Field(foreign_key="donor.id", index=True)
    kind: MarkKind = Field(sa_type=strict_enum(MarkKind))
    day: date | None = None  # of a fixed one
    reason: str = Field(repr=False, sa_type=EncryptedText)
    made_at: datetime
    made_by: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None


_override_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class AllocationOverride(SQLModel, table=True):
    """A donor asked for a request against the division, until a second person decides."""

    __tablename__ = "allocation_override"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _override_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    run_id: int = Field(foreign_key="allocation_run.id", index=True)
    request_id: int = Field(foreign_key="transfusion_request.id", index=True)
    donor_id: int = Field(foreign_key="donor.id", index=True)
    day: date
    reason: str = Field(repr=False, sa_type=EncryptedText)
    asked_at: datetime
    asked_by: str
    status: OverrideStatus = Field(default=OverrideStatus.ASKED, sa_type=strict_enum(OverrideStatus))
    decided_at: datetime | None = None
    decided_by: str | None = None
    reservation_id: int | None = Field(default=None, foreign_key="reservation.id")
    version_id: int = Field(default=1, sa_column=_override_version)
