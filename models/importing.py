"""Import batches with every row's outcome and every issue, so that nothing read is lost."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from models.crypto import EncryptedJson, EncryptedText
from models.database import strict_enum


class ImportKind(StrEnum):
    """What a file holds."""

    DONORS = "donors"
    PATIENTS = "patients"
    ANTIBODIES = "antibodies"
    PLATELET_ANTIBODIES = "platelet_antibodies"
    DONOR_TESTS = "donor_tests"
    TRANSFUSIONS = "transfusions"
    TREATMENTS = "treatments"
    CROSSMATCHES = "crossmatches"


class ImportMode(StrEnum):
    """How much an import may change."""

    CHECK = "check"
    DIFF = "diff"
    FULL = "full"


class RowOutcome(StrEnum):
    """What became of one row of a file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class IssueSeverity(StrEnum):
    """An error refuses its row; a warning or an info does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class ImportBatch(SQLModel, table=True):
    """One file imported once, with its counts of rows."""

    __tablename__ = "import_batch"

    id: int | None = Field(default=None, primary_key=True)
    kind: ImportKind = Field(sa_type=strict_enum(ImportKind))
    mode: ImportMode = Field(sa_type=strict_enum(ImportMode))
    file_name: str
    file_hash: str = Field(index=True)
    started_at: datetime
    finished_at: datetime | None = None
    actor: str
    encoding: str | None = None
    separator: str | None = None
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    deactivated: int = 0


class ImportRow(SQLModel, table=True):
    """One row of a file and what became of it; line is its line number in the file."""

    __tablename__ = "import_row"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="import_batch.id", index=True)
    line: int
    key: str
    outcome: RowOutcome = Field(sa_type=strict_enum(RowOutcome))


class ImportIssue(SQLModel, table=True):
    """Something to say about a row or a whole file; raw text, in params too, may be personal: encrypted."""

    __tablename__ = "import_issue"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="import_batch.id", index=True)
    line: int | None = None
    column: str | None = None
    code: str
    severity: IssueSeverity = Field(sa_type=strict_enum(IssueSeverity))
    raw: str = Field(default="", repr=False, sa_type=EncryptedText)
    params: dict[str, Any] = Field(default_factory=dict, repr=False, sa_type=EncryptedJson)
