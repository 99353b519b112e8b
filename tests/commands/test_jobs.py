"""`flask jobs`: what was asked for, and whether somebody is there to do it."""

import json
from pathlib import Path

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
