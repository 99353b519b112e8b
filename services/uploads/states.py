"""Where an uploaded file stands, and every step from one state to the next; a step out of turn is refused.

received → checked → confirmed → imported; a file that cannot be used is refused, and may be read otherwise and checked
again; what is not confirmed may be abandoned. Each step is one transaction of one writer, so a second click meets the
state that the first one left.
"""

import hashlib
import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from domain.errors import NotFound, PhenothequeError, RefusedByRule, UnusableInput
from models.importing import ImportKind, ImportMode
from models.job import Upload, UploadStatus
from services.audit import record_audit
from services.imports.filetype import check_size
from services.imports.outcome import ImportResult
from services.uploads.answer import answer_of, fault_of
from services.uploads.folder import UploadFolder
from services.uploads.kinds import recognise_kind
from services.uploads.mapping import read_headings

OPEN = (UploadStatus.RECEIVED, UploadStatus.CHECKED, UploadStatus.REFUSED)
LONGEST_NAME = 200


def receive_upload(
    session: Session, folder: UploadFolder, *, content: bytes, file_name: str, kinds: Collection[ImportKind],
    kind: ImportKind | None = None, mode: ImportMode = ImportMode.DIFF, actor: str, now: datetime,
) -> Upload:  # fmt: skip
    """Keep a file that was sent, encrypted; nothing of it is imported.

    `kinds` are those that the sender may handle; `kind` says what the file holds where the sender does, else its
    content tells.

    Raises:
        UnusableInput: empty, too large, or of a type that no import reads; nothing is kept.
        RefusedByRule: the sender may not handle what the file holds; nothing is kept.
    """
    check_size(len(content))
    found = kind or recognise_kind(content)
    if found not in kinds:
        raise RefusedByRule("upload_kind_not_yours", kind=found.value)
    read_headings(content, found)  # what cannot be read at all is said at once, and not kept
    upload = Upload(
        id=str(uuid.uuid4()), file_name=_plain_name(file_name), file_hash=hashlib.sha256(content).hexdigest(),
        size=len(content), kind=found, mode=_mode_of(found, mode), uploaded_by=actor, uploaded_at=now, changed_at=now,
        options={"packed": True} if content.startswith(b"PK") else {},
    )  # fmt: skip
    folder.keep(upload.id, content)
    session.add(upload)
    session.flush()
    _audit(session, upload, "upload_received", actor, now, file_hash=upload.file_hash, size=upload.size)
    return upload


def get_upload(session: Session, upload_id: str, *, kinds: Collection[ImportKind]) -> Upload:
    """The upload of this id. Raises NotFound, also where it is of a kind that is not for whoever asks."""
    upload = session.get(Upload, upload_id) if upload_id.isprintable() else None
    if upload is None or upload.kind not in kinds:
        raise NotFound("upload_unknown")
    return upload


def read_otherwise(
    session: Session, upload: Upload, *, kind: ImportKind, mode: ImportMode, columns: Mapping[str, str],
    options: Mapping[str, Any], seen: str, actor: str, now: datetime,
) -> None:  # fmt: skip
    """Keep how a file shall be read instead; it is to be checked again. Raises RefusedByRule, see `_turn`."""
    _turn(upload, OPEN, seen)
    if kind is not upload.kind:
        columns = {}
    if upload.options.get("packed"):
        options = {**options, "packed": True}
    upload.kind, upload.mode, upload.columns, upload.options = kind, _mode_of(kind, mode), dict(columns), dict(options)
    upload.status, upload.result, upload.changed_at = UploadStatus.RECEIVED, {}, now
    session.add(upload)
    _audit(session, upload, "upload_read_otherwise", actor, now, columns=len(columns))


def record_check(session: Session, checked: Upload, outcome: ImportResult | PhenothequeError, content: bytes) -> None:
    """Keep what a check found; dropped where the file was told to be read otherwise meanwhile."""
    upload = session.get_one(Upload, checked.id)
    if upload.status is not UploadStatus.RECEIVED or upload.changed_at != checked.changed_at:
        return
    if isinstance(outcome, PhenothequeError):
        upload.status, upload.result = UploadStatus.REFUSED, fault_of(outcome)
    else:
        upload.status, upload.result = UploadStatus.CHECKED, answer_of(outcome)
    upload.result = {**upload.result, "headings": read_headings(content, upload.kind)}
    session.add(upload)


