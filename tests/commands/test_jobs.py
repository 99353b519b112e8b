"""`flask jobs`: what was asked for, and whether somebody is there to do it."""

import json
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

from sqlmodel import select

from domain.timetable import Missed
from jobs import daily
from jobs.daily import DAILY, DailyJob, post_list
from models.job import JobTimetable
from services.jobs import ask_for_job, beat, beat_beside, begin_run, end_run


def test_nothing_yet(runner):
    shown = runner.invoke(args=["jobs", "list"]).stdout
    assert all(words in shown for words in ("Nothing was asked", *DAILY, "every day", "due now"))
    status = runner.invoke(args=["jobs", "status"])
    assert (status.exit_code, "No jobs process has run here yet" in status.stdout) == (1, True)


def test_what_was_asked_for_and_a_sign_of_life(runner, app, engines, now, today):
    with engines.write_session() as session:
        ask_for_job(session, kind="import.check", params={}, actor="lab", now=now)
        run = begin_run(session, "clean_up", local_day=today, now=now)
        end_run(session, run.id, now=now, fault="job_failed")
    beat_beside(Path(app.extensions["phenotheque"].settings.instance_path), now=now)
    shown = runner.invoke(args=["jobs", "list"])
    assert all(words in shown.stdout for words in ("check of a file", "waiting", "lab", "nightly clean-up", "failed"))
    answer = json.loads(runner.invoke(args=["jobs", "list", "--format", "json"]).stdout)
    assert (answer["jobs"][0]["kind"], answer["runs"][0]["fault_code"]) == ("import.check", "job_failed")
    status = runner.invoke(args=["jobs", "status", "--format", "json"])
    assert (status.exit_code, json.loads(status.stdout)["waiting"]) == (0, 1)


def test_a_job_by_hand_runs_once_and_again_where_asked(runner, today):
    first = runner.invoke(args=["jobs", "run", "clean_up", "--format", "json"])
    answer = json.loads(first.stdout)
    assert (first.exit_code, answer["status"], answer["local_day"]) == (0, "done", today.isoformat())
    second = runner.invoke(args=["jobs", "run", "clean_up"])
    assert (second.exit_code, "--again" in second.stderr) == (1, True)
    third = runner.invoke(args=["jobs", "run", "clean_up", "--again", "--format", "json"])
    assert (third.exit_code, json.loads(third.stdout)["attempts"]) == (0, 2)


def test_a_job_by_hand_that_fails_is_exit_one_and_bad_words_are_two(runner, monkeypatch):
    monkeypatch.setitem(DAILY, "clean_up", DailyJob(time(5), lambda _runtime, _on: 1 / 0))
    failed = runner.invoke(args=["jobs", "run", "clean_up", "--format", "json"])
    assert (failed.exit_code, json.loads(failed.stdout)["fault_kind"]) == (1, "ZeroDivisionError")
    unknown = runner.invoke(args=["jobs", "run", "coffee"])
    assert (unknown.exit_code, "is no daily job" in unknown.stderr) == (2, True)
    assert runner.invoke(args=["jobs", "run", "clean_up", "--on", "yesterday"]).exit_code == 2
    ahead = runner.invoke(args=["jobs", "run", "clean_up", "--on", "2999-01-01"])
    assert (ahead.exit_code, "has not come" in ahead.stderr) == (1, True)


def test_the_list_tells_when_each_job_runs(runner, monkeypatch, now):
    monkeypatch.setitem(
        DAILY, "clean_up", DailyJob(time(6, 30), lambda _runtime, _on: {}, frozenset({2, 3}), Missed.EACH)
    )
    runner.invoke(args=["jobs", "run", "rare_donors"])
    daily = {
        row["name"]: row for row in json.loads(runner.invoke(args=["jobs", "list", "--format", "json"]).stdout)["daily"]
    }
    assert list(daily) == list(DAILY)
    row = daily["clean_up"]
    assert (row["at"], row["on_days"], row["missed"], row["last"]) == ("06:30", ["wed", "thu"], "each", None)
    assert row["next"] == "2026-11-25T06:30:00+01:00"  # from Sunday the 22nd
    assert (daily["rare_donors"]["last"]["status"], daily["rare_donors"]["next"][:10]) == ("done", "2026-11-23")
    assert "Wednesday, Thursday" in runner.invoke(args=["jobs", "list"]).stdout


