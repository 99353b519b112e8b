"""Daily jobs in processes that are killed, started twice or kept waiting: nothing twice, nothing skipped."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import time as hour

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, func, select

from config import system_clock
from domain.timetable import EVERY_DAY
from jobs import daily
from jobs.daily import DAILY, run_due
from models.account import LoginAttempt
from models.audit import AuditEvent
from models.donor import Donor, DonorIdentity
from models.job import JobHeartbeat, JobRun, JobStatus
from models.rare_donor import RareDonor
from services.demo import DEMO_DAY, Seeding, seed_demo
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from tests import demo_site
from tests.conftest import close, copy_sqlite, make_app
from tests.jobs.test_process import ROOT, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# jobs of the test's own: each says in a file that it began, and that it ended; one may take long the first time, one may raise
OWN_JOBS = """
import sys, time
from datetime import time as hour
from models import database
database.LOCK_WAIT_MS = {lock_wait_ms}
from jobs import daily, process
from jobs.__main__ import main
process.SECONDS_BETWEEN_DAILY_LOOKS = 1
def job(name):
    def work(_runtime, _on):
        open({told!r}, 'a').write(f'begun {{name}}\\n')
        if open({told!r}).read().count(f'begun {{name}}') == 1:
            time.sleep({seconds}.get(name, 0))
        if name in {raising}:
            raise KeyError('Mme Secret')
        open({told!r}, 'a').write(f'ended {{name}}\\n')
        return {{}}
    return daily.DailyJob(hour(0), work)
daily.DAILY = {{name: job(name) for name in 'abc'}}
sys.exit(main())
"""
# the real jobs, all due at once; one stands still before its first commit, or once its work is committed
REAL_JOBS = """
import sys, threading, time
from contextlib import contextmanager
from dataclasses import replace
from datetime import time as hour
from pathlib import Path
from domain.timetable import EVERY_DAY
from jobs import daily
from jobs.__main__ import main
from models.database import Engines
inside, write_session = [], Engines.write_session
def stand_still():
    Path({marker!r}).touch()
    time.sleep(600)
@contextmanager
def stopping_session(engines):
    with write_session(engines) as session:
        yield session
        if {early} and threading.get_ident() in inside:
            session.flush()
            stand_still()
def standing(work):
    def do(runtime, on):
        inside.append(threading.get_ident())
        work(runtime, on)
        stand_still()
    return do
Engines.write_session = stopping_session
daily.DAILY = {{
    name: replace(job, at=hour(0), on_days=EVERY_DAY, work=standing(job.work) if name == {name!r} else job.work)
    for name, job in daily.DAILY.items()
}}
sys.exit(main())
"""


@contextmanager
def process(runtime, code: str):
    variables = {
        **os.environ,
        "PHENOTHEQUE_INSTANCE_PATH": str(runtime.settings.instance_path),
        "PHENOTHEQUE_DATABASE_URL": runtime.settings.database_url,
    }
    started = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.complaints = started.communicate()[1]


def runs(runtime):
    with runtime.engines.read_session() as session:
        return {run.job: run for run in session.exec(select(JobRun).order_by(JobRun.id))}


def states(runtime):
    return [run.status for run in runs(runtime).values()]


def heart(runtime):
    with runtime.engines.read_session() as session:
        return session.exec(select(JobHeartbeat.pid)).first()


@pytest.fixture
def runtime(database_url, app_on):
    return app_on(database_url).extensions["phenotheque"]


@pytest.fixture
def own(tmp_path):
    """The code of a process with the test's own jobs, and what they told."""
    told = tmp_path / "told"
    told.touch()

    def code(*, seconds=None, raising=(), lock_wait_ms=30_000):
        return OWN_JOBS.format(told=str(told), seconds=seconds or {}, raising=tuple(raising), lock_wait_ms=lock_wait_ms)

    return code, lambda: told.read_text().splitlines()


def test_of_two_started_at_once_one_works_and_killed_in_a_job_the_other_takes_over_in_seconds(runtime, own):
    code, told = own
    with process(runtime, code(seconds={"b": 600})) as one, process(runtime, code(seconds={"b": 600})) as other:
        until(lambda: "begun b" in told(), "the second job")
        leader, waiting = (one, other) if heart(runtime) == one.pid else (other, one)
        time.sleep(3)
        assert (heart(runtime), told()) == (leader.pid, ["begun a", "ended a", "begun b"])
        leader.kill()
        killed_at = time.monotonic()
        until(lambda: heart(runtime) == waiting.pid, "a sign of life of the other")
        assert time.monotonic() - killed_at < 15  # on a machine that does much else
        until(lambda: states(runtime) == [JobStatus.DONE] * 3, "all three")
        time.sleep(2.5)  # two more looks
    assert told() == ["begun a", "ended a", "begun b", "begun b", "ended b", "begun c", "ended c"]
    assert [run.attempts for run in runs(runtime).values()] == [1, 2, 1]


