"""The directives under watch: all of them, one patient's changes, and watching or no longer."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.list_change import Change
from services.accounts.permissions import Permission
from services.standing_searches.keeping import KEPT_DAYS
from services.standing_searches.listing import list_ended, list_searches, open_search_file, watch_state
from services.standing_searches.rows import MOST_KEPT
from services.standing_searches.watching import stop_watching, watch_patient
from views.access import needs
from views.reservations.asked import parse_day, parse_version
from views.running import actor, now, runtime
from views.shown import said

blueprint = Blueprint("standing_searches", __name__)


@blueprint.get("/standing-searches")
@needs(Permission.SEE_PATIENTS)
def index() -> str:
    """The directives under watch, with what their last look found, and those that ended last."""
    with runtime().engines.read_session() as session:
        watched, ended = list_searches(session), list_ended(session)
    return render_template("standing_searches/index.html", watched=watched, ended=ended)


@blueprint.get("/standing-searches/<patient>")
@needs(Permission.SEE_PATIENTS)
def show(patient: str) -> str:
    """One patient's standing search: the changes of one look donor by donor, and the looks before."""
    day = parse_day(request.args.get("day"))
    with runtime().engines.read_session() as session:
        file, watched = open_search_file(session, number=patient, day=day), watch_state(session, number=patient)
    shown = {"changes": tuple(Change), "most": MOST_KEPT, "kept_days": KEPT_DAYS}
    return render_template("standing_searches/show.html", file=file, watched=watched, **shown)


@blueprint.post("/standing-searches/<patient>/watch")
@needs(Permission.WRITE_DIRECTIVES)
def watch(patient: str) -> Response:
    """Put the patient's directive under watch."""
    with runtime().engines.write_session() as session:
        watch_patient(session, number=patient, actor=actor(), now=now())
    flash(said("standing_begun", {"patient": patient}))
    return redirect(url_for("workbench.show", patient=patient), 303)


@blueprint.post("/standing-searches/<patient>/stop")
@needs(Permission.WRITE_DIRECTIVES)
def stop(patient: str) -> Response:
    """End the patient's standing search."""
    asked = {"number": patient, "version": parse_version(request.form.get("version", ""))}
    with runtime().engines.write_session() as session:
        stop_watching(session, **asked, actor=actor(), on=runtime().today(), now=now())
    flash(said("standing_stopped", {"patient": patient}))
    return redirect(url_for("standing_searches.index"), 303)
