"""What the jobs process was asked for and did, and another attempt of what failed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.job_attempts import ask_for_attempt
from services.job_list import find_heartbeat, list_requests, list_runs
from services.wording.catalogue import sentence
from views.access import needs
from views.language import current_locale
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.running import actor, now, runtime

blueprint = Blueprint("admin_jobs", __name__, url_prefix="/admin/jobs")


@blueprint.get("")
@needs(Permission.ADMINISTER)
def index() -> str:
    """The sign of life of the jobs process, what was asked for, and the last scheduled runs."""
    page = parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        requests, total = list_requests(session, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        beat, runs = find_heartbeat(session, now=now()), list_runs(session, limit=PAGE_SIZE)
    shown = {"page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _page_address}
    return render_template("admin/jobs.html", requests=requests, total=total, beat=beat, runs=runs, **shown)


@blueprint.post("/runs/<int:run_id>/attempt")
@needs(Permission.ADMINISTER)
def attempt(run_id: int) -> Response:
    """Ask for another attempt of a daily run that failed."""
    with runtime().engines.write_session() as session:
        ask_for_attempt(session, run_id, actor=actor(), now=now())
    flash(sentence("job_attempt_asked", {}, current_locale()))
    return redirect(url_for("admin_jobs.index"), 303)


def _page_address(page: int) -> str:
    return url_for("admin_jobs.index", page=page)
