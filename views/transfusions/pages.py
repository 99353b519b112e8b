"""The follow-up of a patient's transfusions, one transfusion, and the forms that record, correct and withdraw it."""

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.patient_file import open_banner
from services.transfusions.beginning import beginning
from services.transfusions.entry import CAUSES, KEY
from services.transfusions.page import form_values, open_entry, open_follow_up, open_transfusion
from services.transfusions.recording import edit_transfusion, judge_typed, record_transfusion, withdraw_transfusion
from views.access import needs
from views.patient_forms import ReasonForm, attempt
from views.reservations.asked import timing
from views.running import actor, now, runtime
from views.transfusions.blueprint import blueprint, done
from views.transfusions.drawing import draw_increments
from views.transfusions.exports import export as export  # its views join the blueprint
from views.transfusions.files import import_page as import_page
from views.transfusions.forms import TransfusionForm

CHECK = "check"
FOUND = "/patients/<patient>/transfusions/<transfusion>"


@blueprint.get("/patients/<patient>/transfusions")
@needs(Permission.SEE_PATIENTS)
def index(patient: str) -> str:
    """Every transfusion of a patient, what each did, and the state they make."""
    with runtime().engines.read_session() as session:
        shown = open_follow_up(session, number=patient, timing=timing())
    return render_template("transfusions/index.html", drawing=draw_increments(shown), **shown)


@blueprint.route("/patients/<patient>/transfusions/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def new(patient: str) -> Response | str | tuple[str, int]:
    """Record a transfusion, of the reserved donor or the own unit that the address names; it can be judged first."""
    form = TransfusionForm()
    if not form.is_submitted():
        with runtime().engines.read_session() as session:
            form.fill(beginning(session, number=patient, timing=timing(), **_product()))
    if not form.is_submitted() or request.form.get("do") == CHECK:
        return _form_page(form, patient)
    if status := attempt(form, lambda session: _record(session, patient, form)):
        return _form_page(form, patient), status
    return done(patient, "transfusion_saved")


def _product() -> dict[str, str]:
    """What the address says is transfused: the code of a reservation, or the number of an own unit."""
    return {name: request.args[name] for name in ("reservation", "unit") if name in request.args}


def _record(session: Any, patient: str, form: TransfusionForm) -> None:
    entry = judge_typed({**form.typed(), KEY: patient}, timing=timing())
    record_transfusion(session, patient_number=patient, entry=entry, actor=actor(), timing=timing())


@blueprint.post("/patients/<patient>/transfusions/outcome")
@needs(Permission.EDIT_PATIENTS)
def outcome(patient: str) -> str:
    """What the form says as it is typed; nothing is written."""
    with runtime().engines.read_session() as session:
        asked = {"typed": request.form.to_dict(), "code": request.args.get("transfusion", "")}
        shown = open_entry(session, number=patient, timing=timing(), **asked)
    return render_template("transfusions/_live.html", **shown)


@blueprint.get(FOUND)
@needs(Permission.SEE_PATIENTS)
def show(patient: str, transfusion: str) -> str:
    """One transfusion: what it did and why, and what was done with it."""
    with runtime().engines.read_session() as session:
        shown = open_transfusion(session, number=patient, code=transfusion, timing=timing())
    return render_template("transfusions/show.html", **shown)


@blueprint.route(f"{FOUND}/edit", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def edit(patient: str, transfusion: str) -> Response | str | tuple[str, int]:
    """Correct a transfusion, with a reason."""
    form = TransfusionForm()
    if not form.is_submitted():
        with runtime().engines.read_session() as session:
            form.fill(form_values(session, number=patient, code=transfusion, timing=timing()))
    if not form.is_submitted() or request.form.get("do") == CHECK:
        return _form_page(form, patient, transfusion)
    changed: list[str] = []
    if status := attempt(form, lambda session: changed.extend(_edit(session, patient, transfusion, form))):
        return _form_page(form, patient, transfusion), status
    return done(patient, "transfusion_saved" if changed else "nothing_changed")


def _edit(session: Any, patient: str, transfusion: str, form: TransfusionForm) -> list[str]:
    entry = judge_typed({**form.typed(), KEY: patient}, timing=timing())
    asked = {"patient_number": patient, "code": transfusion, "version": form.version_id(), "actor": actor()}
    return edit_transfusion(session, entry=entry, reason=form.reason.data or "", timing=timing(), **asked)


@blueprint.route(f"{FOUND}/withdraw", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def withdraw(patient: str, transfusion: str) -> Response | str | tuple[str, int]:
    """Take a transfusion out of what counts, with a reason."""
    with runtime().engines.read_session() as session:
        shown = open_transfusion(session, number=patient, code=transfusion, timing=timing())
    form = ReasonForm()
    if not form.is_submitted():
        form.fill({"version": str(shown["version"])})
        return render_template("transfusions/withdraw.html", form=form, **shown)
    asked = {"patient_number": patient, "code": transfusion, "version": form.version_id(), "actor": actor()}
    if status := attempt(
        form, lambda session: withdraw_transfusion(session, reason=form.reason.data or "", now=now(), **asked)
    ):
        return render_template("transfusions/withdraw.html", form=form, **shown), status
    return done(patient, "transfusion_taken_out")


def _form_page(form: TransfusionForm, patient: str, transfusion: str = "") -> str:
    """The form with what it says as it stands, so that it lives without scripts too."""
    with runtime().engines.read_session() as session:
        shown = open_banner(session, number=patient, on=runtime().today())
        live = open_entry(session, number=patient, typed=form.typed(), timing=timing(), code=transfusion)
    return render_template("transfusions/form.html", form=form, transfusion=transfusion, causes=CAUSES, **live, **shown)
