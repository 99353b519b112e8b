"""Checks and imports of uploaded files, as the jobs process does them."""

import threading
from datetime import datetime
from time import monotonic

from sqlmodel import Session

from config import Runtime
from domain.errors import PhenothequeError
from jobs.stopping import Stopped
from models.job import JobRequest, Upload, UploadStatus
from services.jobs import finish_job
from services.uploads.folder import UploadFolder
from services.uploads.runs import check_upload, import_upload
from services.uploads.states import record_check, refuse_upload
from services.uploads.work import Tell, open_import

SECONDS_BETWEEN_SIGNS = 0.5


def folder_of(runtime: Runtime) -> UploadFolder:
    """The folder of uploaded files."""
    return UploadFolder(runtime.settings.instance_path / "uploads")


def check_file(runtime: Runtime, job: JobRequest, stop: threading.Event) -> None:
    """See what importing a file would do; a file given up or read otherwise meanwhile is left as it is."""
    upload, folder, progress = _upload_of(runtime, job), folder_of(runtime), _Progress(runtime, job, stop)
    if upload.status is UploadStatus.RECEIVED:
        with runtime.engines.read_session() as session:
            outcome = check_upload(session, upload, folder, on=runtime.today(), tell=progress.tell, now=runtime.now())
        content = folder.read(upload.id)
    with runtime.engines.write_session() as session:
        if upload.status is UploadStatus.RECEIVED:
            record_check(session, upload, outcome, content)
        finish_job(session, job.id, done=progress.done, total=progress.total, now=runtime.now())


def import_file(runtime: Runtime, job: JobRequest, stop: threading.Event) -> None:
    """Import a confirmed file; one that is imported already only has its request marked as done.

    The rows, the batch, the state of the file and that of the request are one transaction: a process that dies leaves
    nothing of it, and the next one begins anew.
    """
    upload, folder, progress = _upload_of(runtime, job), folder_of(runtime), _Progress(runtime, job, stop)
    if upload.status is UploadStatus.CONFIRMED:
        now = runtime.now()
        work = open_import(upload, folder, actor=job.requested_by, tell=progress.tell, now=now)
        with runtime.engines.write_session() as session:
            import_upload(session, work, upload.id, on=runtime.today(), now=now)
            finish_job(session, job.id, done=progress.done, total=progress.total, now=runtime.now())
    else:
        with runtime.engines.write_session() as session:
            finish_job(session, job.id, done=0, total=0, now=runtime.now())
    folder.forget(upload.id)


def note_failure(session: Session, job: JobRequest, error: PhenothequeError, *, now: datetime) -> None:
    """Say on the file of a failed request why it was not imported."""
    upload = session.get(Upload, str(job.params.get("upload")))
    if upload is not None and upload.job_id == job.id and upload.status is not UploadStatus.ABANDONED:
        refuse_upload(session, upload.id, error, now=now)


def _upload_of(runtime: Runtime, job: JobRequest) -> Upload:
    with runtime.engines.read_session() as session:
        return session.get_one(Upload, str(job.params["upload"]))


class _Progress:
    """Hears the rows done, tells them in the folder now and then, and stops the work where the process must end."""

    def __init__(self, runtime: Runtime, job: JobRequest, stop: threading.Event) -> None:
        self._runtime = runtime
        self._upload_id = str(job.params["upload"])
        self._stop = stop
        self._told_at: float | None = None
        self.done = self.total = 0
        self.tell: Tell = self._hear
        folder_of(runtime).forget_progress(self._upload_id)  # of the check, where this is the import

    def _hear(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self._stop.is_set():
            raise Stopped
        if self._told_at is None or monotonic() - self._told_at >= SECONDS_BETWEEN_SIGNS:
            self._told_at = monotonic()
            folder_of(self._runtime).tell_progress(self._upload_id, done, total, now=self._runtime.now())
