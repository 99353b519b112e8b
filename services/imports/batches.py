"""Import batches on record: one for each file imported, with its rows that did something and all its issues."""

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models.importing import ImportBatch, ImportKind, ImportMode
from services.audit import record_audit
from services.imports.outcome import FileIssue, ImportResult, RowResult, Tally
from services.imports.request import ImportRequest
from services.imports.tabular import SEPARATOR_NAMES

_ROWS = SQLModel.metadata.tables["import_row"]
_ISSUES = SQLModel.metadata.tables["import_issue"]


class BatchJournal:
    """Writes rows and issues beside their batch as the import goes on.

    Unchanged rows are counted on the batch and not written one by one: a registry sent whole every night
    would otherwise bury what did change.
    """

    def __init__(self, session: Session, batch_id: int) -> None:
        self._session = session
        self._batch_id = batch_id

    def note_rows(self, rows: Sequence[RowResult]) -> None:
        """Write the rows that did something, the refused ones included."""
        values = [
            {"batch_id": self._batch_id, "line": row.line, "key": row.key, "outcome": row.outcome}
            for row in rows
            if row.outcome != "unchanged"
        ]
        if values:
            self._session.execute(sa.insert(_ROWS), values)

    def note_issues(self, issues: Sequence[FileIssue]) -> None:
        """Write these issues; raw texts, those in params too, are encrypted by their columns."""
        values = [
            {
                "batch_id": self._batch_id,
                "line": issue.line,
                "column": issue.column,
                "code": issue.code,
                "severity": issue.severity,
                "raw": issue.raw,
                "params": dict(issue.params),
            }
            for issue in issues
        ]
        if values:
            self._session.execute(sa.insert(_ISSUES), values)


def open_batch(
    session: Session, request: ImportRequest, *, kind: ImportKind, encoding: str | None, separator: str | None
) -> ImportBatch:
    """Start a batch on record, so that what it writes can name it."""
    batch = ImportBatch(
        kind=kind,
        mode=ImportMode(request.mode),
        file_name=request.file_name,
        file_hash=hashlib.sha256(request.content).hexdigest(),
        started_at=request.now,
        actor=request.actor,
        encoding=encoding,
        separator=SEPARATOR_NAMES.get(separator or ""),
    )
    session.add(batch)
    session.flush()  # its number is needed by the rows and issues to come
    return batch


def close_batch(session: Session, batch: ImportBatch, result: ImportResult, request: ImportRequest) -> None:
    """Write the counts on the batch, and the import in the audit trail."""
    counts = {
        name: getattr(result, name) for name in ("rows", "created", "updated", "unchanged", "refused", "deactivated")
    }
    for name, count in counts.items():
        setattr(batch, name, count)
    batch.finished_at = request.now
    session.add(batch)
    record_audit(
        session,
        actor=request.actor,
        action="import",
        subject_type="import_batch",
        subject_key=str(batch.id),
        details={"kind": batch.kind.value, "mode": request.mode, "file_hash": batch.file_hash, **counts},
        now=request.now,
    )


def result_of(
    tally: Tally,
    request: ImportRequest,
    *,
    kind: ImportKind,
    batch_id: int | None,
    encoding: str | None,
    separator: str | None,
    deactivated: int = 0,
    details: dict[str, object] | None = None,
) -> ImportResult:
    """The answer to an import from what was tallied."""
    outcomes = tally.outcomes
    return ImportResult(
        kind=kind.value,
        mode=request.mode,
        file_name=request.file_name,
        encoding=encoding,
        separator=SEPARATOR_NAMES.get(separator or ""),
        rows=outcomes.total(),
        created=outcomes["created"],
        updated=outcomes["updated"],
        unchanged=outcomes["unchanged"],
        refused=outcomes["refused"],
        deactivated=deactivated,
        issues=tuple(sorted(tally.issues, key=lambda issue: (issue.line is not None, issue.line or 0))),
        issues_left_out=tally.left_out,
        codes=dict(tally.codes),
        batch=batch_id,
        details=details or {},
    )
