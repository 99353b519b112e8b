"""`flask jobs`: what was asked for, and whether somebody is there to do it."""

import json
from datetime import time
from pathlib import Path

from jobs.daily import DAILY, DailyJob
from services.jobs import ask_for_job, beat_beside, begin_run, end_run


def test_nothing_yet(runner):
    assert "Nothing was asked" in runner.invoke(args=["jobs", "list"]).stdout
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
