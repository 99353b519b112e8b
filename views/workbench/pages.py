"""The search workbench of one patient, why a donor stands where they stand, and donors side by side."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.donor_page import compare_donors, open_explanation
from services.eplets.serum import open_serum_eplets
from services.standing_searches.listing import watch_state
from services.wanted import Wanted
from views.access import needs
from views.language import current_locale, place
from views.running import person, runtime, snapshots
from views.workbench.comparison import comparison_context
from views.workbench.context import workbench_context
from views.workbench.criteria import parse_criteria
from views.workbench.explanation import eplets_context, explanation_context
from views.workbench.opening import open_asked

blueprint = Blueprint("workbench", __name__)


@blueprint.get("/patients/<patient>")
@needs(Permission.SEE_PATIENTS)
def show(patient: str) -> tuple[str, int]:
    """The search workbench of one patient; what the address asks for and cannot be had is said, and left out."""
    with runtime().engines.read_session() as session:
        opened = open_asked(session, patient, request.args)
        watched = watch_state(session, number=patient)
    page = render_template("workbench/show.html", watched=watched, **workbench_context(opened))
    return page, 400 if opened.faults else 200


@blueprint.get("/patients/<patient>/why")
@needs(Permission.SEE_PATIENTS)
def why_donor(patient: str) -> Response:
    """Leads from a typed donor number to the page that explains it."""
    query = request.args.to_dict()
    number = query.pop("donor", "").strip() or "?"
    return redirect(url_for("workbench.donor", patient=patient, donor=number, **query), 303)


@blueprint.get("/patients/<patient>/donors/<donor>")
@needs(Permission.SEE_PATIENTS)
def donor(patient: str, donor: str) -> str:
    """Why this donor is compatible, possible, not evaluable or blocked."""
    wanted = _wanted()
    seen = {**place(), "with_ancestry": person().may(Permission.MANAGE_CONSENT)}
    with runtime().engines.read_session() as session:
        asked = {"patient_number": patient, "donor_number": donor, "wanted": wanted}
        answer = open_explanation(session, snapshots(), **asked, **seen)
    return render_template("workbench/donor.html", **explanation_context(answer, wanted))


@blueprint.get("/patients/<patient>/eplets")
@needs(Permission.SEE_PATIENTS)
def eplets(patient: str) -> str:
    """The eplets with which the patient's serum seems to react."""
    wanted = _wanted()
    with runtime().engines.read_session() as session:
        asked = {"patient_number": patient, "wanted": wanted, "locale": current_locale()}
        answer = open_serum_eplets(session, snapshots(), **asked)
    return render_template("workbench/eplets.html", **eplets_context(answer, wanted))


@blueprint.get("/patients/<patient>/compare")
@needs(Permission.SEE_PATIENTS)
def compare(patient: str) -> str:
    """Two to four donors side by side."""
    wanted, numbers = _wanted(), request.args.getlist("donor")
    with runtime().engines.read_session() as session:
        asked = {"patient_number": patient, "donor_numbers": numbers, "wanted": wanted}
        answer = compare_donors(session, snapshots(), **asked, **place())
        shown = comparison_context(session, answer, wanted)
    return render_template("workbench/compare.html", **shown)


def _wanted() -> Wanted:
    return parse_criteria(request.args, today=runtime().today())