def test_the_state_tells_who_lives_where_what_failed_and_what_is_missing(runner, app, engines, now, today):
    post_list(app.extensions["phenotheque"])
    before = today - timedelta(days=2)
    with engines.write_session() as session:
        for row in session.exec(select(JobTimetable)):
            row.listed_on = before
        for day in (before, today - timedelta(days=1), today):
            for job in DAILY:
                if (job, day) != ("rare_donors", before):
                    fault = "disk_full" if (job, day) == ("clean_up", before) else None
                    end_run(session, begin_run(session, job, local_day=day, now=now).id, now=now, fault=fault)
        begin_run(session, "clean_up", local_day=today, now=now, again=True)
        beat(session, host="hematology", pid=4711, now=now - timedelta(seconds=20))
    answer = json.loads(runner.invoke(args=["jobs", "status", "--format", "json"]).stdout)
    assert (answer["alive"], answer["host"], answer["pid"], answer["seconds"]) == (True, "hematology", 4711, 20)
    assert [(run["job"], run["fault_code"]) for run in answer["failed"]] == [("clean_up", "disk_full")]
    assert answer["missed"] == [{"job": "rare_donors", "days": [before.isoformat()]}]
    assert answer["under_way"] == ["clean_up"]
    shown = runner.invoke(args=["jobs", "status"]).stdout
    assert all(
        words in shown for words in ("hematology", "4711", "Failed on 20 Nov 2026", "Without a run on 20 Nov 2026")
    )


def test_days_are_simulated_once_and_what_cannot_be_is_refused(runner, app, monkeypatch):
    seen = []
    jobs = {
        "every": DailyJob(time(5), lambda runtime, on: seen.append((on, runtime.today(), f"{runtime.now():%H}")) or {}),
        "mondays": DailyJob(time(6), lambda _runtime, _on: {}, frozenset({0})),
    }
    monkeypatch.setattr(daily, "DAILY", jobs)

    def simulate(first, last, *more):
        return runner.invoke(args=["jobs", "simulate", "--from", first, "--to", last, *more])

    answer = json.loads(simulate("2026-10-24", "2026-10-26", "--format", "json").stdout)
    assert (answer["made"], answer["failed"], answer["already"]) == (4, 0, 0)
    assert seen == [(date(2026, 10, n), date(2026, 10, n), hour) for n, hour in ((24, "03"), (25, "04"), (26, "04"))]
    again = simulate("2026-10-24", "2026-10-26")
    assert (again.exit_code, "0 done, 0 failed, 2 had their run already" in again.stdout, len(seen)) == (0, True, 3)
    jobs["every"] = DailyJob(time(5), lambda _runtime, _on: 1 / 0)
    assert simulate("2026-10-27", "2026-10-27").exit_code == 1
    refused = {
        ("2026-10-02", "2026-10-01"): (2, "comes before"),
        ("2026-10-02", "soon"): (2, "soon"),
        ("2026-10-02", "2028-10-01"): (2, "400 days"),
    }
    for days, (code, words) in refused.items():
        found = simulate(*days)
        assert (found.exit_code, words in found.stderr) == (code, True)
    held = app.extensions["phenotheque"]
    production = held.settings.model_copy(update={"environment": "production"})
    app.extensions["phenotheque"] = replace(held, settings=production)
    found = simulate("2026-10-01", "2026-10-02")
    assert (found.exit_code, "simulate on a copy" in found.stderr) == (1, True)
