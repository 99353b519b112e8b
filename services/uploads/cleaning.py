"""What is thrown away every night of the files that were sent: those nobody confirmed, and what no row speaks of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from models.job import Upload, UploadStatus
from services.uploads.folder import REFUSED, UploadFolder
from services.uploads.states import OPEN, abandon_upload

ABANDONED_AFTER = timedelta(days=7)
REFUSED_ROWS_KEPT = timedelta(days=30)
STRAY_AFTER = timedelta(days=1)  # of a file that no row speaks of: its request may not have ended yet
ACTOR = "jobs"


@dataclass(frozen=True, slots=True)
class CleanUp:
    """What was cleaned: counts, and the uploads whose files may be deleted once that is committed."""

    counts: Mapping[str, int]
    forget: Sequence[str]


def clean_up(session: Session, *, now: datetime) -> CleanUp:
    """Give up uploads nobody confirmed for a week.

    Twice on a day it does no more than once.
    """
    old = select(Upload).where(col(Upload.status).in_(OPEN), col(Upload.changed_at) < now - ABANDONED_AFTER)
    abandoned = session.exec(old).all()
    for upload in abandoned:
        abandon_upload(session, upload, actor=ACTOR, now=now)
    return CleanUp({"uploads": len(abandoned)}, [upload.id for upload in abandoned])


def stray_files(session: Session, folder: UploadFolder, *, now: datetime) -> Sequence[str]:
    """Names of files in the folder that are of no use any more; read only."""
    uploads = {upload.id: upload for upload in session.exec(select(Upload))}
    stray = []
    for path in folder.kept_files():
        upload = uploads.get(path.name.split(".")[0])
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if upload is None or path.suffix == ".part":
            useless = now - changed > STRAY_AFTER
        elif path.suffix == REFUSED:
            useless = now - upload.changed_at > REFUSED_ROWS_KEPT
        else:
            useless = upload.status in (UploadStatus.IMPORTED, UploadStatus.ABANDONED)
        if useless:
            stray.append(path.name)
    return stray
