"""Crossmatches of a donor's cells with a patient's serum, withdrawn rather than erased."""

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from models.crypto import EncryptedText
from models.database import strict_enum

_crossmatch_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class Crossmatch(SQLModel, table=True):
    """One crossmatch; `serum_code` is the sample's code as the laboratory writes it, on record or not."""

    __tablename__ = "crossmatch"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _crossmatch_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    patient_id: int = Field(foreign_key="patient.id", index=True)
    donor_id: int = Field(foreign_key="donor.id", index=True)
    kind: CrossmatchKind = Field(sa_type=strict_enum(CrossmatchKind))
    method: str = ""  # as the laboratory names it: MASPAT, flow, cytotoxicity …
    result: CrossmatchResult = Field(sa_type=strict_enum(CrossmatchResult))
    tested_on: date
    serum_code: str = ""
    serum_on: date | None = None  # when the serum was drawn
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    recorded_at: datetime
    recorded_by: str
    changed_at: datetime
    changed_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawal_reason: str = Field(default="", repr=False, sa_type=EncryptedText)
    version_id: int = Field(default=1, sa_column=_crossmatch_version)
