"""The check and the import of an uploaded file, at once or in the jobs process, each in one session."""

from datetime import date, datetime

from sqlmodel import Session

from domain.errors import PhenothequeError, RefusedByRule
from models.job import JobRequest, JobStatus, Upload, UploadStatus
from services.imports.outcome import ImportResult
from services.jobs import ask_for_job
from services.uploads.folder import UploadFolder
from services.uploads.states import finish_import
from services.uploads.work import Tell, Work, open_check, run_work

CHECK_JOB, IMPORT_JOB = "import.check", "import.write"
SHORT_BYTES = 1_000_000  # some four thousand donors, two seconds
MEDIUM_BYTES = 5_000_000
PACKED_TIMES = 8  # a spreadsheet is packed: it holds many times as many rows as a text of its size


def is_short(upload: Upload) -> bool:
    """Whether a file is done while the person waits."""
    return _size_unpacked(upload) <= SHORT_BYTES


def is_medium(upload: Upload) -> bool:
    """Whether a file may be done while the person waits, where no jobs process is there to do it."""
    return _size_unpacked(upload) <= MEDIUM_BYTES


def _size_unpacked(upload: Upload) -> int:
    return upload.size * (PACKED_TIMES if upload.options.get("packed") else 1)


def check_upload(
    session: Session, upload: Upload, folder: UploadFolder, *, on: date, tell: Tell, now: datetime
) -> ImportResult | PhenothequeError:
    """What importing a file would do, or why the file as a whole cannot be used; writes nothing."""
    try:
        return run_work(session, open_check(upload, folder, tell=tell, now=now), on=on)
    except PhenothequeError as error:
        return error


def import_upload(session: Session, work: Work, upload_id: str, *, on: date, now: datetime) -> Upload:
    """Import a confirmed file, in one transaction with the note that it is imported; one imported before is left so.

    Raises:
        RefusedByRule: not confirmed, or no row may join those on record.
        UnusableInput: the file as a whole cannot be used.
    """
    upload = session.get_one(Upload, upload_id)
    if upload.status is UploadStatus.IMPORTED:
        return upload
    if upload.status is not UploadStatus.CONFIRMED:
        raise RefusedByRule("upload_not_in_turn", status=upload.status.value)
    finish_import(session, upload, run_work(session, work, on=on), now=now)
    return upload


def queue_upload(session: Session, upload: Upload, *, actor: str, now: datetime) -> JobRequest:
    """Ask the jobs process for the check, or for the import where it is confirmed."""
    kind = IMPORT_JOB if upload.status is UploadStatus.CONFIRMED else CHECK_JOB
    job = ask_for_job(session, kind=kind, params={"upload": upload.id}, actor=actor, now=now)
    upload.job_id = job.id
    session.add(upload)
    return job


def take_back(session: Session, upload: Upload, *, now: datetime) -> None:
    """Take a file back from a queue that nobody works on, to have it done at once. Raises RefusedByRule."""
    job = session.get(JobRequest, upload.job_id) if upload.job_id else None
    if job is None or job.status is not JobStatus.QUEUED:
        raise RefusedByRule("upload_confirmed_already")
    job.status, job.finished_at = JobStatus.DONE, now
    if upload.status is UploadStatus.CONFIRMED:
        upload.status = UploadStatus.CHECKED
    session.add_all([job, upload])
