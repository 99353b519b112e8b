"""Requests done one by one in the leader: what fails is marked so, with no traceback and no text of the file."""

import threading
from pathlib import Path

import pytest
from sqlmodel import select

from jobs import imports, requests
from jobs.requests import do_next, recover
from models.duplicate import PairState
from models.importing import ImportKind
from models.job import JobRequest, JobStatus, Upload, UploadStatus
from services.duplicates.asking import FIND_JOB
from services.duplicates.pairs import decide_pair, list_pairs
from services.imports.donors import import_donors
from services.imports.request import ImportRequest
from services.jobs import MOST_ATTEMPTS, ask_for_job, take_job
from services.reference import active_reference
from services.rule_tables import eligibility_rules
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


TWICE = (
    b"donor_number,last_name,first_name,birth_date,sex,phone\n"
    b"X1,Quelquundautre,Zephirine,1985-05-17,F,0639980001\n"
    b"X2,Bouvreuil,Aconit,1971-11-27,M,0639980002\n"
)
AGAIN = b"donor_number,last_name,first_name,birth_date,sex,phone\nX3,QUELQUUNDAUTRE,Z.,1985-05-17,F,+33639980001\n"


def bring(engines, content, now):
    request = ImportRequest(content=content, file_name="d.csv", actor="a", now=now, mode="diff")
    with engines.write_session() as session:
        rules = eligibility_rules(now.date())
        return import_donors(session, request, reference=active_reference(session), rules=rules)


def waiting(engines):
    with engines.read_session() as session:
        query = select(JobRequest.kind).where(JobRequest.status == JobStatus.QUEUED)
        return list(session.exec(query))


def pairs(engines):
    with engines.read_session() as session:
        return [(first, second, row.state) for row, first, second in list_pairs(session)]


def test_an_import_asks_once_to_look_for_duplicates_and_the_same_file_again_asks_for_nothing(runtime, engines, now):
    bring(engines, TWICE, now)
    bring(engines, AGAIN, now)
    assert waiting(engines) == [FIND_JOB]  # one that waits sees both files
    assert do_next(runtime, threading.Event())
    assert pairs(engines) == [("X1", "X3", PairState.OPEN)]
    assert bring(engines, AGAIN, now).unchanged == 1
    assert waiting(engines) == []


def test_a_pair_judged_different_does_not_come_back_with_the_next_import(runtime, engines, now):
    bring(engines, TWICE, now)
    bring(engines, AGAIN, now)
    do_next(runtime, threading.Event())
    with engines.write_session() as session:
        [(row, _, _)] = list_pairs(session)
        decide_pair(
            session, pair_id=row.id, version=row.version_id, decision="different", reason="twins", actor="a", now=now
        )
    bring(engines, TWICE.replace(b"Bouvreuil", b"Bouvreuille"), now)
    assert do_next(runtime, threading.Event())
    assert pairs(engines) == [("X1", "X3", PairState.DIFFERENT)]
