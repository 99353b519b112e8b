"""One file of the feed: read as a page or a command would read it, imported, and the answer to who sent it."""

import hashlib
import io
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from domain.errors import PhenothequeError, UnusableInput
from models.donor import Donor, DonorStatus
from models.importing import ImportBatch, ImportKind
from services.exports import RefusedRowsFile
from services.feed.inbox import DONE_FOLDER, REFUSED_FOLDER, Inbox
from services.imports.answer import import_json, issue_sentence
from services.imports.antibodies import AntibodyOptions, read_sera
from services.imports.outcome import FileIssue, ImportResult
from services.imports.people import open_layout
from services.imports.platelet_antibodies import open_platelet_layout
from services.imports.request import ImportRequest
from services.imports.tabular import RawRow
from services.uploads.kinds import FORMS, PLATELET_FORM, recognise_kind
from services.uploads.refused_rows import NEVER_KEPT
from services.uploads.work import Work, run_work
from services.wording.catalogue import sentence

ACTOR = "feed"
LARGEST_ID = 1 << 31
FOLDERS: Mapping[str, Collection[ImportKind]] = {  # in this order: a serum is of a patient who is known
    "donors": (ImportKind.DONORS,),
    "patients": (ImportKind.PATIENTS,),
    "antibodies": (ImportKind.ANTIBODIES, ImportKind.PLATELET_ANTIBODIES),
}


@dataclass(frozen=True, slots=True)
class FullFiles:
    """Whether donor files hold all donors, and which share of the active ones may be absent (per cent)."""

    full: bool = False
    most_absent_percent: int = 0


class RefusedRows:
    """Writes the refused rows of one file as they are met, beside it and not yet under their name."""

    def __init__(self, inbox: Inbox, name: str, locale: str) -> None:
        self._inbox, self._name, self._locale = inbox, name, locale
        self._headings: Sequence[str] = ()
        self._stream: io.TextIOBase | None = None
        self._file: RefusedRowsFile | None = None

    def head(self, headings: Sequence[str]) -> None:
        """Remember the headings of the file."""
        self._headings = headings

    def keep(self, row: RawRow, issues: Sequence[FileIssue]) -> None:
        """Write one row with its reasons; of people whom no file may touch none."""
        errors = [issue for issue in issues if issue.severity == "error"]
        if NEVER_KEPT & {issue.code for issue in errors}:
            return
        if self._file is None:
            self._stream = os.fdopen(self._inbox.open_refused(self._name), "w", encoding="utf-8-sig", newline="")
            heading = sentence("heading_reason", {}, self._locale)
            self._file = RefusedRowsFile(self._stream, self._headings, reason_heading=heading)
        self._file.add(row, [issue_sentence(issue, self._locale) for issue in errors])

    def close(self) -> None:
        """Have the rows on the disk for good."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with stream:
                stream.flush()
                os.fsync(stream.fileno())


def read_file(
    content: bytes, name: str, folder: str, refused: RefusedRows, *, full: FullFiles, now: datetime
) -> Work:  # fmt: skip
    """Read a file without the database. Raises UnusableInput where it cannot be used, or belongs in another folder."""
    kind = recognise_kind(content)
    if kind not in FOLDERS[folder]:
        raise UnusableInput("feed_of_other_kind", kind=kind.value, folder=folder)
    whole = full.full and kind is ImportKind.DONORS
    request = ImportRequest(
        content=content, file_name=name, actor=ACTOR, now=now, mode="full" if whole else "diff", confirmed=whole,
        on_refused=refused.keep,
    )  # fmt: skip
    form, options = FORMS.get(kind), AntibodyOptions()
    if form is None:
        return Work(kind, request, options, sera=read_sera(request, options))
    layout = open_platelet_layout(request) if form is PLATELET_FORM else open_layout(request, form)
    refused.head(layout.table.headings)
    return Work(kind, request, options, layout=layout)


def import_file(session: Session, work: Work, *, full: FullFiles, on: date) -> ImportResult:
    """Import a file that was read, in the session of one transaction.

    Raises:
        UnusableInput: the file as a whole cannot be used, or lacks too many donors for a file of all of them.
        RefusedByRule: no row may join those on record, whatever the file.
    """
    active = _count_active(session) if work.request.mode == "full" else 0
    result = run_work(session, work, on=on)
    if result.deactivated * 100 > active * full.most_absent_percent:
        raise UnusableInput("feed_too_many_absent", count=result.deactivated, of=active, most=full.most_absent_percent)
    return result


def _count_active(session: Session) -> int:
    return session.exec(select(func.count()).where(col(Donor.status) != DonorStatus.INACTIVE)).one()


def nothing_taken(result: ImportResult) -> bool:
    """Whether no row of a file was good."""
    return bool(result.refused) and not result.created + result.updated + result.unchanged


def answer_of_import(
    session: Session, inbox: Inbox, work: Work, result: ImportResult, *, locale: str
) -> dict[str, Any]:
    """What is told to who sent a file that was imported."""
    request = work.request
    sha256 = hashlib.sha256(request.content).hexdigest()
    before = select(func.max(ImportBatch.started_at)).where(
        ImportBatch.file_hash == sha256, ImportBatch.kind == work.kind, ImportBatch.id != result.batch
    )
    earlier = session.exec(before).one()
    place = inbox.free_place(request.file_name, REFUSED_FOLDER if nothing_taken(result) else DONE_FOLDER)
    code = "feed_again" if earlier else "feed_nothing_taken" if nothing_taken(result) else "feed_imported"
    return {
        "status": "refused" if nothing_taken(result) else "imported",
        "message": sentence(code, {"rows": result.rows, "refused": result.refused}, locale),
        "kept_as": place,
        "sha256": sha256,
        "taken_at": request.now.isoformat(),
        "same_content_at": earlier.isoformat() if earlier else None,
        **import_json(result, locale),
    }


def answer_of_refusal(
    inbox: Inbox, name: str, error: PhenothequeError, *, put_away_as: str, locale: str, now: datetime
) -> dict[str, Any]:
    """What is told to who sent a file that cannot be used as a whole."""
    return {
        "status": "refused",
        "message": sentence(error.code, error.params, locale),
        "code": error.code,
        "kept_as": inbox.free_place(put_away_as, REFUSED_FOLDER),
        "taken_at": now.isoformat(),
        "batch": None,
        "file": name,
    }


def is_committed(session: Session, answer: Mapping[str, Any]) -> bool:
    """Whether the import that an answer tells of was committed."""
    number = answer.get("batch")
    batch = session.get(ImportBatch, number) if isinstance(number, int) and 0 < number < LARGEST_ID else None
    if batch is None or batch.actor != ACTOR:
        return False
    return batch.file_hash == answer.get("sha256") and batch.started_at.isoformat() == answer.get("taken_at")
