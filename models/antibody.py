"""Serum samples and their single-antigen beads, as the laboratory's file gave them."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import strict_enum


class HlaClass(StrEnum):
    """Class of the HLA molecules on the beads of a kit."""

    I = "I"  # noqa: E741  the field's own word
    II = "II"


class BeadKind(StrEnum):
    """What a bead carries: an HLA molecule, or nothing but a control."""

    HLA = "hla"
    NEGATIVE_CONTROL = "negative_control"
    POSITIVE_CONTROL = "positive_control"


class SerumSample(SQLModel, table=True):
    """One run of one serum on one kit: sample, class and kit lot are its key."""

    __tablename__ = "serum_sample"
    __table_args__ = (sa.UniqueConstraint("sample_code", "hla_class", "kit_lot"),)

    id: int | None = Field(default=None, primary_key=True)
    patient_id: int = Field(foreign_key="patient.id", index=True)
    sample_code: str
    hla_class: HlaClass = Field(sa_type=strict_enum(HlaClass))
    kit_lot: str = ""  # never null: a null would escape the unique key
    run_on: date | None = None
    sampled_on: date | None = None
    source_format: str
    treatment: str = ""
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    content_hash: str
    rejected: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})  # by the laboratory itself
    created_at: datetime


class Bead(SQLModel, table=True):
    """One bead's reading in median fluorescence intensity; mfi is the value the rules use, never negative."""

    __tablename__ = "bead"
    __table_args__ = (
        sa.UniqueConstraint("sample_id", "position"),
        sa.CheckConstraint("mfi >= 0", name="mfi_not_negative"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sample_id: int = Field(foreign_key="serum_sample.id")
    position: int
    kind: BeadKind = Field(default=BeadKind.HLA, sa_type=strict_enum(BeadKind))
    allele_text: str
    raw_mfi: float | None = None
    mfi: float
