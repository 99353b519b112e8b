"""Forecasts as files."""

import io

from flask import request, send_file
from sqlmodel import Session
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.audit import record_audit
from services.documents.document import Document, Maker
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, profile_named, record_export, write_document
from services.documents.forecast import forecast_document, overview_document
from services.forecast.page import open_forecast, open_overview
from views.access import needs
from views.forecast.asked import blueprint, query, question
from views.language import current_locale
from views.running import actor, now, person, runtime, snapshots


@blueprint.get("/patients/<patient>/export/forecast.<any(xlsx, csv, pdf):kind>")
@needs(Permission.SEE_PATIENTS)
def export(patient: str, kind: str) -> Response:
    """One patient's weeks ahead."""
    asked, store, maker = {"question": question(), "locale": current_locale()}, snapshots(), _maker()
    with runtime().engines.write_session() as session:
        one = open_forecast(session, store, number=patient, **asked)
        document = forecast_document(one, maker=maker, locale=current_locale(), on_paper=kind == "pdf")
        return _send(session, document, kind, maker, overview=False)


@blueprint.get("/reports/forecast/export/forecast.<any(xlsx, csv, pdf):kind>")
@needs(Permission.SEE_PATIENTS)
def export_all(kind: str) -> Response:
    """All patients by their first gap."""
    asked = {"question": question(), "region": query().get("region"), "locale": current_locale()}
    store, maker = snapshots(), _maker()
    with runtime().engines.write_session() as session:
        document = overview_document(open_overview(session, store, **asked), maker=maker, locale=current_locale())
        return _send(session, document, kind, maker, overview=True)


def _maker() -> Maker:
    return Maker(f"{person().display_name} ({actor()})", now(), runtime().settings.timezone)


def _send(session: Session, document: Document, kind: str, maker: Maker, *, overview: bool) -> Response:
    """Write the file, note in the audit trail that it goes out, and send it."""
    profile = request.args.get("profile") or DEFAULT_PROFILE
    profile_named(profile)
    body = io.BytesIO()
    rows = write_document(document, kind, body, profile=profile, maker=maker)
    if overview:
        details = {"what": "forecast", "format": kind, "rows": rows, "region": query().get("region")}
        record_audit(
            session, actor=actor(), action="export", subject_type="forecast", subject_key=question().on.isoformat(),
            details=details, now=now(),
        )  # fmt: skip
    else:
        record_export(session, document, kind, rows, what="forecast", actor=actor(), now=now())
    body.seek(0)
    return send_file(body, KINDS[kind], as_attachment=True, download_name=file_name(document, kind, maker))
