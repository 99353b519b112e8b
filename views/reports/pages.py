"""The availability report: the whole, one patient's part, and both as files."""

import io
from typing import Any

from flask import Blueprint, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.availability.report import Report, find_report, open_patient_report, patient_trend
from services.documents.availability import (
    availability_document,
    giving_said,
    note_of,
    quality_rows,
    record_availability_export,
)
from services.documents.document import Maker, Words
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, profile_named
from services.documents.whole import document_bytes
from services.wording.formats import format_units
from views.access import needs
from views.language import current_locale
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.reports.drawing import draw_trend
from views.reservations.asked import parse_day
from views.running import actor, now, person, runtime

blueprint = Blueprint("reports", __name__)
OF_DIRECTIVES = (
    ("none_week", "availability_summary.none_week"),
    ("none_now", "availability_summary.none_now"),
    ("short", "availability_summary.short"),
)
OF_PATIENT = (("donors", "availability_column.donors"), ("now", "availability_column.now"))


@blueprint.app_template_filter()
def units(value: float | None) -> str:
    """Units that are expected, as the reader writes them; an em dash where nothing tells."""
    return "—" if value is None else format_units(value, current_locale())


def asked() -> dict[str, Any]:
    """The day and the region of the address. Raises UnusableInput."""
    region = request.args.get("region", "").strip() or None
    zone = runtime().settings.timezone
    return {"on": parse_day(request.args.get("on", "").strip()), "region": region, "zone": zone}


@blueprint.get("/reports/availability")
@needs(Permission.SEE_DONORS)
def availability() -> str:
    """The report of a day; the directives only for who may see patients."""
    page, question = parse_page(request.args.get("page", "1")), asked()
    patients = person().may(Permission.SEE_PATIENTS)
    with runtime().engines.read_session() as session:
        report = find_report(session, **question, patients=patients)
    if report is None:
        return render_template("reports/none.html", on=question["on"])
    pages = pages_of(len(report.entries), PAGE_SIZE)
    rows = report.entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    context = {"rows": rows, "page": page, "pages": pages, "page_address": _page_address}
    chart = draw_trend(report.trend, OF_DIRECTIVES)
    return render_template("reports/availability.html", chart=chart, **_words(report), **context)


def _words(report: Report) -> dict[str, Any]:
    """The report with what a page says of it."""
    said = Words(current_locale())
    return {
        "report": report,
        "giving": giving_said(report, said),
        "quality": quality_rows(report, said),
        "note_of": lambda entry: note_of(entry, said),
        "of_directives": OF_DIRECTIVES,
        "of_patient": OF_PATIENT,
        "query": _query(),
        "days": _neighbours(report),
    }


def _query() -> dict[str, str]:
    return {name: text for name in ("on", "region") if (text := request.args.get(name, "").strip())}


def _neighbours(report: Report) -> dict[str, str | None]:
    """The days of the snapshots before and after, in ISO form, and the first and last of all."""
    later = [day for day in report.days if day > report.day.local_day]
    return {
        "before": report.previous.local_day.isoformat() if report.previous else None,
        "after": later[-1].isoformat() if later else None,
        "first": report.days[-1].isoformat(),
        "last": report.days[0].isoformat(),
    }


def _page_address(page: int) -> str:
    return url_for("reports.availability", page=page, **_query())


@blueprint.get("/reports/availability/<patient>")
@needs(Permission.SEE_PATIENTS)
def of_patient(patient: str) -> str:
    """One patient's part of a day."""
    with runtime().engines.read_session() as session:
        found = open_patient_report(session, patient=patient, **asked())
        trend = patient_trend(session, found)
    chart = draw_trend(trend, OF_PATIENT)
    return render_template("reports/patient.html", found=found, chart=chart, trend=trend, **_words(found.report))


@blueprint.get("/reports/availability/export/report.<any(pdf, xlsx, csv):kind>")
@needs(Permission.SEE_DONORS)
def export(kind: str) -> Response | str:
    """The report of a day as a file, with the directives for who may see patients."""
    profile = request.args.get("profile") or DEFAULT_PROFILE
    profile_named(profile)  # before the work, not after it
    patients, question = person().may(Permission.SEE_PATIENTS), asked()
    with runtime().engines.read_session() as session:
        report = find_report(session, **question, patients=patients)
    if report is None:
        return render_template("reports/none.html", on=question["on"])
    return _file(report, kind, profile, patients=patients)


def _file(report: Report, kind: str, profile: str, *, patients: bool) -> Response:
    """Write the file, note in the audit trail that it goes out, and send it."""
    maker = Maker(f"{person().display_name} ({actor()})", now(), runtime().settings.timezone)
    shape: dict[str, Any] = {"maker": maker, "locale": current_locale(), "patients": patients}
    document = availability_document(report, **shape, on_paper=kind == "pdf")
    content, rows = document_bytes(document, kind, profile=profile, maker=maker)
    with runtime().engines.write_session() as session:
        record_availability_export(session, report, kind, rows, actor=actor(), now=now())
    name = file_name(document, kind, maker)
    return send_file(io.BytesIO(content), KINDS[kind], as_attachment=True, download_name=name)
