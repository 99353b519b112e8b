"""What a page shows, as a file to keep, to sort or to print."""

import io

from flask import Blueprint, request, send_file
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.directives import show_directive
from services.result_files import search_csv, sweep_csv
from services.searches import search_patient, sweep_patient
from views.access import needs
from views.language import current_locale
from views.running import runtime, snapshots
from views.workbench.criteria import parse_criteria

blueprint = Blueprint("exports", __name__)


def _sent(text: str, name: str) -> Response:
    return send_file(io.BytesIO(text.encode()), mimetype="text/csv", as_attachment=True, download_name=name)


@blueprint.get("/patients/<patient>/export/list.<kind>")
@needs(Permission.SEE_PATIENTS)
def ranked(patient: str, kind: str) -> Response:
    """The ranked donors of a view of the workbench."""
    asked = parse_criteria(request.args, today=runtime().today())
    with runtime().engines.read_session() as session:
        answer = search_patient(
            session, snapshots(), patient_number=patient, on=asked.on, threshold=asked.threshold_mfi, limit=0
        )
    return _sent(search_csv(answer, current_locale()), "list.csv")


@blueprint.get("/patients/<patient>/export/sweep.<kind>")
@needs(Permission.SEE_PATIENTS)
def sweep(patient: str, kind: str) -> Response:
    """The counts of every threshold."""
    asked = parse_criteria(request.args, today=runtime().today())
    with runtime().engines.read_session() as session:
        answer = sweep_patient(session, snapshots(), patient_number=patient, on=asked.on)
    return _sent(sweep_csv(answer), "sweep.csv")


@blueprint.get("/patients/<patient>/export/directive.<kind>")
@needs(Permission.SEE_PATIENTS)
def directive(patient: str, kind: str) -> Response:
    """The directive in force."""
    with runtime().engines.read_session() as session:
        answer = show_directive(session, patient_number=patient)
    return _sent(str(answer), "directive.csv")
