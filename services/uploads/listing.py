"""Lists of files: those that wait for somebody, and every import on record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.importing import ImportBatch, ImportKind
from models.job import Upload, UploadStatus

WAITING = (UploadStatus.RECEIVED, UploadStatus.CHECKED, UploadStatus.CONFIRMED, UploadStatus.REFUSED)
MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class ImportList:
    """Files not imported yet, one page of the imports on record, and the upload of each that came by a page."""

    waiting: Sequence[Upload]
    batches: Sequence[ImportBatch]
    total: int
    upload_of: Mapping[int, str]


def list_imports(session: Session, *, kinds: Collection[ImportKind], limit: int, offset: int) -> ImportList:
    """The imports of these kinds, the latest first."""
    waiting = select(Upload).where(col(Upload.status).in_(WAITING), col(Upload.kind).in_(kinds))
    of_kinds = col(ImportBatch.kind).in_(kinds)
    batches = session.exec(
        select(ImportBatch).where(of_kinds).order_by(col(ImportBatch.id).desc()).limit(limit).offset(offset)
    ).all()
    known = select(Upload.batch_id, Upload.id).where(col(Upload.batch_id).in_([batch.id for batch in batches]))
    return ImportList(
        waiting=session.exec(waiting.order_by(col(Upload.changed_at).desc()).limit(MOST_WAITING)).all(),
        batches=batches,
        total=session.scalar(sa.select(sa.func.count()).select_from(ImportBatch).where(of_kinds)) or 0,
        upload_of={batch: upload for batch, upload in session.exec(known) if batch is not None},
    )
