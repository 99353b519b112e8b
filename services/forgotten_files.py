"""Blanking what imports kept of one person: the raw texts of their rows, in batches and in answers to uploads."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.importing import ImportBatch, ImportIssue, ImportKind, ImportRow
from models.job import Upload, UploadStatus

WAITING = (UploadStatus.RECEIVED, UploadStatus.CHECKED, UploadStatus.CONFIRMED)


def forget_rows_of(session: Session, number: str, *, now: datetime) -> int:
    """Blank every text kept of a donor's rows, by the number they were known by; how many rows there were.

    A row of the wrong shape was kept without its number and cannot be found: its issue holds its first cell.
    """
    query = (
        select(ImportRow.batch_id, ImportRow.line)
        .join(ImportBatch, col(ImportBatch.id) == col(ImportRow.batch_id))
        .where(ImportRow.key == number, ImportBatch.kind == ImportKind.DONORS)
    )
    lines: dict[int, set[int]] = defaultdict(set)
    for batch_id, line in session.exec(query):
        lines[batch_id].add(line)
    for batch_id, those in lines.items():
        _forget_issues(session, batch_id, those)
    _forget_answers(session, lines, number, now=now)
    return sum(len(those) for those in lines.values())


def waiting_files(session: Session) -> int:
    """How many donor files were sent and not imported yet: their rows are in no table, so nothing is found in them."""
    query = select(Upload.id).where(Upload.kind == ImportKind.DONORS, col(Upload.status).in_(WAITING))
    return len(session.exec(query).all())


def _forget_issues(session: Session, batch_id: int, lines: Iterable[int]) -> None:
    query = select(ImportIssue).where(ImportIssue.batch_id == batch_id, col(ImportIssue.line).in_(lines))
    for issue in session.exec(query).all():
        issue.raw, issue.params = "", {}
        session.add(issue)
    session.flush()


def _forget_answers(session: Session, lines: dict[int, set[int]], number: str, *, now: datetime) -> None:
    """The answer kept with an upload holds issues too: those of the person's lines, or that name the number."""
    for upload in session.exec(select(Upload).where(Upload.kind == ImportKind.DONORS)).all():
        issues: list[dict[str, Any]] = list(upload.result.get("issues", ()))
        mine = lines.get(upload.batch_id or 0, set())
        kept = [one for one in issues if one.get("line") not in mine and one.get("raw") != number]
        if len(kept) != len(issues):
            upload.result = {**upload.result, "issues": kept}
            upload.changed_at = now
            session.add(upload)
    session.flush()
