"""Patients, by number; the birth date is the only identity kept, and it is encrypted."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from models.crypto import EncryptedText
from models.database import strict_enum
from models.donor import Abo, RawTyping, Rhd, Sex

_patient_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class Patient(RawTyping, table=True):
    """A patient who needs compatible platelets, with their typing as given."""

    __tablename__ = "patient"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _patient_version}

    id: int | None = Field(default=None, primary_key=True)
    patient_number: str = Field(unique=True)
    antibody_sample: str | None = Field(default=None, index=True)
    abo: Abo | None = Field(default=None, sa_type=strict_enum(Abo))
    rhd: Rhd | None = Field(default=None, sa_type=strict_enum(Rhd))
    sex: Sex | None = Field(default=None, sa_type=strict_enum(Sex))
    birth_date: str | None = Field(default=None, repr=False, sa_type=EncryptedText)  # ISO 8601
    weight_kg: float | None = None
    height_cm: float | None = None
    diagnosis: str | None = None
    region: str | None = None
    centre: str | None = None
    source_updated_at: datetime | None = None
    row_hash: str | None = None
    version_id: int = Field(default=1, sa_column=_patient_version)
    created_at: datetime
    updated_at: datetime
