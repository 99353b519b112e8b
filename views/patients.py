"""The list of patients."""

from flask import Blueprint, render_template, request, url_for

from services.accounts.permissions import Permission
from services.patient_list import list_patients
from views.access import needs
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.running import runtime

blueprint = Blueprint("patients", __name__)


@blueprint.get("/patients")
@needs(Permission.SEE_PATIENTS)
def index() -> str:
    """Every patient, with the serum and the directive a search would use."""
    page = parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        patients, total = list_patients(session, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    shown = {"page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _index_page}
    return render_template("patients/index.html", patients=patients, total=total, **shown)


def _index_page(page: int) -> str:
    return url_for("patients.index", page=page)
