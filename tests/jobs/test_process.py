"""`python -m jobs` as a process of its own: it works, it dies, it is replaced, and nothing is half done."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import func, select

from config import system_clock
from models.donor import Donor
from models.importing import ImportBatch, ImportKind, ImportMode
from models.job import JobHeartbeat, JobRequest, JobStatus, Upload, UploadStatus
from services.uploads.folder import UploadFolder
from services.uploads.runs import queue_upload
from services.uploads.states import confirm_upload, receive_upload, seen_token

ROOT = Path(__file__).resolve().parents[2]
HEAD = "donor_number,birth_date,consent_contact,status,hla_a_1,hla_a_2,hla_b_1,hla_b_2\n"
LONG_ENOUGH_SECONDS = 150  # on a machine that does much else


class Instance:
    """An instance with a database, its queue, and jobs processes started on it."""

    def __init__(self, app):
        runtime = app.extensions["phenotheque"]
        self.settings, self.engines = runtime.settings, runtime.engines
        self.now = system_clock  # that of the processes: a file sent at the tests' own date would be old, and cleared
        self.folder = UploadFolder(Path(self.settings.instance_path) / "uploads")

    @contextmanager
    def process(self):
        variables = {
            **os.environ,
            "PHENOTHEQUE_INSTANCE_PATH": str(self.settings.instance_path),
            "PHENOTHEQUE_DATABASE_URL": self.settings.database_url,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs"], cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def sent(self, rows: int) -> str:
        content = HEAD + "".join(f"D{n:06d},1980-05-17,yes,active,A*01,A*02,B*07,B*{8 + n % 5:02d}\n" for n in range(rows))
        with self.engines.write_session() as session:
            upload = receive_upload(
                session, self.folder, content=content.encode(), file_name="d.csv", kinds=list(ImportKind),
                mode=ImportMode.DIFF, actor="somebody", now=self.now(),
            )  # fmt: skip
            queue_upload(session, upload, actor="somebody", now=self.now())
        return upload.id

    def confirm(self, upload_id: str) -> None:
        with self.engines.write_session() as session:
            upload = session.get_one(Upload, upload_id)
            confirm_upload(session, upload, deactivation_confirmed=False, seen=seen_token(upload), now=self.now())
            queue_upload(session, upload, actor="somebody", now=self.now())

    def upload(self, upload_id: str) -> Upload:
        with self.engines.read_session() as session:
            return session.get_one(Upload, upload_id)

    def job(self, upload_id: str) -> JobRequest:
        with self.engines.read_session() as session:
            return session.get_one(JobRequest, session.get_one(Upload, upload_id).job_id)

    def count(self, table) -> int:
        with self.engines.read_session() as session:
            return session.exec(select(func.count()).select_from(table)).one()

    def heart(self) -> int | None:
        with self.engines.read_session() as session:
            return session.exec(select(JobHeartbeat.pid)).first()

    def half_way(self, upload_id: str) -> bool:
        told = self.folder.progress(upload_id)
        return self.job(upload_id).status is JobStatus.RUNNING and told is not None and 0 < told[0] < told[1]


def until(true, what: str):
    deadline = time.monotonic() + LONG_ENOUGH_SECONDS
    while not (found := true()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)
    return found


@pytest.fixture
def instance(database_url, app_on):
    return Instance(app_on(database_url))


def checked_and_confirmed(instance, rows: int) -> str:
    """A file checked by a process and confirmed, its import in the queue."""
    upload = instance.sent(rows)
    with instance.process():
        until(lambda: instance.upload(upload).status is UploadStatus.CHECKED, "the check")
    instance.confirm(upload)
    return upload


def test_a_process_checks_and_imports_what_waits_and_stops_when_told(instance):
    upload = instance.sent(3_000)
    with instance.process() as process:
        until(lambda: instance.upload(upload).status is UploadStatus.CHECKED, "the check")
        assert (instance.upload(upload).result["created"], instance.count(Donor)) == (3_000, 0)
        instance.confirm(upload)
        until(lambda: instance.upload(upload).status is UploadStatus.IMPORTED, "the import")
        job = instance.job(upload)
        assert (job.status, job.done, job.total) == (JobStatus.DONE, 3_000, 3_000)
        assert instance.heart() == process.pid
        until(lambda: not instance.folder.holds(upload), "the end of the file")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONG_ENOUGH_SECONDS) == 0
        assert "Traceback" not in process.stderr.read()
    assert (instance.count(Donor), instance.count(ImportBatch)) == (3_000, 1)


def test_of_two_processes_one_works_and_the_other_takes_over(instance):
    with instance.process() as first:
        until(lambda: instance.heart() == first.pid, "a sign of life of the first")
        with instance.process() as second:
            time.sleep(3)
            assert (second.poll(), instance.heart()) == (None, first.pid)
            first.kill()
            until(lambda: instance.heart() == second.pid, "a sign of life of the second")
            second.terminate()
            assert second.wait(LONG_ENOUGH_SECONDS) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_process_killed_in_the_middle_leaves_nothing_and_the_next_one_does_it_whole(instance):
    upload = checked_and_confirmed(instance, 20_000)
    with instance.process() as process:
        until(lambda: instance.half_way(upload), "the middle of the import")
        process.kill()
        process.wait()
    assert (instance.count(Donor), instance.count(ImportBatch)) == (0, 0)
    assert (instance.upload(upload).status, instance.job(upload).status) == (UploadStatus.CONFIRMED, JobStatus.RUNNING)
    with instance.process():
        until(lambda: instance.upload(upload).status is UploadStatus.IMPORTED, "the import after all")
    assert (instance.count(Donor), instance.count(ImportBatch), instance.job(upload).status) == (20_000, 1, JobStatus.DONE)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_process_told_to_stop_in_the_middle_puts_the_work_back(instance):
    upload = checked_and_confirmed(instance, 20_000)
    with instance.process() as process:
        until(lambda: instance.half_way(upload), "the middle of the import")
        process.terminate()
        assert process.wait(LONG_ENOUGH_SECONDS) == 0
    assert instance.count(Donor) == 0
    assert (instance.upload(upload).status, instance.job(upload).status) == (UploadStatus.CONFIRMED, JobStatus.QUEUED)


def test_settings_that_cannot_be_used_are_said_in_one_sentence(tmp_path):
    variables = {**os.environ, "PHENOTHEQUE_INSTANCE_PATH": str(tmp_path), "PHENOTHEQUE_TIMEZONE": "Nowhere"}
    done = subprocess.run(
        [sys.executable, "-m", "jobs"], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, "is not a time zone" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


