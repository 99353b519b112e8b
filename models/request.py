"""Requests for transfusion: how many units a hospital needs for a patient, and by when."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedText
from models.database import strict_enum


class Urgency(StrEnum):
    """Why the units are needed."""

    BLEEDING = "bleeding"
    PLANNED = "planned"


class RequestStatus(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


_request_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class TransfusionRequest(SQLModel, table=True):
    """Units of platelets asked for a patient; the contact names a person and is encrypted."""

    __tablename__ = "transfusion_request"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _request_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    patient_id: int = Field(foreign_key="patient.id", index=True)
    hospital: str
    units: int
    needed_by: datetime
    urgency: Urgency = Field(sa_type=strict_enum(Urgency))
    contact: str = Field(default="", repr=False, sa_type=EncryptedText)
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
    status: RequestStatus = Field(default=RequestStatus.OPEN, sa_type=strict_enum(RequestStatus))
    created_at: datetime
    created_by: str
    closed_at: datetime | None = None
    closed_by: str | None = None
    version_id: int = Field(default=1, sa_column=_request_version)


class AntibodyResult(StrEnum):
    """Result of one test for one platelet antibody."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"


class PlateletAntibody(SQLModel, table=True):
    """One result of a test for an antibody against HPA or CD36; withdrawn rather than erased."""

    __tablename__ = "platelet_antibody"
    __table_args__ = (
        sa.UniqueConstraint(
            "patient_id", "specificity", "method", "tested_on", "sample_code", name="uq_platelet_antibody_result"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    patient_id: int = Field(foreign_key="patient.id", index=True)
    specificity: str  # "HPA-1a", or "CD36"
    result: AntibodyResult = Field(sa_type=strict_enum(AntibodyResult))
    method: str  # as the laboratory names it: MAIPA, bead assay …
    tested_on: date
    sample_code: str = ""  # never null: a null would escape the unique key
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawal_reason: str = ""
