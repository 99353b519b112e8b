"""Courses of treatment of a patient: the list, the forms that record, correct and withdraw one, and files of them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField

from domain.treatment import TreatmentKind
from services.accounts.permissions import Permission
from services.patient_file import open_banner
from services.treatments.entry import FORM, KEY, judge_typed
from services.treatments.importing import import_treatments
from services.treatments.page import form_values, open_treatment, open_treatments
from services.treatments.recording import edit_treatment, record_treatment, withdraw_treatment
from services.wording.catalogue import sentence
from views.access import needs
from views.language import current_locale
from views.patient_forms import ReasonForm, TypedForm, attempt, choice
from views.running import actor, now, runtime
from views.table_files import TablePage

blueprint = Blueprint("treatments", __name__)
FOUND = "/patients/<patient>/treatments/<treatment>"
FILES = TablePage(
    "treatments",
    "treatments/import.html",
    FORM,
    lambda session, asked, layout: import_treatments(session, asked, today=runtime().today(), layout=layout),
)


class CourseForm(TypedForm):
    """One course of treatment."""

    CHOICES = {"kind": (("", "choose"), *((one.value, f"treatment_kind.{one.value}") for one in TreatmentKind))}  # noqa: RUF012
    kind = choice()
    first_on = StringField()
    last_on = StringField()
    note = TextAreaField(render_kw={"rows": 2})
    reason = StringField()


@blueprint.get("/patients/<patient>/treatments")
@needs(Permission.SEE_PATIENTS)
def index(patient: str) -> str:
    """Every course of treatment of a patient, the latest first."""
    with runtime().engines.read_session() as session:
        shown = open_treatments(session, number=patient, on=runtime().today())
    return render_template("treatments/index.html", **shown)


@blueprint.route("/patients/<patient>/treatments/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def new(patient: str) -> Response | str | tuple[str, int]:
    """Record a course of treatment."""
    form = CourseForm()
    status = attempt(form, lambda session: _record(session, patient, form)) if form.is_submitted() else 200
    if not status:
        return _done(patient, "treatment_saved")
    with runtime().engines.read_session() as session:
        shown = open_banner(session, number=patient, on=runtime().today())
    return render_template("treatments/form.html", form=form, one=None, **shown), status


def _record(session: Any, patient: str, form: CourseForm) -> None:
    entry = judge_typed({**form.typed(), KEY: patient}, today=runtime().today(), now=now())
    record_treatment(session, patient_number=patient, entry=entry, actor=actor(), now=now())


@blueprint.route(f"{FOUND}/edit", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def edit(patient: str, treatment: str) -> Response | str | tuple[str, int]:
    """Correct a course of treatment, with a reason."""
    form, shown = CourseForm(), _shown(patient, treatment)
    changed: list[str] = []
    if not form.is_submitted():
        form.fill(form_values(shown["one"]))
        return render_template("treatments/form.html", form=form, **shown)
    if status := attempt(form, lambda session: changed.extend(_edit(session, patient, treatment, form))):
        return render_template("treatments/form.html", form=form, **shown), status
    return _done(patient, "treatment_saved" if changed else "nothing_changed")


def _edit(session: Any, patient: str, treatment: str, form: CourseForm) -> list[str]:
    entry = judge_typed({**form.typed(), KEY: patient}, today=runtime().today(), now=now())
    asked = {"patient_number": patient, "code": treatment, "version": form.version_id(), "actor": actor()}
    return edit_treatment(session, entry=entry, reason=form.reason.data or "", now=now(), **asked)


@blueprint.route(f"{FOUND}/withdraw", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def withdraw(patient: str, treatment: str) -> Response | str | tuple[str, int]:
    """Take a course of treatment out of what counts, with a reason."""
    form, shown = ReasonForm(), _shown(patient, treatment)
    if not form.is_submitted():
        form.fill({"version": str(shown["one"]["version"])})
        return render_template("treatments/withdraw.html", form=form, **shown)
    asked = {"patient_number": patient, "code": treatment, "version": form.version_id(), "actor": actor()}
    if status := attempt(
        form, lambda session: withdraw_treatment(session, reason=form.reason.data or "", now=now(), **asked)
    ):
        return render_template("treatments/withdraw.html", form=form, **shown), status
    return _done(patient, "treatment_taken_out")


@blueprint.get("/treatments/import")
@needs(Permission.EDIT_PATIENTS)
def import_page() -> str:
    """Send a file of treatments."""
    return FILES.show()


@blueprint.post("/treatments/import")
@needs(Permission.EDIT_PATIENTS)
def import_file() -> Response | str | tuple[str, int]:
    """Check or import a file, or give back the rows that it would refuse."""
    return FILES.take()


def _shown(patient: str, treatment: str) -> dict[str, Any]:
    with runtime().engines.read_session() as session:
        return open_treatment(session, number=patient, code=treatment, on=runtime().today())


def _done(patient: str, code: str) -> Response:
    flash(sentence(code, {}, current_locale()))
    return redirect(url_for("treatments.index", patient=patient), 303)
