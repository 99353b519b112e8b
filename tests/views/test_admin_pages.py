"""Audit, jobs and references as their pages show them, to those who may."""

import csv
import io
import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from domain.timetable import Missed, Timetable
from jobs.requests import do_next
from models.audit import AuditEvent
from models.job import HEARTBEAT_ID, JobHeartbeat, JobRequest, JobRun, JobStatus
from services.audit import record_audit
from services.job_plan import keep_timetables
from services.jobs import beat, begin_run, end_run
from tests.demo_site import Page
from tests.logins import log_in

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def read(app, address: str, *roles: str, language: str = "en") -> Page:
    answer = log_in(app.test_client(), app, *(roles or ("administrator",))).get(
        address, headers={"Accept-Language": language}
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return Page(answer.get_data(as_text=True))


@pytest.fixture
def trail(engines):
    with engines.write_session() as session:
        for place in range(60):
            record_audit(
                session, actor="ana", action="search" if place % 2 else "directive_set", subject_type="patient",
                subject_key=f"P{place}", details={"before": {"abo": "A"}, "after": {"abo": "<b>O</b>"}}, now=NOW,
            )  # fmt: skip
    return engines


def test_the_trail_is_shown_in_words_newest_first(app, trail):
    page = read(app, "/admin/audit")
    rows = [element.text for element in page.all("tr")][1:]
    assert len(rows) == 50
    assert rows[0].startswith("60 ")
    assert "searched donors" in rows[0]
    assert "patient P59" in rows[0]
    assert "abo A → <b>O</b>" in rows[0]
    assert "page 1 of 2" in page.html
    assert "a cherché des donneurs" in read(app, "/admin/audit", language="fr").html


def test_the_trail_is_searched_and_its_pages_keep_the_search(app, trail):
    page = read(app, "/admin/audit?actor=ana&action=search&from_on=2026-11-22&until_on=2026-11-22")
    assert "30 rows" in page.one("caption").text
    assert page.one("option", value="search", selected="").text == "searched donors"
    every = read(app, "/admin/audit?actor=ana")
    assert every.one("a", rel="next").attributes["href"] == "/admin/audit?page=2&actor=ana"
    assert "No row is like that." in read(app, "/admin/audit?subject=NOBODY").html
    assert "1 row" in read(app, "/admin/audit?subject=p59").one("caption").text
    words = read(app, "/admin/audit?words=%3CB%3Eo")
    assert words.one("a", rel="next").attributes["href"] == "/admin/audit?page=2&words=%3CB%3Eo"
    assert words.one("input", id="words").attributes["value"] == "<B>o"
    assert "No row is like that." in read(app, "/admin/audit?words=nothing").html


@pytest.mark.parametrize("query", ["from_on=yesterday", "page=0", "subject=" + "x" * 200])
def test_a_search_that_cannot_be_read_is_said(app, query):
    assert log_in(app.test_client(), app, "administrator").get(f"/admin/audit?{query}").status_code == 400


def test_an_action_this_program_does_not_know_is_shown_as_written(app, engines):
    with engines.write_session() as session:
        record_audit(
            session, actor="x", action="future_deed", subject_type="thing", subject_key="1", details={}, now=NOW
        )
    page = read(app, "/admin/audit")
    assert "future_deed" in page.one("tbody").text


def test_the_trail_is_verified_and_that_is_recorded(app, trail):
    client = log_in(app.test_client(), app, "administrator")
    page = Page(
        client.post("/admin/audit/verify", follow_redirects=True, headers={"Accept-Language": "en"}).get_data(
            as_text=True
        )
    )
    assert "The audit trail is whole: 60 rows." in page.one("div", class_="flashes").text
    with trail.read_session() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "audit_verified")).one()
    assert event.details == {"rows": 60, "fault": None, "row": None}


def test_a_broken_trail_is_said_with_its_row(app, trail):
    with trail.write.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_event_no_update"))
        connection.execute(text("UPDATE audit_event SET actor = 'eve' WHERE id = 7"))
    client = log_in(app.test_client(), app, "administrator")
    answer = client.post("/admin/audit/verify", follow_redirects=True, headers={"Accept-Language": "en"})
    assert "row 7 was altered" in answer.get_data(as_text=True)


def test_the_trail_is_exported_and_that_is_recorded(app, trail):
    client = log_in(app.test_client(), app, "administrator")
    answer = client.get("/admin/audit/export.csv?action=search")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-2026-11-22.csv"'
    table = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert len(table) == 30
    assert {row["action"] for row in table} == {"search"}
    with trail.read_session() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "audit_exported")).one()
    assert event.details == {"rows": 30, "filter": {"action": "search"}}


def test_the_jobs_are_shown_with_their_faults_in_words(app, engines):
    with engines.write_session() as session:
        for status in JobStatus:
            fault = "disk_full" if status is JobStatus.FAILED else None
            row = JobRequest(
                id=status.value, kind="import", status=status, requested_by="ana", requested_at=NOW, done=1000,
                total=2000, fault_code=fault,
            )  # fmt: skip
            session.add(row)
        session.add(JobRun(job="tidy", local_day=NOW.date(), status=JobStatus.DONE, started_at=NOW, finished_at=NOW))
        session.add(JobHeartbeat(id=HEARTBEAT_ID, at=NOW - timedelta(seconds=20), host="h", pid=1))
    page = read(app, "/admin/jobs")
    assert "alive" in page.html
    assert "1,000 / 2,000" in page.html
    assert "The disk is full" in page.html
    assert {"waiting", "running", "done", "failed"} <= {element.text for element in page.rows("chip")}


