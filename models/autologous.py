"""Autologous platelets: courses of chemotherapy, collections, units, and what was done with each."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.autologous import Markers
from domain.autologous_units import Method, UnitStatus
from models.crypto import EncryptedText
from models.database import strict_enum


class CollectionStatus(StrEnum):
    """Where a collection stands."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class Subject(StrEnum):
    """What an event is about."""

    COURSE = "course"
    COLLECTION = "collection"
    UNIT = "unit"


_course_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)
_collection_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)
_unit_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class ChemoCourse(SQLModel, table=True):
    """One course of chemotherapy of a patient; cancelled rather than erased."""

    __tablename__ = "chemo_course"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _course_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    patient_id: int = Field(foreign_key="patient.id", index=True)
    name: str
    start_on: date = Field(index=True)
    end_on: date
    aplasia_days: int  # from the start of the course until the counts are expected back
    units_wanted: int = 0
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
    created_at: datetime
    created_by: str
    cancelled_at: datetime | None = None
    version_id: int = Field(default=1, sa_column=_course_version)


class AutologousCollection(SQLModel, table=True):
    """One collection; `facts` and `guard_rails` are what was known and judged when it was recorded as done."""

    __tablename__ = "autologous_collection"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _collection_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    patient_id: int = Field(foreign_key="patient.id", index=True)
    day: date = Field(index=True)
    status: CollectionStatus = Field(sa_type=strict_enum(CollectionStatus))
    outside_window: bool = False
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    guard_rails: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    rules: str = ""  # the version of the limits that judged it
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
    override_reason: str = Field(default="", repr=False, sa_type=EncryptedText)
    overridden_by: str | None = None
    created_at: datetime
    created_by: str
    done_at: datetime | None = None
    done_by: str | None = None
    version_id: int = Field(default=1, sa_column=_collection_version)


class AutologousUnit(SQLModel, table=True):
    """One unit of a patient's own platelets; whose it is never changes."""

    __tablename__ = "autologous_unit"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _unit_version}

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    patient_id: int = Field(foreign_key="patient.id", index=True)
    collection_id: int = Field(foreign_key="autologous_collection.id", index=True)
    content: float  # 10¹¹ platelets, before freezing
    volume_ml: float
    method: Method = Field(sa_type=strict_enum(Method))
    dmso_percent: float | None = None
    location: str
    collected_on: date
    expires_on: date = Field(index=True)  # its last day
    is_labelled: bool = False
    markers: Markers | None = Field(default=None, sa_type=strict_enum(Markers))
    markers_on: date | None = None
    store_apart: bool = False  # markers positive, indeterminate or not known
    status: UnitStatus = Field(default=UnitStatus.STORED, sa_type=strict_enum(UnitStatus), index=True)
    reserved_for: date | None = None
    thawed_at: datetime | None = None
    thawed_use_by: datetime | None = None
    thawed_content: float | None = None  # 10¹¹, where it was counted again
    ended_at: datetime | None = None
    ended_reason: str = ""
    request_id: int | None = Field(default=None, foreign_key="transfusion_request.id")
    created_at: datetime
    created_by: str
    version_id: int = Field(default=1, sa_column=_unit_version)


class AutologousEvent(SQLModel, table=True):
    """One thing done with a course, a collection or a unit: rows are only added."""

    __tablename__ = "autologous_event"

    id: int | None = Field(default=None, primary_key=True)
    patient_id: int = Field(foreign_key="patient.id", index=True)
    subject: Subject = Field(sa_type=strict_enum(Subject))
    subject_key: str = Field(index=True)
    step: str
    at: datetime
    actor: str
    details: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
