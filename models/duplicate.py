"""Pairs of donors that may be one person, and what a person decided of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedJson, EncryptedText
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


_merge_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class DonorMerge(SQLModel, table=True):
    """One record taken into another; the journal holds what an undo puts back, and is emptied in time."""

    __tablename__ = "donor_merge"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _merge_version}

    id: int | None = Field(default=None, primary_key=True)
    survivor_id: int = Field(foreign_key="donor.id", index=True)
    merged_id: int = Field(foreign_key="donor.id", index=True)  # the record that is left with its number alone
    merged_at: datetime = Field(index=True)
    merged_by: str
    reason: str = Field(default="", repr=False, sa_type=EncryptedText)
    moved: dict[str, int] = Field(default_factory=dict, sa_type=sa.JSON)  # rows by table
    # services.duplicates.journal
    journal: dict[str, Any] = Field(default_factory=dict, repr=False, sa_type=EncryptedJson)
    kept_until: datetime | None = Field(default=None, index=True)  # the journal; null once it is empty
    undone_at: datetime | None = None
    undone_by: str | None = None
    undo_reason: str = Field(default="", repr=False, sa_type=EncryptedText)
    version_id: int = Field(default=1, sa_column=_merge_version)
