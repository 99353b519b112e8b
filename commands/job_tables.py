"""How `flask jobs` shows rows: as values for JSON, as tables for a person."""

from collections.abc import Sequence
from typing import Any

import click

from commands.common import locale, runtime
from jobs.simulating import SimulatedDay
from models.job import JobRequest, JobRun, JobStatus
from services.job_health import DailyRow
from services.job_words import say_days
from services.wording.catalogue import messages, sentence
from services.wording.formats import format_date, format_moment

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def daily_values(row: DailyRow) -> dict[str, object]:
    """A daily job of the list."""
    return {
        "name": row.job,
        "meaning": job_words(row.job),
        "at": f"{row.timetable.at:%H:%M}",
        "on_days": [WEEKDAYS[n] for n in sorted(row.timetable.on_days)],
        "missed": row.timetable.missed.value,
        "last": run_values(row.last) if row.last else None,
        "next": row.next_at,
    }


def simulated_values(day: SimulatedDay) -> dict[str, Any]:
    """A simulated day with its runs."""
    return {"day": day.day, "runs": [run_values(run) for run in day.runs], "already": day.already}


def request_values(row: JobRequest) -> dict[str, object]:
    """A piece of work asked for."""
    names = ("id", "kind", "requested_by", "requested_at", "started_at", "finished_at", "done", "total", "fault_code")
    return {"status": row.status.value, **{name: getattr(row, name) for name in names}}


def run_values(row: JobRun) -> dict[str, object]:
    """A daily run."""
    names = (
        "job", "local_day", "started_at", "finished_at", "details", "fault_code", "fault_kind", "attempts",
        "first_fault_code",
    )  # fmt: skip
    return {"status": row.status.value, **{name: getattr(row, name) for name in names}}


def show_daily(rows: Sequence[DailyRow]) -> None:
    """The list of daily jobs with their last and next runs."""
    _print_table(
        "title_daily",
        ("name", "job", "hour", "days", "last_run", "status", "next_run"),
        [
            (
                row.job,
                job_words(row.job),
                f"{row.timetable.at:%H:%M}",
                say_days(row.timetable, locale()),
                format_date(row.last.local_day, locale()) if row.last else "–",
                _state(row.last.status.value, row.last.fault_code) if row.last else "–",
                _next(row),
            )
            for row in rows
        ],
    )


def _next(row: DailyRow) -> str:
    held = runtime()
    if row.next_at <= held.now():
        return said("job_due_now")
    return format_moment(row.next_at, locale(), held.settings.timezone)


def show_simulated(day: SimulatedDay) -> None:
    """A line on a simulated day, as soon as it is over."""
    failed = sum(run.status is JobStatus.FAILED for run in day.runs)
    counts = {"done": len(day.runs) - failed, "failed": failed, "already": day.already}
    click.echo(said("simulated_day", day_on=day.day.isoformat(), **counts))


def show_requests(rows: Sequence[JobRequest]) -> None:
    """The work asked for."""
    _print_table(
        "title_jobs",
        ("job", "status", "asked_at", "asked_by", "ended_at"),
        [
            (
                job_words(row.kind),
                _state(row.status.value, row.fault_code),
                row.requested_at.isoformat(" ", "minutes"),
                row.requested_by,
                row.finished_at.isoformat(" ", "minutes") if row.finished_at else "–",
            )
            for row in rows
        ],
    )


def show_runs(rows: Sequence[JobRun]) -> None:
    """Daily runs and how each ended."""
    _print_table(
        "title_runs",
        ("job", "day", "status"),
        [
            (job_words(row.job), format_date(row.local_day, locale()), _state(row.status.value, row.fault_code))
            for row in rows
        ],
    )


def _print_table(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        return
    table = Table(title=said(title), title_justify="left")
    for heading in headings:
        table.add_column(said(f"heading_{heading}"), overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console(width=200).print(table)


def job_words(kind: str) -> str:
    """What a job means, or its name where this program does not know it."""
    code = f"job.{kind}"
    return said(code) if code in messages() else kind


def _state(status: str, fault: str | None) -> str:
    words = said(f"job_state.{status}")
    return f"{words}: {said(fault)}" if fault else words


def said(code: str, **params: object) -> str:
    """The sentence of a code in the language of the commands."""
    return sentence(code, params, locale())
