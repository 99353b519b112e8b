"""The first page after logging in: what needs me today."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from sqlmodel import Session

from services.accounts.permissions import Permission
from services.allocation.overriding import overrides_to_decide
from services.autologous.due import list_alerts
from services.campaigns.due import due_campaigns
from services.duplicates.reviewing import count_waiting
from services.home import (
    MOST_SHOWN,
    Today,
    due_calls,
    due_directives,
    expiring_holds,
    failed_jobs,
    has_patients,
    lost_reservations,
    registry_size,
    silent_jobs_process,
    today,
    waiting_uploads,
)
from services.job_health import find_job_health
from services.notifications.listing import count_unsent
from services.rare_donors.file import rare_alert_counts
from services.rare_donors.listing import rare_entries
from services.recalls.listing import heaps_of, work_items
from services.requests import list_open_requests
from services.standing_searches.listing import changed_today
from views import upload_flow
from views.access import logged_in
from views.rare_donors.pages import seen
from views.reservations.asked import timing
from views.running import local_now, now, person, runtime

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@logged_in
def show() -> str:
    """What needs the person today, by what they may do."""
    moment = today(now(), ZoneInfo(runtime().settings.timezone))
    with runtime().engines.read_session() as session:
        parts = _parts(session, moment)
        size, known = registry_size(session), has_patients(session)
    quiet = not any(parts.values())
    return render_template("home/show.html", parts=parts, quiet=quiet, size=size, has_patients=known, moment=moment)


def _parts(session: Session, moment: Today) -> dict[str, Any]:
    """The lists of this person; an empty one needs nothing."""
    may, parts = person().may, dict[str, Any]()
    rare = rare_entries(session, **seen()) if may(Permission.RUN_CAMPAIGNS) else None
    parts["todo"] = heaps_of(work_items(session, may, timing(), rare=rare))
    if may(Permission.SEE_PATIENTS):
        parts["requests"], parts["open_requests"] = list_open_requests(session, limit=MOST_SHOWN)
        parts["directives"], parts["due_directives"] = due_directives(session, moment)
        parts["overrides"] = overrides_to_decide(session, by=person())
        parts["standing"] = changed_today(session, on=moment.on)
        parts["autologous"] = list_alerts(session, timing())
    if may(Permission.RESERVE) or may(Permission.CALL_DONORS):
        parts["lost"] = lost_reservations(session, moment)
    if may(Permission.SEE_RESERVATIONS):
        parts["holds"] = expiring_holds(session, moment)
    if may(Permission.CALL_DONORS):
        parts["calls"], parts["due_calls"] = due_calls(session, moment)
    if may(Permission.RUN_CAMPAIGNS):
        parts["campaigns"] = due_campaigns(session, timing())
        parts["rare"] = rare_alert_counts(rare or (), moment.on)
    if may(Permission.RESOLVE_DUPLICATES):
        parts["duplicates"] = count_waiting(session)
    if may(Permission.IMPORT_FILES):
        parts["uploads"] = waiting_uploads(session, upload_flow.my_kinds())
    if may(Permission.ADMINISTER):
        parts["jobs"] = find_job_health(session, local=local_now())
        parts["silent"] = silent_jobs_process(session, moment)
        parts["unsent"] = count_unsent(session, now=moment.now)
    if may(Permission.ADMINISTER) or may(Permission.IMPORT_FILES):
        mine = None if may(Permission.ADMINISTER) else person().login
        parts["failed"] = failed_jobs(session, moment, requested_by=mine)
    return parts
