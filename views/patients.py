"""Patients: the list, the workbench of one patient, and why a donor stands where it stands."""

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config import Runtime
from services.donor_page import open_explanation
from services.matching.snapshots import SnapshotStore
from services.patient_list import list_patients
from services.workbench import open_workbench
from views.criteria import PAGE_SIZE, parse_criteria, parse_page
from views.explanation import explanation_context
from views.language import current_locale
from views.workbench import pages_of, wanted_of, workbench_context

blueprint = Blueprint("patients", __name__)
SNAPSHOTS = "phenotheque_snapshots"


def register(app: Flask) -> None:
    """Register the pages, with the snapshot of the registry that this process keeps open."""
    app.extensions[SNAPSHOTS] = SnapshotStore(app.extensions["phenotheque"].snapshots_path)
    app.register_blueprint(blueprint)


def _runtime() -> Runtime:
    held: Runtime = current_app.extensions["phenotheque"]
    return held


@blueprint.get("/")
def index() -> str:
    """Every patient, with the serum and the directive a search would use."""
    page = parse_page(request.args.get("page", "1"))
    with _runtime().engines.read_session() as session:
        patients, total = list_patients(session, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    shown = {"page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _index_page}
    return render_template("patients/index.html", patients=patients, total=total, **shown)


def _index_page(page: int) -> str:
    return url_for("patients.index", page=page)


@blueprint.get("/patients/<patient>")
def workbench(patient: str) -> str:
    """The search workbench of one patient."""
    runtime, store = _runtime(), current_app.extensions[SNAPSHOTS]
    criteria = parse_criteria(request.args, today=runtime.today())
    with runtime.engines.read_session() as session:
        answer = open_workbench(
            session, store, patient_number=patient, wanted=wanted_of(criteria), locale=current_locale()
        )
    return render_template("patients/workbench.html", **workbench_context(answer, criteria))


@blueprint.get("/patients/<patient>/why")
def why_donor(patient: str) -> Response:
    """Leads from a typed donor number to the page that explains it."""
    query = parse_criteria(request.args, today=_runtime().today()).query()
    number = request.args.get("donor", "").strip() or "?"
    return redirect(url_for("patients.donor", patient=patient, donor=number, **query), 303)


@blueprint.get("/patients/<patient>/donors/<donor>")
def donor(patient: str, donor: str) -> str:
    """Why this donor is compatible, possible, not evaluable or blocked."""
    runtime, store = _runtime(), current_app.extensions[SNAPSHOTS]
    criteria = parse_criteria(request.args, today=runtime.today())
    with runtime.engines.read_session() as session:
        asked = {"patient_number": patient, "donor_number": donor, "wanted": wanted_of(criteria)}
        answer = open_explanation(session, store, **asked, locale=current_locale())
    return render_template("patients/donor.html", **explanation_context(answer, criteria))
