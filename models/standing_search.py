"""Patients' directives kept under watch, each look at them, and what had changed since the look before."""

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.list_change import Cause, Change, EndReason
from models.database import strict_enum

_search_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class StandingSearch(SQLModel, table=True):
    """A patient's directive under watch, whichever version is in force; of a patient at most one is open."""

    __tablename__ = "standing_search"
    __table_args__ = (
        sa.Index(
            "uq_standing_search_open",
            "patient_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _search_version}

    id: int | None = Field(default=None, primary_key=True)
    patient_id: int = Field(foreign_key="patient.id", index=True)
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_on: date | None = None  # the local day, by which it is told
    end_reason: EndReason | None = Field(default=None, sa_type=strict_enum(EndReason))
    version_id: int = Field(default=1, sa_column=_search_version)


class StandingFacts(SQLModel, table=True):
    """What the causes of changes need to know of every donor at a look, packed; kept while a look needs it."""

    __tablename__ = "standing_facts"

    id: int | None = Field(default=None, primary_key=True)
    local_day: date
    made_at: datetime
    content: bytes = Field(repr=False, sa_type=sa.LargeBinary)


class StandingLook(SQLModel, table=True):
    """One look at a standing search on a local day: the counts, what changed since an earlier day, or why it failed.

    The packed columns hold what the next look compares with; they are emptied once no later look can need them.
    """

    __tablename__ = "standing_look"
    __table_args__ = (sa.UniqueConstraint("search_id", "local_day", name="uq_standing_look_search_id_local_day"),)

    id: int | None = Field(default=None, primary_key=True)
    search_id: int = Field(foreign_key="standing_search.id")
    local_day: date = Field(index=True)
    made_at: datetime
    since_day: date | None = None  # the day of the look it is compared with; null at the first
    fault_code: str | None = None
    fault_params: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    totals: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)  # exact, whatever rows are kept
    versions: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    facts_id: int | None = Field(default=None, foreign_key="standing_facts.id", index=True)
    case: bytes | None = Field(default=None, repr=False, sa_type=sa.LargeBinary)
    compatible: bytes | None = Field(default=None, repr=False, sa_type=sa.LargeBinary)
    grades: bytes | None = Field(default=None, repr=False, sa_type=sa.LargeBinary)


class StandingChange(SQLModel, table=True):
    """One donor whose place in a standing search changed, with the one cause it is put down to."""

    __tablename__ = "standing_change"

    id: int | None = Field(default=None, primary_key=True)
    look_id: int = Field(foreign_key="standing_look.id", index=True)
    donor_id: int = Field(foreign_key="donor.id", index=True)
    change: Change = Field(sa_type=strict_enum(Change))
    cause: Cause = Field(sa_type=strict_enum(Cause))
    details: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
