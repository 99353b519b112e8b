"""What the jobs process was asked for and did, and another attempt of what failed."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from models.job import JobRun
from services.accounts.permissions import Permission
from services.job_attempts import ask_for_attempt
from services.job_health import find_job_health, list_daily, list_failed, list_under_way
from services.job_list import find_heartbeat, list_requests, list_runs
from services.job_plan import list_timetables
from services.job_telling import left_out_line, missed_line
from services.job_words import say_age, say_days
from services.wording.catalogue import sentence
from views.access import needs
from views.language import current_locale
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.running import actor, local_now, now, runtime

blueprint = Blueprint("admin_jobs", __name__, url_prefix="/admin/jobs")


@blueprint.get("")
@needs(Permission.ADMINISTER)
def index() -> str:
    """What failed, the jobs process and what it does now, the daily jobs, what was asked for, and the last runs."""
    page = parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        requests, total = list_requests(session, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        state, runs = _state(session), list_runs(session, limit=PAGE_SIZE)
    shown = {"page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _page_address}
    return render_template("admin/jobs.html", requests=requests, total=total, runs=runs, **state, **shown)


@blueprint.post("/runs/<int:run_id>/attempt")
@needs(Permission.ADMINISTER)
def attempt(run_id: int) -> Response:
    """Ask for another attempt of a daily run that failed."""
    with runtime().engines.write_session() as session:
        ask_for_attempt(session, run_id, actor=actor(), now=now())
    flash(sentence("job_attempt_asked", {}, current_locale()))
    return redirect(url_for("admin_jobs.index"), 303)


def _state(session: Session) -> dict[str, Any]:
    """The jobs process, what it works on, what it lists, and what an administrator has to look at."""
    here = local_now()
    beat, health = find_heartbeat(session, now=now()), find_job_health(session, local=here)
    daily = list_daily(session, list_timetables(session), local=here)
    under_way = [row.job if isinstance(row, JobRun) else row.kind for rows in list_under_way(session) for row in rows]
    lines = {"missed_line": missed_line, "left_out_line": left_out_line, "say_days": say_days}
    return {
        "beat": beat,
        "beat_age": say_age(beat.at, here, current_locale()) if beat.at else None,
        "daily": daily,
        "under_way": under_way,
        "failed": list_failed(session, first=date.min),
        "missed": health.missed,
        "here": here,
        "locale": current_locale(),
        **lines,
    }


def _page_address(page: int) -> str:
    return url_for("admin_jobs.index", page=page)
