"""The search workbench of one patient, and why a donor stands where it stands."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.donor_page import open_explanation
from services.workbench import open_workbench
from views.access import needs
from views.language import current_locale
from views.running import runtime, snapshots
from views.workbench.context import wanted_of, workbench_context
from views.workbench.criteria import parse_criteria
from views.workbench.explanation import explanation_context

blueprint = Blueprint("workbench", __name__)


@blueprint.get("/patients/<patient>")
@needs(Permission.SEE_PATIENTS)
def show(patient: str) -> str:
    """The search workbench of one patient."""
    store = snapshots()
    criteria = parse_criteria(request.args, today=runtime().today())
    with runtime().engines.read_session() as session:
        answer = open_workbench(
            session, store, patient_number=patient, wanted=wanted_of(criteria), locale=current_locale()
        )
    return render_template("workbench/show.html", **workbench_context(answer, criteria))


@blueprint.get("/patients/<patient>/why")
@needs(Permission.SEE_PATIENTS)
def why_donor(patient: str) -> Response:
    """Leads from a typed donor number to the page that explains it."""
    query = parse_criteria(request.args, today=runtime().today()).query()
    number = request.args.get("donor", "").strip() or "?"
    return redirect(url_for("workbench.donor", patient=patient, donor=number, **query), 303)


@blueprint.get("/patients/<patient>/donors/<donor>")
@needs(Permission.SEE_PATIENTS)
def donor(patient: str, donor: str) -> str:
    """Why this donor is compatible, possible, not evaluable or blocked."""
    store = snapshots()
    criteria = parse_criteria(request.args, today=runtime().today())
    with runtime().engines.read_session() as session:
        asked = {"patient_number": patient, "donor_number": donor, "wanted": wanted_of(criteria)}
        answer = open_explanation(session, store, **asked, locale=current_locale())
    return render_template("workbench/donor.html", **explanation_context(answer, criteria))
