"""The antibody history of a patient as a file."""

import io

from flask import request, send_file
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.antibody_history.page import read_history
from services.documents.antibody_history import history_document
from services.documents.document import Maker
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, profile_named, record_export
from services.documents.whole import document_bytes
from views.access import needs
from views.antibodies.blueprint import blueprint
from views.language import current_locale, place
from views.running import actor, now, person, runtime, snapshots


@blueprint.get("/patients/<patient>/export/antibodies.<any(xlsx, csv, pdf):kind>")
@needs(Permission.SEE_PATIENTS)
def export(patient: str, kind: str) -> Response:
    """The sera with their donors and the MFI of every specificity; a CSV holds the sera."""
    profile = request.args.get("profile") or DEFAULT_PROFILE
    profile_named(profile)  # before the work, not after it
    maker = Maker(f"{person().display_name} ({actor()})", now(), runtime().settings.timezone)
    with runtime().engines.read_session() as session:
        history = read_history(session, snapshots(), patient_number=patient, on=runtime().today(), **place())
    shape = {"on_paper": kind == "pdf", "mfi_first": kind == "csv" and request.args.get("table") == "mfi"}
    document = history_document(history, maker=maker, locale=current_locale(), **shape)
    content, rows = document_bytes(document, kind, profile=profile, maker=maker)
    with runtime().engines.write_session() as session:
        record_export(session, document, kind, rows, what="antibodies", actor=actor(), now=now())
    return send_file(
        io.BytesIO(content), KINDS[kind], as_attachment=True, download_name=file_name(document, kind, maker)
    )
