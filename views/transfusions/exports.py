"""A patient's transfusions as a file."""

import io

from flask import request, send_file
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.documents.document import Maker
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, profile_named, record_export, write_document
from services.documents.transfusions import transfusion_document
from services.transfusions.page import open_follow_up
from views.access import needs
from views.language import current_locale
from views.reservations.asked import timing
from views.running import actor, now, person, runtime
from views.transfusions.blueprint import blueprint


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
        document = transfusion_document(shown, maker=maker, locale=current_locale())
        rows = write_document(document, kind, body, profile=profile, maker=maker)
        record_export(session, document, kind, rows, what="transfusions", actor=actor(), now=now())
    body.seek(0)
    return send_file(body, KINDS[kind], as_attachment=True, download_name=file_name(document, kind, maker))