def test_a_failed_run_stands_first_and_can_be_tried_again(app, engines):
    with engines.write_session() as session:
        for day, fault in ((0, None), (1, "job_failed")):
            run = JobRun(
                job="clean_up", local_day=NOW.date() - timedelta(days=day), started_at=NOW, finished_at=NOW,
                status=JobStatus.FAILED if fault else JobStatus.DONE, fault_code=fault, first_fault_code=fault,
                fault_kind=fault and "KeyError",
            )  # fmt: skip
            session.add(run)
        session.flush()
        failed = run.id
    page = read(app, "/admin/jobs")
    assert page.html.index("KeyError") < page.html.index("22 Nov 2026</th>")
    address = f"/admin/jobs/runs/{failed}/attempt"
    assert page.html.count("/attempt") == 1
    administrator = log_in(app.test_client(), app, "administrator")
    assert log_in(app.test_client(), app, "coordinator").post(address).status_code == 403
    assert (administrator.post(address).status_code, administrator.post(address).status_code) == (303, 409)
    assert administrator.post("/admin/jobs/runs/999/attempt").status_code == 404
    runtime = app.extensions["phenotheque"]
    assert do_next(runtime, threading.Event())
    with engines.read_session() as session:
        run = session.get_one(JobRun, failed)
        assert (run.status, run.attempts, run.first_fault_code) == (JobStatus.DONE, 2, "job_failed")
        [asked] = session.exec(select(JobRequest)).all()
        assert (asked.status, asked.requested_by != "jobs") == (JobStatus.DONE, True)
    assert administrator.post(address).status_code == 409


def put_days(engines) -> None:
    """Two jobs listed on Thursday: one failed on Friday and has no run of Saturday, the other ran each day till then."""
    with engines.write_session() as session:
        keep_timetables(
            session,
            {"clean_up": Timetable(time(5)), "rare_donors": Timetable(time(5), frozenset({3}), Missed.EACH)},
            today=date(2026, 11, 19),
        )
        for job, day, fault in (
            ("clean_up", 19, None),
            ("rare_donors", 19, None),
            ("clean_up", 20, "disk_full"),
            ("clean_up", 22, None),
        ):
            run = begin_run(session, job, local_day=date(2026, 11, day), now=NOW)
            end_run(session, run.id, now=NOW, fault=fault)


def test_the_page_of_jobs_tells_what_failed_what_is_missing_what_is_under_way_and_what_comes(app, engines):
    put_days(engines)
    with engines.write_session() as session:
        begin_run(session, "find_duplicates", local_day=NOW.date(), now=NOW)
        beat(session, host="hematology", pid=4711, now=NOW - timedelta(minutes=2))
    page = " ".join(read(app, "/admin/jobs").html.split())
    for words in (
        "The disk is full",
        "Without a run on 21 Nov 2026: nightly clean-up.",
        "flask jobs run clean_up --on 2026-11-21",
        "hematology",
        "4711",
        "2 min",
        "<dd>nightly look for donors registered twice</dd>",
        "each is made up",
        "<td>Thursday</td>",
        "26 Nov 2026 05:00",
        "23 Nov 2026 05:00",
    ):
        assert words in page, words
    assert page.index("To look at") < page.index("Jobs process") < page.index("Daily jobs") < page.index("Last daily")
    assert "made up for" not in page
    with engines.write_session() as session:
        run = session.exec(select(JobRun).where(JobRun.local_day == NOW.date(), JobRun.job == "clean_up")).one()
        run.details = {"missed_days": ["2026-11-21"]}
    later = " ".join(read(app, "/admin/jobs").html.split())
    assert ("Without a run" in later, "made up for 21 Nov 2026" in later) == (False, True)
    french = " ".join(read(app, "/admin/jobs", language="fr").html.split())
    assert "a remplacé celle du 21/11/2026" in french


def test_the_first_page_of_an_administrator_tells_of_failed_and_missing_runs(app, engines):
    assert "Daily jobs" not in read(app, "/").html
    put_days(engines)
    page = " ".join(read(app, "/").html.split())
    assert "1 run failed" in page
    assert "1 run never came" in page
    assert "1 run failed" not in read(app, "/", "coordinator").html


def test_a_silent_jobs_process_is_said(app, engines):
    assert "has never run here" in read(app, "/admin/jobs").html
    with engines.write_session() as session:
        session.add(JobHeartbeat(id=HEARTBEAT_ID, at=NOW - timedelta(hours=2), host="h", pid=1))
    assert "The jobs process is silent" in read(app, "/admin/jobs").html


def test_references_show_versions_dates_values_and_sources(app):
    page = read(app, "/admin/references", "scientist")
    assert "core-1" in page.html
    assert "rodey-1, ucla-1" in page.html
    assert "from 2 Apr 2020" in page.html
    assert "min_age_years" in page.html
    assert "to confirm" in page.html
    assert "identity-first-1" in page.html
    assert "NOR SSAP1936572A" in page.html


@pytest.mark.parametrize("role", ["searcher", "coordinator", "laboratory", "reader"])
def test_administration_is_closed_to_the_others(app, role):
    client = log_in(app.test_client(), app, role)
    for address in ("/admin/audit", "/admin/audit/export.csv", "/admin/jobs", "/admin/references"):
        assert client.get(address).status_code == 403, address
    assert client.post("/admin/audit/verify").status_code == 403
