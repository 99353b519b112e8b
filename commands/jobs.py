"""`flask jobs`: the daily jobs and when they run, whether somebody is there to run them, and one run by hand."""

from collections.abc import Sequence
from typing import Any

import click
from sqlmodel import Session

from commands.common import DONE, REFUSED, emit_json, phenotheque_command, runtime
from commands.job_tables import (
    daily_values,
    job_words,
    request_values,
    run_values,
    said,
    show_daily,
    show_requests,
    show_runs,
    show_simulated,
    simulated_values,
)  # fmt: skip
from commands.options import FORMAT, local_now, on_day
from domain.errors import RefusedByRule
from jobs.daily import run_daily, timetables
from jobs.simulating import simulate
from models.job import JobStatus
from services.job_health import JobHealth, find_job_health, list_daily, list_under_way
from services.job_list import count_unfinished, find_heartbeat, list_requests, list_runs
from services.job_telling import failed_line, missed_line
from services.jobs import DEAD_AFTER, last_beat
from services.subscriptions.news import Line

MOST_SHOWN = 50


@click.group("jobs")
def jobs() -> None:
    """Look at the work of the jobs process, or do some of it by hand."""


@jobs.command("list")
@FORMAT
@phenotheque_command
def list_jobs(form: str) -> None:
    """List the daily jobs with their last and next runs, the latest work asked for and the latest daily runs."""
    with runtime().engines.read_session() as session:
        daily = list_daily(session, timetables(), local=local_now())
        requests, total = list_requests(session, limit=MOST_SHOWN)
        runs = list_runs(session, limit=MOST_SHOWN)
    if form == "json":
        values = {"daily": [daily_values(row) for row in daily], "jobs": [request_values(row) for row in requests]}
        emit_json({**values, "total": total, "runs": [run_values(row) for row in runs]})
        return
    show_daily(daily)
    if not requests and not runs:
        click.echo(said("jobs_none"))
    show_requests(requests)
    show_runs(runs)


@jobs.command("status")
@FORMAT
@phenotheque_command
def status(form: str) -> int:
    """Tell whether the jobs process lives, what failed and what waits; exit code 1 where it does not live."""
    with runtime().engines.read_session() as session:
        health = find_job_health(session, local=local_now())
        answer = _status(session, health)
    if form == "json":
        emit_json(answer)
    else:
        _show_status(answer, [*map(failed_line, health.failed), *map(missed_line, health.missed)])
    return DONE if answer["alive"] else REFUSED


@jobs.command("run")
@click.argument("name")
@click.option("--on", "on_text", metavar="DATE", help="Day whose run it is, YYYY-MM-DD (default: today).")
@click.option("--again", is_flag=True, help="Try again what was run or failed on that day.")
@FORMAT
@phenotheque_command
def run(name: str, on_text: str | None, again: bool, form: str) -> int:
    """Run a daily job now, once for a day; exit code 1 where it fails or has its run of that day."""
    day = on_day(on_text)
    ended = run_daily(runtime(), name, on=day, again=again)
    if ended is None:
        raise RefusedByRule("job_ran_already", day=day.isoformat())
    if form == "json":
        emit_json(run_values(ended))
    else:
        show_runs([ended])
    return REFUSED if ended.status is JobStatus.FAILED else DONE


@jobs.command("simulate")
@click.option("--from", "first_text", metavar="DATE", required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "last_text", metavar="DATE", required=True, help="Last day, YYYY-MM-DD.")
@FORMAT
@phenotheque_command
def simulate_days(first_text: str, last_text: str, form: str) -> int:
    """Live days in a row on this instance with a moved clock, each job once a day; never in production.

    What has its run of a day is left. Exit code 1 where a run failed or a rule refuses, 2 for days that cannot be read.
    """
    days = []
    for day in simulate(runtime(), on_day(first_text), on_day(last_text)):
        days.append(day)
        if form == "table":
            show_simulated(day)
    runs = [run for day in days for run in day.runs]
    failed = [run for run in runs if run.status is JobStatus.FAILED]
    if form == "json":
        counts = {"made": len(runs), "failed": len(failed), "already": sum(day.already for day in days)}
        emit_json({**counts, "days": [simulated_values(day) for day in days]})
    else:
        show_runs(failed)
    return REFUSED if failed else DONE


def _status(session: Session, health: JobHealth) -> dict[str, Any]:
    held = runtime()
    last, beat = last_beat(session, held.settings.instance_path), find_heartbeat(session, now=held.now())
    seconds = None if last is None else max(0, int((held.now() - last).total_seconds()))
    alive = seconds is not None and seconds < DEAD_AFTER.total_seconds()
    runs, asked = list_under_way(session)
    return {
        "alive": alive,
        "at": last,
        "seconds": seconds,
        "host": beat.host,
        "pid": beat.pid,
        "waiting": count_unfinished(session),
        "under_way": [*(run.job for run in runs), *(job.kind for job in asked)],
        "failed": [run_values(run) for run in health.failed],
        "missed": [{"job": one.job, "days": one.days} for one in health.missed],
        "code": "jobs_never" if seconds is None else "jobs_alive" if alive else "jobs_dead",
    }


def _show_status(answer: dict[str, Any], lines: Sequence[Line]) -> None:
    seconds = answer["seconds"]
    click.echo(said(answer["code"], seconds=seconds, minutes=(seconds or 0) // 60))
    if answer["pid"] is not None:
        click.echo(said("jobs_where", host=answer["host"], pid=str(answer["pid"])))
    if answer["waiting"]:
        click.echo(said("jobs_waiting", waiting=answer["waiting"]))
    for job in answer["under_way"]:
        click.echo(said("job_under_way", what=job_words(job)))
    for line in lines:
        click.echo(said(line.code, **line.params))