def test_a_job_that_raises_is_said_without_its_text_and_the_others_are_run(runtime, own):
    code, told = own
    with process(runtime, code(raising="b")) as one:
        until(lambda: states(runtime) == [JobStatus.DONE, JobStatus.FAILED, JobStatus.DONE], "the three runs")
        time.sleep(2.5)
        assert one.poll() is None
    assert told() == ["begun a", "ended a", "begun b", "begun c", "ended c"]
    failed = runs(runtime)["b"]
    assert (failed.fault_code, failed.fault_kind, failed.attempts) == ("job_failed", "KeyError", 1)
    assert "Secret" not in one.complaints


@pytest.mark.parametrize("lock_wait_ms", [30_000, 500], ids=["waits its turn", "gives up and comes again"])
def test_a_database_that_another_writer_holds_delays_the_jobs_and_no_more(runtime, own, lock_wait_ms):
    code, told = own
    with process(runtime, code(lock_wait_ms=lock_wait_ms)) as one:
        with runtime.engines.write_session() as session:
            session.execute(text("UPDATE job_heartbeat SET pid = pid"))
            time.sleep(8)
            assert (one.poll(), told()) == (None, [])
        until(lambda: states(runtime) == [JobStatus.DONE] * 3, "the three runs")
    assert told() == [f"{what} {name}" for name in "abc" for what in ("begun", "ended")]
    assert "Traceback" not in one.complaints


@pytest.fixture
def registry(tmp_path, migrated_sqlite):
    """The demo with rare donors and donors registered twice, and a copy of it on which nobody is killed."""
    made = []
    for name in ("killed", "spared"):
        folder = tmp_path / name
        folder.mkdir()
        if made:
            source = made[0].extensions["phenotheque"].settings
            for file in source.instance_path.glob("keys.*"):
                (folder / file.name).write_bytes(file.read_bytes())
            copy_sqlite(tmp_path / "killed" / "demo.sqlite", folder / "demo.sqlite")
        else:
            copy_sqlite(migrated_sqlite, folder / "demo.sqlite")
        made.append(make_app(folder, f"sqlite:///{folder / 'demo.sqlite'}"))
        if len(made) == 1:
            seeding = Seeding(core_reference(), eligibility_rules(DEMO_DAY), actor="test", now=demo_site.NOW)
            with made[0].extensions["phenotheque"].engines.write_session() as session:
                seed_demo(session, seeding)
                put_work(session)
    yield [app.extensions["phenotheque"] for app in made]
    for app in made:
        close(app)


def put_work(session) -> None:
    """Something for the jobs to do: an old failed login, a rare donor not in the file, a donor registered twice."""
    session.add(LoginAttempt(login_index="x", address="y", at=demo_site.NOW))
    session.delete(session.exec(select(RareDonor)).first())
    one, other = (
        session.exec(select(DonorIdentity).join(Donor).where(Donor.donor_number == number)).one()
        for number in ("DEMO-00032", "DEMO-00217")
    )
    for name in ("last_name", "first_name", "birth_date", "phone", "postcode"):
        setattr(other, name, getattr(one, name))


def counts(runtime) -> dict[str, int]:
    """The rows of every table but those that tell of the process itself, and of copies, each of which the trail keeps."""
    own = {"job_run", "job_heartbeat", "job_timetable"}
    copies = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "backup_made")
    with runtime.engines.read_session() as session:
        made = {AuditEvent.__tablename__: session.exec(copies).one()}
        return {
            table.name: session.exec(select(func.count()).select_from(table)).one() - made.get(table.name, 0)
            for table in SQLModel.metadata.sorted_tables
            if table.name not in own
        }


@pytest.mark.parametrize("early", [True, False], ids=["before its commit", "after its commit"])
def test_killed_within_each_daily_job_the_next_process_does_it_whole_and_once(registry, monkeypatch, tmp_path, early):
    killed, spared = registry
    before, marker = counts(killed), tmp_path / "marker"
    for name in DAILY:
        with process(killed, REAL_JOBS.format(name=name, early=early, marker=str(marker))) as one:
            until(marker.exists, f"the middle of {name}")
            assert runs(killed)[name].status is JobStatus.RUNNING
            one.kill()
            one.wait()
        marker.unlink()
    with process(killed, REAL_JOBS.format(name="", early=early, marker=str(marker))) as last:
        until(lambda: states(killed) == [JobStatus.DONE] * len(DAILY), "every job")
        time.sleep(1)
    assert "Traceback" not in last.complaints
    assert {name: run.attempts for name, run in runs(killed).items()} == dict.fromkeys(DAILY, 2)
    at_once = {name: replace(job, at=hour(0), on_days=EVERY_DAY) for name, job in DAILY.items()}
    monkeypatch.setattr(daily, "DAILY", at_once)
    run_due(replace(spared, clock=system_clock))
    assert counts(spared) == counts(killed)
    changed = {table for table, rows in counts(killed).items() if rows != before[table]}
    assert {"login_attempt", "rare_donor", "duplicate_pair"} <= changed