def confirm_upload(session: Session, upload: Upload, *, deactivation_confirmed: bool, seen: str, now: datetime) -> None:
    """Take the yes to an import, once. Raises RefusedByRule, see `check_confirmable`."""
    check_confirmable(upload, deactivation_confirmed=deactivation_confirmed, seen=seen)
    upload.status, upload.changed_at = UploadStatus.CONFIRMED, now
    session.add(upload)


def check_confirmable(upload: Upload, *, deactivation_confirmed: bool, seen: str) -> None:
    """Raises RefusedByRule: not checked, confirmed already, read otherwise meanwhile, or a second yes is missing."""
    _turn(upload, (UploadStatus.CHECKED,), seen)
    if asks_second_yes(upload) and not deactivation_confirmed:
        raise RefusedByRule("upload_full_not_confirmed", count=upload.result.get("deactivated", 0))


def asks_second_yes(upload: Upload) -> bool:
    """Whether the import would mark donors as inactive, which is asked for by itself."""
    return upload.mode is ImportMode.FULL


def finish_import(session: Session, upload: Upload, result: ImportResult, *, now: datetime) -> None:
    """Note, in the transaction of the import itself, that the file is imported."""
    kept = {"headings": upload.result.get("headings", [])}
    upload.status, upload.result = UploadStatus.IMPORTED, {**answer_of(result), **kept}
    upload.batch_id, upload.changed_at = result.batch, now
    session.add(upload)


def refuse_upload(session: Session, upload_id: str, error: PhenothequeError, *, now: datetime) -> None:
    """Note why the import of a confirmed file failed as a whole; it may be read otherwise and tried again."""
    upload = session.get_one(Upload, upload_id)
    if upload.status is UploadStatus.IMPORTED:
        return
    headings = {"headings": upload.result.get("headings", [])}
    upload.status, upload.changed_at = UploadStatus.REFUSED, now
    upload.result = {**fault_of(error), **headings}
    session.add(upload)


def abandon_upload(session: Session, upload: Upload, *, actor: str, now: datetime) -> None:
    """Give a file up before it is imported; the caller deletes it once this is committed. Raises RefusedByRule."""
    _turn(upload, OPEN, None)
    upload.status, upload.result, upload.changed_at = UploadStatus.ABANDONED, {}, now
    session.add(upload)
    _audit(session, upload, "upload_abandoned", actor, now)


def _turn(upload: Upload, states: Collection[UploadStatus], seen: str | None) -> None:
    """Raises RefusedByRule where the file is past these states, or is not as the person last saw it."""
    if upload.status in (UploadStatus.CONFIRMED, UploadStatus.IMPORTED):
        raise RefusedByRule("upload_confirmed_already")
    if upload.status not in states:
        raise RefusedByRule("upload_not_in_turn", status=upload.status.value)
    if seen is not None and seen != seen_token(upload):
        raise RefusedByRule("changed_meanwhile")


def seen_token(upload: Upload) -> str:
    """What a form carries, to tell that the person decides on the file as it stands."""
    return upload.changed_at.isoformat()


def _plain_name(text: str) -> str:
    """The name of a file without its folders and without what cannot be seen."""
    name = text.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in name if sign.isprintable())[:LONGEST_NAME].strip() or "file"


def _mode_of(kind: ImportKind, mode: ImportMode) -> ImportMode:
    """Only donors can be absent from a file: of the others a full import does no more than the usual one."""
    return mode if kind is ImportKind.DONORS else ImportMode.DIFF


def check_mode(text: str) -> ImportMode:
    """The mode that a form or an API names, diff or full. Raises UnusableInput."""
    if text not in (ImportMode.DIFF, ImportMode.FULL):
        raise UnusableInput("upload_mode_unknown", text=text)
    return ImportMode(text)


def _audit(session: Session, upload: Upload, action: str, actor: str, now: datetime, **details: object) -> None:
    record_audit(
        session, actor=actor, action=action, subject_type="upload", subject_key=upload.id,
        details={"kind": upload.kind.value, "mode": upload.mode.value, **details}, now=now,
    )  # fmt: skip
