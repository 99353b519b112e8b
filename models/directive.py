"""The physician's directive for a patient: threshold, specificities added or removed, and further rules."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import strict_enum


class DirectiveStatus(StrEnum):
    """A patient has at most one current directive; the others are history."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


class AboRule(StrEnum):
    """Which ABO relations a directive refuses."""

    NONE = "none"
    NO_MAJOR = "no-major"
    IDENTICAL = "identical"


class SerumChoice(StrEnum):
    """Whether one serum is read, or the highest MFI of each bead over several."""

    CURRENT = "current"
    PEAK = "peak"


class SpecificityAction(StrEnum):
    """What a directive does with a specificity."""

    ADD = "add"
    REMOVE = "remove"


class Directive(SQLModel, table=True):
    """One version of a patient's directive; threshold in MFI, null sample means the latest."""

    __tablename__ = "directive"
    __table_args__ = (
        sa.UniqueConstraint("patient_id", "version"),
        sa.Index(
            "uq_directive_one_current",
            "patient_id",
            unique=True,
            sqlite_where=sa.text("status = 'current'"),
            postgresql_where=sa.text("status = 'current'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    patient_id: int = Field(foreign_key="patient.id")
    version: int
    status: DirectiveStatus = Field(default=DirectiveStatus.CURRENT, sa_type=strict_enum(DirectiveStatus))
    threshold_mfi: int
    sample_code: str | None = None
    loci: str = "A,B"
    hpa_antibodies: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    anti_cd36: bool = False
    abo_rule: AboRule = Field(default=AboRule.NONE, sa_type=strict_enum(AboRule))
    actor: str
    created_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    valid_until: date | None = None  # the last day it holds; null: until superseded or closed
    note: str = ""
    planned_donor: str = Field(default="", sa_column_kwargs={"server_default": ""})  # the raw typing, no identity
    serum: SerumChoice = Field(
        default=SerumChoice.CURRENT, sa_type=strict_enum(SerumChoice), sa_column_kwargs={"server_default": "current"}
    )
    peak_months: int | None = None  # of a peak: how many before the day asked
    signed_by: str | None = None  # a scientist's login; null while nobody has signed
    signed_at: datetime | None = None


class DirectiveSpecificity(SQLModel, table=True):
    """A specificity that a directive adds to or removes from what the beads say."""

    __tablename__ = "directive_specificity"
    __table_args__ = (sa.UniqueConstraint("directive_id", "action", "specificity"),)

    id: int | None = Field(default=None, primary_key=True)
    directive_id: int = Field(foreign_key="directive.id")
    action: SpecificityAction = Field(sa_type=strict_enum(SpecificityAction))
    specificity: str
    reason: str = ""
