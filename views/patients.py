"""The list of patients, one patient's record, and the forms that make and edit it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.availability.reading import is_counted
from services.entry_echo import echo_json, read_typings
from services.patient_file import open_record
from services.patient_list import LONGEST_SOUGHT, Sought, find_patients, patient_regions
from services.patient_records import create_patient, edit_patient, form_values, known_regions
from services.patients import get_patient
from services.reference import active_reference
from services.standing_searches.listing import watch_state
from services.transfusions.beginning import open_to_record
from services.wording.catalogue import sentence
from services.wording.formats import format_number
from views.access import needs
from views.language import current_locale
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.patient_forms import PatientForm, attempt
from views.reservations.asked import timing
from views.running import actor, now, runtime

blueprint = Blueprint("patients", __name__)
READ_IT = "read"
NO_REGION = "-"  # in an address; the services say ""
COMPARED = (
    "sex", "abo", "rhd", "weight_kg", "height_cm", "diagnosis", "region", "centre", "antibody_sample", "hla_text",
    "hpa_text", "cd36",
)  # fmt: skip


@blueprint.get("/patients")
@needs(Permission.SEE_PATIENTS)
def index() -> str:
    """The patients, by number, region and need, each with the serum and the directive a search would use."""
    page = parse_page(request.args.get("page", "1"))
    asked, sought = _sought()
    with runtime().engines.read_session() as session:
        found = find_patients(session, sought, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        regions = patient_regions(session)
    shown = {"page": page, "pages": pages_of(found.total, PAGE_SIZE), "address": _index_address(asked)}
    return render_template("patients/index.html", found=found, regions=regions, asked=asked, **shown)


def _sought() -> tuple[dict[str, str], Sought]:
    """What the address asks, as it stands there and as the service takes it."""
    asked = {name: request.args.get(name, "").strip() for name in ("q", "region", "sort")}
    asked["q"] = asked["q"][:LONGEST_SOUGHT]
    region = "" if asked["region"] == NO_REGION else asked["region"] or None
    return asked, Sought(asked["q"], region, asked["sort"] or "number")


def _index_address(asked: dict[str, str]) -> Any:
    def address(page: int = 1, **changes: str) -> str:
        query = {name: text for name, text in {**asked, **changes}.items() if text}
        return url_for("patients.index", page=page if page > 1 else None, **query)

    return address


@blueprint.route("/patients/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def new() -> Response | str | tuple[str, int]:
    """Make a patient."""
    form = PatientForm()
    if not form.is_submitted() or request.form.get("do") == READ_IT:
        return _form_page(form)
    typed = form.typed()
    asked = {"typed": typed, "actor": actor(), "now": now()}
    if status := attempt(form, lambda session: create_patient(session, reference=active_reference(session), **asked)):
        return _form_page(form), status
    number = typed["patient_number"].strip()
    flash(sentence("patient_saved", {"patient": number}, current_locale()))
    return redirect(url_for("patients.record", patient=number), 303)


@blueprint.route("/patients/<patient>/edit", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def edit(patient: str) -> Response | str | tuple[str, int]:
    """Edit a patient, with a reason."""
    form, values, version = PatientForm(), *_on_record(patient)
    if not form.is_submitted():
        form.fill({**values, "version": str(version)})
    if not form.is_submitted() or request.form.get("do") == READ_IT:
        return _form_page(form, patient)
    status, changed = _save(form, patient)
    if status:
        return _form_page(form, patient, values if form.version_id() != version else None, version), status
    flash(sentence("patient_saved" if changed else "nothing_changed", {"patient": patient}, current_locale()))
    return redirect(url_for("patients.record", patient=patient), 303)


def _on_record(patient: str) -> tuple[dict[str, str], int]:
    """The form's texts and the version as they stand now. Raises NotFound."""
    with runtime().engines.read_session() as session:
        row = get_patient(session, patient)
        return {**form_values(row), "has_birth_date": "yes" if row.birth_date else ""}, row.version_id


def _save(form: PatientForm, patient: str) -> tuple[int, list[str]]:
    changed: list[str] = []
    asked = {
        "number": patient, "typed": form.typed(), "version": form.version_id(), "reason": form.reason.data or "",
        "actor": actor(), "now": now(),
    }  # fmt: skip
    status = attempt(
        form, lambda session: changed.extend(edit_patient(session, reference=active_reference(session), **asked))
    )
    return status, changed


def _form_page(form: PatientForm, patient: str = "", current: dict[str, str] | None = None, version: int = 0) -> str:
    """The form with the echo of its typings; where somebody changed the patient meanwhile, with what it is now."""
    typed = form.typed()
    differences = []
    if current is not None:
        form.version.data = str(version)  # the next try is against what is shown here
        differences = [(name, current[name], typed[name]) for name in COMPARED if current[name] != typed[name]]
    with runtime().engines.read_session() as session:
        regions = known_regions(session)
    shown = {"echo": _echo(typed), "differences": differences, "stale": current is not None, "regions": regions}
    if patient:
        shown["has_birth_date"] = _on_record(patient)[0]["has_birth_date"]
    return render_template("patients/form.html", form=form, number=patient, **shown)


@blueprint.post("/patients/typing")
@needs(Permission.EDIT_PATIENTS)
def read_typing() -> str:
    """What is understood of a typing being typed; nothing is written."""
    return render_template("patients/_echo.html", echo=_echo(request.form.to_dict()))


def _echo(typed: dict[str, str]) -> dict[str, Any]:
    with runtime().engines.read_session() as session:
        reference = active_reference(session)
        return echo_json(read_typings(typed, reference=reference), reference=reference)


@blueprint.get("/patients/<patient>/file")
@needs(Permission.SEE_PATIENTS)
def record(patient: str) -> str:
    """The record of one patient."""
    with runtime().engines.read_session() as session:
        shown = open_record(session, number=patient, on=runtime().today())
        number = shown["patient"]["number"]
        ways = {"watched": watch_state(session, number=number).search, "counted": is_counted(session, number)}
        ways["to_record"] = open_to_record(session, number=number, timing=timing())
    return render_template("patients/record.html", **shown, **ways)


@blueprint.app_template_filter("decimal")
def decimal(value: float) -> str:
    """A number with its decimals, as the reader writes it."""
    return format_number(value, current_locale())
