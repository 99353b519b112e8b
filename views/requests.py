"""Requests for transfusion: the open ones, and the forms that make, edit and close one."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.request import RequestStatus
from services.accounts.permissions import Permission
from services.patient_file import open_banner
from services.patients import get_patient
from services.requests import (
    close_request,
    create_request,
    edit_request,
    form_values,
    get_request,
    list_open_requests,
    requests_of,
)
from services.wording.catalogue import sentence
from views.access import needs
from views.language import current_locale
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.patient_forms import ClosingForm, RequestForm, TypedForm, attempt
from views.running import actor, now, runtime

blueprint = Blueprint("requests", __name__)
COMPARED = ("hospital", "units", "needed_on", "needed_at", "urgency", "contact", "note")


@blueprint.get("/requests")
@needs(Permission.SEE_PATIENTS)
def index() -> str:
    """The open requests of every patient, the soonest needed first."""
    page = parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        requests, total = list_open_requests(session, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    pages = {"total": total, "page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _page_address}
    return render_template("requests/index.html", requests=requests, now=now(), **pages)


def _page_address(page: int) -> str:
    return url_for("requests.index", page=page)


@blueprint.route("/patients/<patient>/requests/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def new(patient: str) -> Response | str | tuple[str, int]:
    """Put a request on record."""
    form = RequestForm()
    if not form.is_submitted():
        return _form_page(form, patient)
    asked = {"patient_number": patient, "typed": form.typed(), **_edge()}
    if status := attempt(form, lambda session: create_request(session, **asked)):
        return _form_page(form, patient), status
    return _done("request_saved", patient)


@blueprint.route("/patients/<patient>/requests/<code>/edit", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def edit(patient: str, code: str) -> Response | str | tuple[str, int]:
    """Edit an open request."""
    form, (values, row) = RequestForm(), _on_record(patient, code)
    if not form.is_submitted():
        form.fill({**values, "version": str(row["version"])})
        return _form_page(form, patient, row)
    asked = {"patient_number": patient, "code": code, "typed": form.typed(), "version": form.version_id()}
    if status := attempt(form, lambda session: edit_request(session, **asked, **_edge())):
        return _form_page(form, patient, row, values), status
    return _done("request_saved", patient)


@blueprint.route("/patients/<patient>/requests/<code>/close", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def close(patient: str, code: str) -> Response | str | tuple[str, int]:
    """Say that a request is fulfilled or cancelled."""
    form, row = ClosingForm(), _on_record(patient, code)[1]
    if not form.is_submitted():
        form.fill({"version": str(row["version"])})
        return _close_page(form, patient, row)
    asked = {"patient_number": patient, "code": code, "version": form.version_id(), "reason": form.reason.data or ""}
    known = {"fulfilled": RequestStatus.FULFILLED, "cancelled": RequestStatus.CANCELLED}
    asked |= {"outcome": known.get(form.outcome.data or "", RequestStatus.OPEN), "actor": actor(), "now": now()}
    if status := attempt(form, lambda session: close_request(session, **asked)):
        return _close_page(form, patient, row), status
    return _done("request_closed", patient, "request_closed_with_reservations" if row["found"] else "")


def _edge() -> dict[str, Any]:
    return {"zone": runtime().settings.timezone, "actor": actor(), "now": now()}


def _done(code: str, patient: str, also: str = "") -> Response:
    for said in filter(None, (code, also)):
        flash(sentence(said, {"patient": patient}, current_locale()))
    return redirect(url_for("patients.record", patient=patient) + "#requests-title", 303)


def _on_record(patient: str, code: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The form's texts and the request as they stand now. Raises NotFound."""
    with runtime().engines.read_session() as session:
        owner = get_patient(session, patient)
        row = get_request(session, owner, code)
        found = next(one for one in requests_of(session, owner) if one["code"] == row.code)
        return form_values(row, zone=runtime().settings.timezone), found


def _banner(patient: str) -> dict[str, Any]:
    with runtime().engines.read_session() as session:
        return open_banner(session, number=patient, on=runtime().today())


def _form_page(
    form: RequestForm, patient: str, row: dict[str, Any] | None = None, current: dict[str, str] | None = None
) -> str:
    """The form; where somebody changed the request meanwhile, with what it is now."""
    stale = row is not None and current is not None and form.version_id() != row["version"]
    typed, differences = form.typed(), []
    if stale:
        form.version.data = str(row["version"])
        differences = [(name, current[name], typed[name]) for name in COMPARED if current[name] != typed[name]]
    shown = {"row": row, "stale": stale, "differences": differences, "zone": runtime().settings.timezone}
    return render_template("requests/form.html", form=form, **shown, **_banner(patient))


def _close_page(form: TypedForm, patient: str, row: dict[str, Any]) -> str:
    form.version.data = str(row["version"])
    return render_template("requests/close.html", form=form, row=row, **_banner(patient))
