"""What is thrown away every night, once, and what is kept."""

import dataclasses
import os
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlmodel import func, select

from config import Runtime
from jobs.care import clean
from jobs.daily import DAILY, DailyJob, run_daily, run_due
from models.importing import ImportKind
from models.job import JobRun, JobStatus, Upload, UploadStatus
from services.uploads.folder import UploadFolder
from services.uploads.states import receive_upload


@pytest.fixture
def runtime(app) -> Runtime:
    return app.extensions["phenotheque"]


@pytest.fixture
def folder(runtime) -> UploadFolder:
    return UploadFolder(Path(runtime.settings.instance_path) / "uploads")


@pytest.fixture
def sent(engines, folder, now):
    """Sends a file so many days ago; gives its id."""

    def send(days: int) -> str:
        with engines.write_session() as session:
            return receive_upload(
                session, folder, content=b"donor_number,abo\nD1,A\n", file_name="d.csv", kinds=list(ImportKind),
                actor="a", now=now - timedelta(days=days),
            ).id  # fmt: skip

    return send


def later(runtime: Runtime, moment) -> Runtime:
    return dataclasses.replace(runtime, clock=lambda: moment)


def count(engines, table):
    with engines.read_session() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_a_file_nobody_confirmed_for_a_week_goes_and_a_younger_one_stays(runtime, engines, folder, sent, now):
    old, young = sent(8), sent(6)
    assert clean(runtime, now.date())["uploads"] == 1
    with engines.read_session() as session:
        assert session.get(Upload, old).status is UploadStatus.ABANDONED
        assert session.get(Upload, young).status is UploadStatus.RECEIVED
    assert (folder.holds(old), folder.holds(young)) == (False, True)
    assert clean(runtime, now.date())["uploads"] == 0


def test_files_no_row_speaks_of_go_after_a_day(runtime, folder, sent, now):
    kept = sent(0)
    stray = folder.path / "00000000-0000-0000-0000-000000000000"
    fresh = folder.path / "00000000-0000-0000-0000-000000000001"
    for path, age in ((stray, 2), (fresh, 0)):
        path.write_bytes(b"x")
        moment = (now - timedelta(days=age)).timestamp()
        os.utime(path, (moment, moment))
    assert clean(runtime, now.date())["files"] == 1
    assert {path.name for path in folder.kept_files()} == {kept, fresh.name}


def test_it_runs_once_a_day_and_not_before_its_hour(runtime, engines, now):
    run_due(later(runtime, now.replace(hour=3)))  # four in the morning in Paris
    assert count(engines, JobRun) == 0
    for hour in (5, 9, 20):
        run_due(later(runtime, now.replace(hour=hour)))
    assert count(engines, JobRun) == len(DAILY)
    run_due(later(runtime, now + timedelta(days=1)))
    assert count(engines, JobRun) == 2 * len(DAILY)


def test_one_that_fails_is_noted_and_the_process_lives(runtime, engines, monkeypatch):
    monkeypatch.setitem(DAILY, "clean_up", DailyJob(time(5), lambda _runtime, _on: 1 / 0))
    assert run_daily(runtime, "clean_up")
    with engines.read_session() as session:
        run = session.exec(select(JobRun)).one()
    assert (run.status, run.fault_code) == (JobStatus.FAILED, "job_failed")
