"""Forgetting what imports kept of one person: raw texts in batches, answers to uploads, refused rows beside them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.importing import ImportBatch, ImportIssue, ImportKind, ImportRow
from models.job import Upload, UploadStatus
from services.imports.fields import DONOR_KEY
from services.imports.survey import clean_key
from services.uploads.folder import UploadFolder
from services.uploads.refused_rows import is_misshapen

WAITING = (UploadStatus.RECEIVED, UploadStatus.CHECKED, UploadStatus.CONFIRMED)


def forget_rows_of(session: Session, folder: UploadFolder, number: str, *, now: datetime) -> int:
    """Forget every text kept of a donor's rows, by the number they were known by; how many imported rows there were.

    The files are rewritten last, and before the caller commits: where that fails, so does the erasure, as a whole and
    aloud. Where it is the commit that fails, the person is still on record and their refused rows are gone already,
    which loses nothing that the sender does not have. An import writes such a file in its own turn of a writer,
    so none is written meanwhile.
    """
    lines = _lines_of(session, number)
    batches = dict(session.exec(select(Upload.id, Upload.batch_id)).all())
    refused: dict[str, Collection[int]] = {}
    for upload_id in folder.with_refused():
        batch_id = batches.get(upload_id) or 0
        refused[upload_id] = _refused_lines(folder, upload_id, number, lines.get(batch_id, ()))
        if batch_id and refused[upload_id]:
            lines[batch_id].update(refused[upload_id])
    for batch_id, those in lines.items():
        _forget_issues(session, batch_id, those)
    _forget_answers(session, lines, number, now=now)
    for upload_id, gone in refused.items():
        if gone or _names(next(folder.refused(upload_id))["headings"], number):
            folder.replace_refused(upload_id, _without(folder.refused(upload_id), number, gone))
    return sum(len(those) for those in lines.values())


def waiting_files(session: Session) -> int:
    """How many donor files were sent and not imported yet: their rows are in no table, so nothing is found in them."""
    query = select(Upload.id).where(Upload.kind == ImportKind.DONORS, col(Upload.status).in_(WAITING))
    return len(session.exec(query).all())


def _lines_of(session: Session, number: str) -> dict[int, set[int]]:
    """The lines of each batch that stood under this number."""
    query = (
        select(ImportRow.batch_id, ImportRow.line)
        .join(ImportBatch, col(ImportBatch.id) == col(ImportRow.batch_id))
        .where(ImportRow.key == number, ImportBatch.kind == ImportKind.DONORS)
    )
    lines: dict[int, set[int]] = defaultdict(set)
    for batch_id, line in session.exec(query):
        lines[batch_id].add(line)
    return lines


def _refused_lines(folder: UploadFolder, upload_id: str, number: str, known: Collection[int]) -> set[int]:
    """The lines of the refused rows of this donor; of no other kind of file, whatever the upload is read as now."""
    blocks = folder.refused(upload_id)
    columns = next(blocks)["columns"]
    if DONOR_KEY not in columns:
        return set()
    place = columns.index(DONOR_KEY)
    return {row["line"] for rows in blocks for row in rows if row["line"] in known or _is_of(row, place, number)}


def _is_of(row: dict[str, Any], place: int, number: str) -> bool:
    """Whether a refused row is of this number; where it stands under no heading for sure, any cell may be it."""
    cells = [clean_key(cell) for cell in row["cells"]]
    if is_misshapen(row) or not cells[place]:
        return number in cells
    return cells[place] == number


def _without(blocks: Iterator[Any], number: str, gone: Collection[int]) -> Iterator[Any]:
    """The head, then the blocks without the rows of these lines."""
    head = next(blocks)
    if _names(head["headings"], number):
        head = {**head, "headings": [name or "" for name in head["columns"]]}
    yield head
    for rows in blocks:
        yield [row for row in rows if row["line"] not in gone]


def _forget_issues(session: Session, batch_id: int, lines: Iterable[int]) -> None:
    _blank(session, ImportIssue.batch_id == batch_id, col(ImportIssue.line).in_(lines))


def _blank(session: Session, *conditions: Any) -> None:
    for issue in session.exec(select(ImportIssue).where(*conditions)).all():
        issue.raw, issue.params = "", {}
        if issue.line is None:
            issue.column = None  # it is a heading of the file
        session.add(issue)
    session.flush()


def _forget_answers(session: Session, lines: dict[int, set[int]], number: str, *, now: datetime) -> None:
    """The answer kept with an upload holds issues too: those of the person's lines, or that name the number."""
    for upload in session.exec(select(Upload).where(Upload.kind == ImportKind.DONORS)).all():
        issues: list[dict[str, Any]] = list(upload.result.get("issues", ()))
        mine = lines.get(upload.batch_id or 0, set())
        kept = [one for one in issues if one.get("line") not in mine and one.get("raw") != number]
        headed_by = _names(upload.result.get("headings", ()), number)
        if headed_by:
            kept = [one for one in kept if one["line"] is not None]
            upload.columns = {}
            _blank(session, ImportIssue.batch_id == upload.batch_id, col(ImportIssue.line).is_(None))
        if headed_by or len(kept) != len(issues):
            headings = [] if headed_by else upload.result.get("headings", [])
            upload.result = {**upload.result, "issues": kept, "headings": headings}
            upload.changed_at = now
            session.add(upload)
    session.flush()


def _names(headings: Iterable[str], number: str) -> bool:
    """Whether the headings of a file are a person's own row, because the file has none."""
    return number in map(clean_key, headings)
