"""The daily snapshot as a job: once for a local day, on both databases."""

from datetime import timedelta

import pytest
from sqlmodel import select

from jobs.daily import run_daily
from models.availability import AvailabilityDay, AvailabilityRow
from models.job import JobStatus
from services.availability.report import find_report
from services.directives import Wording, set_directive
from services.rare_donors.refreshing import refresh_rare_donors
from tests.small_registry import NOW, ON, D, put_donors, put_small_registry


@pytest.fixture
def runtime(database_url, app_on):
    runtime = app_on(database_url).extensions["phenotheque"]
    with runtime.engines.write_session() as session:
        put_small_registry(session)
        told = {"donations_12m": 4, "last_donation_on": ON - timedelta(days=60), "last_donation_type": "platelets"}
        put_donors(session, [D("PT0020", "A*01 A*03 B*08 B*49", more=told)])
        set_directive(session, patient_number="P1", wording=Wording(2_000), actor="scientist", now=NOW)
        refresh_rare_donors(session, now=NOW, actor="test")
    return runtime


def test_a_day_is_counted_once_and_again_only_when_asked(runtime):
    first = run_daily(runtime, "availability", on=ON)
    assert (first.status, first.details["read"]) == (JobStatus.DONE, 1)
    assert run_daily(runtime, "availability", on=ON) is None
    assert run_daily(runtime, "availability", on=ON, again=True).details == first.details
    with runtime.engines.read_session() as session:
        assert len(session.exec(select(AvailabilityDay)).all()) == 1
        [row] = session.exec(select(AvailabilityRow)).all()
        report = find_report(session, on=ON, region=None, patients=True, zone="Europe/Paris")
    assert report.entries[0].figures.donors == 7
    assert (report.giving.donations, report.giving.donors) == (4, 1)
    assert row.fault_code is None
    assert [one["phenotype"] for one in report.day.facts["rare"]] == ["cd36_negative_type_unknown", "hpa_1a_negative"]
