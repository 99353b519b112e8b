"""Courses of treatment that may change a patient's antibodies, withdrawn rather than erased."""

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.treatment import TreatmentKind
from models.crypto import EncryptedText
from models.database import strict_enum

_treatment_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class Treatment(SQLModel, table=True):
    """One course of one treatment; `last_on` null is still going on, one day alone has the same day twice."""

    __tablename__ = "treatment"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _treatment_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    patient_id: int = Field(foreign_key="patient.id", index=True)
    kind: TreatmentKind = Field(sa_type=strict_enum(TreatmentKind))
    first_on: date
    last_on: date | None = None
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    recorded_at: datetime
    recorded_by: str
    changed_at: datetime
    changed_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawal_reason: str = Field(default="", repr=False, sa_type=EncryptedText)
    version_id: int = Field(default=1, sa_column=_treatment_version)
