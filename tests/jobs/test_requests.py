"""Requests done one by one in the leader: what fails is marked so, with no traceback and no text of the file."""

import threading
from pathlib import Path

import pytest

from jobs import imports, requests
from jobs.requests import do_next, recover
from models.importing import ImportKind
from models.job import JobRequest, JobStatus, Upload, UploadStatus
from services.jobs import MOST_ATTEMPTS, ask_for_job, take_job
from services.uploads.folder import UploadFolder
from services.uploads.runs import queue_upload
from services.uploads.states import receive_upload


@pytest.fixture
def runtime(app):
    return app.extensions["phenotheque"]


@pytest.fixture
def queued(runtime, engines, now):
    """Queues the check of a file; gives the ids of the upload and of the job."""

    def send(content: bytes = b"donor_number,abo\nD1,A\n"):
        folder = UploadFolder(Path(runtime.settings.instance_path) / "uploads")
        with engines.write_session() as session:
            upload = receive_upload(
                session, folder, content=content, file_name="d.csv", kinds=list(ImportKind), actor="a", now=now
            )
            return upload.id, queue_upload(session, upload, actor="a", now=now).id

    return send


def state(engines, upload_id, job_id):
    with engines.read_session() as session:
        upload, job = session.get_one(Upload, upload_id), session.get_one(JobRequest, job_id)
        return upload.status, upload.result.get("fault", {}).get("code"), job.status, job.fault_code


def test_a_request_is_done(runtime, engines, queued):
    ids = queued()
    assert do_next(runtime, threading.Event())
    assert state(engines, *ids) == (UploadStatus.CHECKED, None, JobStatus.DONE, None)
    assert not do_next(runtime, threading.Event())


def test_a_failure_nobody_foresaw_is_marked_and_the_next_request_is_done(runtime, engines, queued, monkeypatch):
    first, second = queued(), queued()
    with monkeypatch.context() as patch:
        patch.setattr(imports, "check_upload", lambda *_args, **_words: 1 / 0)
        assert do_next(runtime, threading.Event())
    assert do_next(runtime, threading.Event())
    states = {state(engines, *first), state(engines, *second)}
    assert states == {
        (UploadStatus.REFUSED, "job_failed", JobStatus.FAILED, "job_failed"),
        (UploadStatus.CHECKED, None, JobStatus.DONE, None),
    }


def test_a_kind_of_work_nobody_knows_is_refused(runtime, engines, now):
    with engines.write_session() as session:
        job = ask_for_job(session, kind="tea", params={}, actor="a", now=now).id
    assert do_next(runtime, threading.Event())
    with engines.read_session() as session:
        found = session.get_one(JobRequest, job)
    assert (found.status, found.fault_code) == (JobStatus.FAILED, "job_kind_unknown")


def test_a_request_that_kills_its_process_again_and_again_is_given_up(runtime, engines, queued, now):
    ids = queued()
    for _ in range(MOST_ATTEMPTS):
        with engines.write_session() as session:
            take_job(session, now=now)
        recover(runtime)
    assert state(engines, *ids) == (UploadStatus.REFUSED, "job_kept_dying", JobStatus.FAILED, "job_kept_dying")


def test_a_process_told_to_stop_puts_the_request_back(runtime, engines, queued):
    ids = queued()
    stop = threading.Event()
    stop.set()
    assert do_next(runtime, stop)
    assert state(engines, *ids)[2] is JobStatus.QUEUED


def test_every_kind_of_request_has_words():
    from services.wording.catalogue import messages

    assert {f"job.{kind}" for kind in requests.HANDLERS} <= messages().keys()
