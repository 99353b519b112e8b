"""A patient's transfusions as a file."""

import io

from flask import request, send_file
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.audit import record_audit
from services.documents.document import Maker
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, profile_named, record_export, write_document
from services.documents.transfusions import transfusion_document
from services.patients import get_patient
from services.transfusions.page import open_follow_up
from services.transfusions.sending import transfusion_csv
from views.access import needs
from views.language import current_locale
from views.reservations.asked import timing
from views.running import actor, now, person, runtime
from views.transfusions.blueprint import blueprint


@blueprint.get("/patients/<patient>/export/transfusions-data.csv")
@needs(Permission.SEE_PATIENTS)
def export_data(patient: str) -> Response:
    """The transfusions of a patient as a file that an import reads."""
    with runtime().engines.write_session() as session:
        row = get_patient(session, patient)
        content, count = transfusion_csv(session, row, timing=timing())
        details = {"what": "transfusions-data", "format": "csv", "rows": count}
        record_audit(
            session, actor=actor(), action="export", subject_type="patient", subject_key=row.patient_number,
            details=details, now=now(),
        )  # fmt: skip
    name = {"Content-Disposition": 'attachment; filename="transfusions.csv"'}
    return Response(f"\ufeff{content}", headers=name, content_type="text/csv; charset=utf-8")


@blueprint.get("/patients/<patient>/export/transfusions.<any(xlsx, csv, pdf):kind>")
@needs(Permission.SEE_PATIENTS)
def export(patient: str, kind: str) -> Response:
    """The transfusions of a patient with what each did."""
    profile = request.args.get("profile") or DEFAULT_PROFILE
    profile_named(profile)  # before the work, not after it
    maker = Maker(f"{person().display_name} ({actor()})", now(), runtime().settings.timezone)
    body = io.BytesIO()
    with runtime().engines.write_session() as session:
        shown = open_follow_up(session, number=patient, timing=timing())
        document = transfusion_document(shown, maker=maker, locale=current_locale(), on_paper=kind == "pdf")
        rows = write_document(document, kind, body, profile=profile, maker=maker)
        record_export(session, document, kind, rows, what="transfusions", actor=actor(), now=now())
    body.seek(0)
    return send_file(body, KINDS[kind], as_attachment=True, download_name=file_name(document, kind, maker))
