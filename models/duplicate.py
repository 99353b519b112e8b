"""Pairs of donors that may be one person, and what a person decided of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedText
from models.database import strict_enum


class PairState(StrEnum):
    """Where a pair stands; `same` says only that a person judged it so."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"
    LATER = "later"


_pair_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class DuplicatePair(SQLModel, table=True):
    """Two donors that may be one person; the waterfall holds levels and weights, no text of the person."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (sa.UniqueConstraint("first_id", "second_id", name="uq_duplicate_pair_donors"),)
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _pair_version}

    id: int | None = Field(default=None, primary_key=True)
    first_id: int = Field(foreign_key="donor.id", index=True)  # the smaller of the two
    second_id: int = Field(foreign_key="donor.id", index=True)
    weight: float  # bits, the prior counted in
    probability: float
    waterfall: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    conflicts: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # loci at which the HLA typings disagree
    compared: str  # blind index of what was compared: a pair judged different returns only when this changes
    state: PairState = Field(default=PairState.OPEN, index=True, sa_type=strict_enum(PairState))
    found_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str = Field(default="", repr=False, sa_type=EncryptedText)
    version_id: int = Field(default=1, sa_column=_pair_version)
