"""A month and a week of the demo, lived with a moved clock through both changes of the clocks."""

import hashlib
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlmodel import SQLModel, or_, select

from jobs.daily import timetables
from jobs.simulating import simulate
from models.job import JobRun, JobStatus
from tests.conftest import close
from tests.demo_site import make_demo_site

SPANS = ((date(2026, 10, 1), date(2026, 10, 31)), (date(2027, 3, 25), date(2027, 3, 30)))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def runtime(tmp_path_factory, migrated_sqlite):
    app = make_demo_site(tmp_path_factory.mktemp("month"), migrated_sqlite)
    yield app.extensions["phenotheque"]
    close(app)


def live(runtime):
    return [day for first, last in SPANS for day in simulate(runtime, first, last)]


def contents(runtime) -> dict[str, str]:
    """What each table holds, whatever the order of its rows."""
    with runtime.engines.read_session() as session:
        return {
            table.name: hashlib.sha256(
                "\n".join(sorted(repr(row) for row in session.execute(select(table)))).encode()
            ).hexdigest()
            for table in SQLModel.metadata.sorted_tables
        }


def test_every_job_has_one_run_of_each_of_its_days_and_lived_again_nothing_changes(runtime):
    lived = live(runtime)
    days = [first + timedelta(days=n) for first, last in SPANS for n in range((last - first).days + 1)]
    assert [day.day for day in lived] == days
    expected = {(job, day) for day in days for job, timetable in timetables().items() if timetable.falls_on(day)}
    with runtime.engines.read_session() as session:
        begun = JobRun.local_day < date(2026, 11, 1), JobRun.local_day >= SPANS[1][0]
        runs = session.exec(select(JobRun).where(or_(*begun))).all()
    found = Counter((run.job, run.local_day) for run in runs)
    assert found.keys() == expected
    assert set(found.values()) == {1}
    assert [(run.job, run.local_day, run.fault_kind) for run in runs if run.status is not JobStatus.DONE] == []
    held = contents(runtime)
    again = live(runtime)
    assert [day.runs for day in again] == [()] * len(days)
    assert sum(day.already for day in again) == len(expected)
    assert contents(runtime) == held
