"""A month and a week of the demo, lived with a moved clock through both changes of the clocks."""

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import SQLModel, delete, or_, select

from jobs.daily import timetables
from jobs.simulating import simulate
from models.availability import AvailabilityDay, AvailabilityRow
from models.job import JobRun, JobStatus
from models.standing_search import StandingChange, StandingLook, StandingSearch
from tests.conftest import close, freeze
from tests.demo_site import make_demo_site
from tests.logins import log_in

SPANS = ((date(2026, 10, 1), date(2026, 10, 31)), (date(2027, 3, 25), date(2027, 3, 30)))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def app(tmp_path_factory, migrated_sqlite):
    app = make_demo_site(tmp_path_factory.mktemp("month"), migrated_sqlite)
    with app.extensions["phenotheque"].engines.write_session() as session:
        for table in (StandingChange, StandingLook, AvailabilityRow, AvailabilityDay):  # of days after the month
            session.exec(delete(table))
    yield app
    close(app)


@pytest.fixture(scope="module")
def runtime(app):
    return app.extensions["phenotheque"]


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


def check_differences(runtime, *, since: date, days: int) -> None:
    """What was there, and what came and went, is what is there, look by look; the report of the day counts alike."""
    compared = agreed = 0
    with runtime.engines.read_session() as session:
        looks = session.exec(select(StandingLook).where(StandingLook.local_day >= since)).all()
        rows = select(AvailabilityRow, AvailabilityDay.local_day).join(AvailabilityDay)
        reported = {(row.patient_id, day): row.counts for row, day in session.exec(rows) if row.fault_code is None}
        watched = dict(session.exec(select(StandingSearch.id, StandingSearch.patient_id)).all())
    for look in looks:
        moved = {name: sum(look.totals.get(name, {}).values()) for name in ("new", "lost")}
        if look.since_day is not None:
            assert look.counts["since"] + moved["new"] - moved["lost"] == look.counts["available"], look.local_day
            compared += 1
        if (counts := reported.get((watched[look.search_id], look.local_day))) is not None:
            cells = [cell for by_abo in counts.values() for cell in by_abo.values()]
            assert sum(cell[1] for cell in cells) == look.counts["available"], look.local_day
            assert sum(cell[0] for cell in cells) == look.counts["compatible"], look.local_day
            agreed += 1
    assert min(compared, agreed) >= days * len(watched)


def test_every_job_has_one_run_of_each_of_its_days_and_lived_again_nothing_changes(runtime):
    lived = []
    for first, last in SPANS:  # looks are kept for 90 days: those of the first span are gone after the second
        lived += simulate(runtime, first, last)
        check_differences(runtime, since=first, days=(last - first).days)
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


def test_after_the_month_the_reports_are_readable_and_the_home_page_says_what_to_do(app):
    freeze(app, datetime(2026, 10, 31, 9, tzinfo=UTC))
    coordinator, searcher = (log_in(app.test_client(), app, role) for role in ("coordinator", "searcher"))
    home = coordinator.get("/", headers={"Accept-Language": "fr"}).get_data(as_text=True)
    assert "À faire aujourd’hui" in home
    for client, address in (
        (coordinator, "/recalls"), (coordinator, "/inbox"), (searcher, "/reports/availability?on=2026-10-25"),
        (searcher, "/standing-searches"), (searcher, "/reports/availability/export/report.pdf?on=2026-10-25"),
    ):  # fmt: skip
        answer = client.get(address)
        assert (address, answer.status_code) == (address, 200)
        assert len(answer.data) > 2_000
