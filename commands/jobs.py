"""`flask jobs`: what the jobs process was asked for, whether it lives, and a daily job run by hand."""

from collections.abc import Sequence
from typing import Any

import click
from sqlmodel import Session

from commands.common import DONE, REFUSED, emit_json, locale, phenotheque_command, runtime
from commands.options import FORMAT, on_day
from domain.errors import RefusedByRule
from jobs.daily import run_daily
from models.job import JobRequest, JobRun, JobStatus
from services.job_list import count_unfinished, list_requests, list_runs
from services.jobs import DEAD_AFTER, last_beat
from services.wording.catalogue import messages, sentence
from services.wording.formats import format_date

MOST_SHOWN = 50


@click.group("jobs")
def jobs() -> None:
    """Look at the work of the jobs process."""


@jobs.command("list")
@FORMAT
@phenotheque_command
def list_jobs(form: str) -> None:
    """List the latest work asked for and the latest daily runs."""
    with runtime().engines.read_session() as session:
        requests, total = list_requests(session, limit=MOST_SHOWN)
        runs = list_runs(session, limit=MOST_SHOWN)
    if form == "json":
        emit_json({"total": total, "jobs": [_request(row) for row in requests], "runs": [_run(row) for row in runs]})
    elif not requests and not runs:
        click.echo(_said("jobs_none"))
    else:
        _show_requests(requests)
        _show_runs(runs)


@jobs.command("status")
@FORMAT
@phenotheque_command
def status(form: str) -> int:
    """Tell whether the jobs process lives; exit code 1 where it does not."""
    held = runtime()
    with held.engines.read_session() as session:
        answer = _status(session)
    if form == "json":
        emit_json(answer)
    else:
        click.echo(_said(answer["code"], seconds=answer["seconds"], minutes=(answer["seconds"] or 0) // 60))
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
        emit_json(_run(ended))
    else:
        _show_runs([ended])
    return REFUSED if ended.status is JobStatus.FAILED else DONE


def _status(session: Session) -> dict[str, Any]:
    held = runtime()
    last = last_beat(session, held.settings.instance_path)
    seconds = None if last is None else max(0, int((held.now() - last).total_seconds()))
    alive = seconds is not None and seconds < DEAD_AFTER.total_seconds()
    code = "jobs_never" if seconds is None else "jobs_alive" if alive else "jobs_dead"
    return {"alive": alive, "at": last, "seconds": seconds, "waiting": count_unfinished(session), "code": code}


def _request(row: JobRequest) -> dict[str, object]:
    names = ("id", "kind", "requested_by", "requested_at", "started_at", "finished_at", "done", "total", "fault_code")
    return {"status": row.status.value, **{name: getattr(row, name) for name in names}}


def _run(row: JobRun) -> dict[str, object]:
    names = (
        "job", "local_day", "started_at", "finished_at", "details", "fault_code", "fault_kind", "attempts",
        "first_fault_code",
    )  # fmt: skip
    return {"status": row.status.value, **{name: getattr(row, name) for name in names}}


def _show_requests(rows: Sequence[JobRequest]) -> None:
    _print_table(
        "title_jobs",
        ("job", "status", "asked_at", "asked_by", "ended_at"),
        [
            (
                _kind(row.kind),
                _state(row.status.value, row.fault_code),
                row.requested_at.isoformat(" ", "minutes"),
                row.requested_by,
                row.finished_at.isoformat(" ", "minutes") if row.finished_at else "–",
            )
            for row in rows
        ],
    )


def _show_runs(rows: Sequence[JobRun]) -> None:
    _print_table(
        "title_runs",
        ("job", "day", "status"),
        [
            (_kind(row.job), format_date(row.local_day, locale()), _state(row.status.value, row.fault_code))
            for row in rows
        ],
    )


def _print_table(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        return
    table = Table(title=_said(title), title_justify="left")
    for heading in headings:
        table.add_column(_said(f"heading_{heading}"), overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console(width=200).print(table)


def _kind(kind: str) -> str:
    code = f"job.{kind}"
    return _said(code) if code in messages() else kind


def _state(status: str, fault: str | None) -> str:
    words = _said(f"job_state.{status}")
    return f"{words}: {_said(fault)}" if fault else words


def _said(code: str, **params: object) -> str:
    return sentence(code, params, locale())
