"""Work that a page asks for and another process does, its runs, and the sign of life of that process."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.timetable import Missed
from models.crypto import EncryptedJson
from models.database import strict_enum
from models.importing import ImportKind, ImportMode

HEARTBEAT_ID = 1


class JobStatus(StrEnum):
    """Where a piece of work stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class UploadStatus(StrEnum):
    """Where an uploaded file stands; nothing of it is in the registry before `imported`."""

    RECEIVED = "received"
    CHECKED = "checked"
    CONFIRMED = "confirmed"
    IMPORTED = "imported"
    REFUSED = "refused"
    ABANDONED = "abandoned"


class JobRequest(SQLModel, table=True):
    """One piece of work asked for by a person, done in the jobs process; the id is a UUID text."""

    __tablename__ = "job_request"

    id: str = Field(primary_key=True)
    kind: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    status: JobStatus = Field(default=JobStatus.QUEUED, sa_type=strict_enum(JobStatus), index=True)
    requested_by: str
    requested_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    done: int = 0
    total: int = 0
    fault_code: str | None = None
    fault_params: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)


class JobRun(SQLModel, table=True):
    """The run of a scheduled job for a local day, of which there is one; an attempt more is counted in it."""

    __tablename__ = "job_run"
    __table_args__ = (sa.UniqueConstraint("job", "local_day"),)

    id: int | None = Field(default=None, primary_key=True)
    job: str
    local_day: date
    status: JobStatus = Field(default=JobStatus.RUNNING, sa_type=strict_enum(JobStatus))
    started_at: datetime
    finished_at: datetime | None = None
    details: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    fault_code: str | None = None
    attempts: int = 1
    first_fault_code: str | None = None  # stays when a later attempt succeeds
    fault_kind: str | None = None  # type of a failure nobody foresaw; never its text, which may hold data


class JobTimetable(SQLModel, table=True):
    """A daily job as the jobs process that last started lists it: readers know what should run without its code."""

    __tablename__ = "job_timetable"

    job: str = Field(primary_key=True)
    place: int  # in the order of running
    at: time  # local hour
    on_days: list[int] = Field(default_factory=list, sa_type=sa.JSON)  # Monday is 0
    missed: Missed = Field(default=Missed.LAST, sa_type=strict_enum(Missed))
    listed_on: date  # the first day of which a run can be missed


class JobHeartbeat(SQLModel, table=True):
    """The single row that the jobs process renews while it lives."""

    __tablename__ = "job_heartbeat"

    id: int = Field(default=HEARTBEAT_ID, primary_key=True)
    at: datetime
    host: str
    pid: int


class Upload(SQLModel, table=True):
    """A file sent by a page, kept encrypted in the instance folder until it is imported or abandoned."""

    __tablename__ = "upload"

    id: str = Field(primary_key=True)  # UUID text, the name of the file in the folder
    file_name: str
    file_hash: str
    size: int
    kind: ImportKind = Field(sa_type=strict_enum(ImportKind))
    mode: ImportMode = Field(default=ImportMode.DIFF, sa_type=strict_enum(ImportMode))
    status: UploadStatus = Field(default=UploadStatus.RECEIVED, sa_type=strict_enum(UploadStatus))
    columns: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)  # heading as written → column
    options: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    result: dict[str, Any] = Field(default_factory=dict, repr=False, sa_type=EncryptedJson)  # raw texts are personal
    job_id: str | None = Field(default=None, foreign_key="job_request.id")
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    uploaded_by: str
    uploaded_at: datetime
    changed_at: datetime
