"""Crossmatches of a patient: the list, the forms that record, correct and withdraw one, and files of them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from services.accounts.permissions import Permission
from services.crossmatches.entry import FORM, KEY, judge_typed
from services.crossmatches.importing import import_crossmatches
from services.crossmatches.page import form_values, open_crossmatch, open_crossmatches
from services.crossmatches.recording import edit_crossmatch, record_crossmatch, withdraw_crossmatch
from services.patient_file import open_banner
from services.wording.catalogue import sentence
from views.access import needs
from views.language import current_locale
from views.patient_forms import ReasonForm, TypedForm, attempt, choice
from views.running import actor, now, runtime
from views.table_files import TablePage

blueprint = Blueprint("crossmatches", __name__)
FOUND = "/patients/<patient>/crossmatches/<crossmatch>"
CHOOSE = ("", "choose")
FILES = TablePage(
    "crossmatches",
    "crossmatches/import.html",
    FORM,
    lambda session, asked, layout: import_crossmatches(session, asked, today=runtime().today(), layout=layout),
)


class CrossmatchForm(TypedForm):
    """One crossmatch."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "kind": (CHOOSE, *((one.value, f"crossmatch_kind.{one.value}") for one in CrossmatchKind)),
        "result": (CHOOSE, *((one.value, f"crossmatch_result.{one.value}") for one in CrossmatchResult)),
    }
    donor_number = StringField()
    kind = choice()
    method = StringField()
    result = choice()
    tested_on = StringField()
    serum_code = StringField()
    serum_on = StringField()
    note = TextAreaField(render_kw={"rows": 2})
    reason = StringField()


@blueprint.get("/patients/<patient>/crossmatches")
@needs(Permission.SEE_PATIENTS)
def index(patient: str) -> str:
    """Every crossmatch of a patient, the latest first."""
    with runtime().engines.read_session() as session:
        shown = open_crossmatches(session, number=patient, on=runtime().today())
    return render_template("crossmatches/index.html", **shown)


@blueprint.route("/patients/<patient>/crossmatches/new", methods=["GET", "POST"])
@needs(Permission.RECORD_ANTIBODIES)
def new(patient: str) -> Response | str | tuple[str, int]:
    """Record a crossmatch; the address may name the donor."""
    form = CrossmatchForm()
    if not form.is_submitted():
        form.fill({"donor_number": request.args.get("donor", "")})
    status = attempt(form, lambda session: _record(session, patient, form)) if form.is_submitted() else 200
    if not status:
        return _done(patient, "crossmatch_saved")
    with runtime().engines.read_session() as session:
        shown = open_banner(session, number=patient, on=runtime().today())
    return render_template("crossmatches/form.html", form=form, one=None, **shown), status


def _record(session: Any, patient: str, form: CrossmatchForm) -> None:
    entry = judge_typed({**form.typed(), KEY: patient}, today=runtime().today(), now=now())
    record_crossmatch(session, patient_number=patient, entry=entry, actor=actor(), now=now())


@blueprint.route(f"{FOUND}/edit", methods=["GET", "POST"])
@needs(Permission.RECORD_ANTIBODIES)
def edit(patient: str, crossmatch: str) -> Response | str | tuple[str, int]:
    """Correct a crossmatch, with a reason."""
    form, shown = CrossmatchForm(), _shown(patient, crossmatch)
    changed: list[str] = []
    if not form.is_submitted():
        form.fill(form_values(shown["one"]))
        return render_template("crossmatches/form.html", form=form, **shown)
    if status := attempt(form, lambda session: changed.extend(_edit(session, patient, crossmatch, form))):
        return render_template("crossmatches/form.html", form=form, **shown), status
    return _done(patient, "crossmatch_saved" if changed else "nothing_changed")


def _edit(session: Any, patient: str, crossmatch: str, form: CrossmatchForm) -> list[str]:
    entry = judge_typed({**form.typed(), KEY: patient}, today=runtime().today(), now=now())
    asked = {"patient_number": patient, "code": crossmatch, "version": form.version_id(), "actor": actor()}
    return edit_crossmatch(session, entry=entry, reason=form.reason.data or "", now=now(), **asked)


@blueprint.route(f"{FOUND}/withdraw", methods=["GET", "POST"])
@needs(Permission.RECORD_ANTIBODIES)
def withdraw(patient: str, crossmatch: str) -> Response | str | tuple[str, int]:
    """Take a crossmatch out of what counts, with a reason."""
    form, shown = ReasonForm(), _shown(patient, crossmatch)
    if not form.is_submitted():
        form.fill({"version": str(shown["one"]["version"])})
        return render_template("crossmatches/withdraw.html", form=form, **shown)
    asked = {"patient_number": patient, "code": crossmatch, "version": form.version_id(), "actor": actor()}
    if status := attempt(
        form, lambda session: withdraw_crossmatch(session, reason=form.reason.data or "", now=now(), **asked)
    ):
        return render_template("crossmatches/withdraw.html", form=form, **shown), status
    return _done(patient, "crossmatch_taken_out")


@blueprint.get("/crossmatches/import")
@needs(Permission.RECORD_ANTIBODIES)
def import_page() -> str:
    """Send a file of crossmatches."""
    return FILES.show()


@blueprint.post("/crossmatches/import")
@needs(Permission.RECORD_ANTIBODIES)
def import_file() -> Response | str | tuple[str, int]:
    """Check or import a file, or give back the rows that it would refuse."""
    return FILES.take()


def _shown(patient: str, crossmatch: str) -> dict[str, Any]:
    with runtime().engines.read_session() as session:
        return open_crossmatch(session, number=patient, code=crossmatch, on=runtime().today())


def _done(patient: str, code: str) -> Response:
    flash(sentence(code, {}, current_locale()))
    return redirect(url_for("crossmatches.index", patient=patient), 303)
