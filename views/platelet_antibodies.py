"""Results of tests for HPA and CD36 antibodies: recorded and withdrawn by hand."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.imports.platelet_antibodies import judge_typed
from services.patient_file import open_banner
from services.patients import get_patient
from services.platelet_antibodies import get_result, known_methods, record_result, result_json, withdraw_result
from services.rule_tables import hpa_systems
from services.wording.catalogue import sentence
from views.access import needs
from views.language import current_locale
from views.patient_forms import ReasonForm, ResultForm, TypedForm, attempt
from views.running import actor, now, runtime

blueprint = Blueprint("platelet_antibodies", __name__)


@blueprint.route("/patients/<patient>/antibodies/new", methods=["GET", "POST"])
@needs(Permission.RECORD_ANTIBODIES)
def new(patient: str) -> Response | str | tuple[str, int]:
    """Record one result."""
    form = ResultForm()
    if not form.is_submitted():
        return _new_page(form, patient)
    if status := attempt(form, lambda session: _record(session, form, patient)):
        return _new_page(form, patient), status
    return _done("platelet_result_saved", patient)


def _record(session: Session, form: ResultForm, patient: str) -> None:
    today = runtime().today()
    result = judge_typed({**form.typed(), "patient_number": patient}, today=today, now=now())
    record_result(session, patient_number=patient, result=result, today=today, actor=actor(), now=now())


@blueprint.route("/patients/<patient>/antibodies/<int:result>/withdraw", methods=["GET", "POST"])
@needs(Permission.RECORD_ANTIBODIES)
def withdraw(patient: str, result: int) -> Response | str | tuple[str, int]:
    """Take a result out of what counts, with a reason."""
    form, row = ReasonForm(), _on_record(patient, result)
    if not form.is_submitted():
        return _withdraw_page(form, patient, row)
    asked = {"patient_number": patient, "result_id": result, "reason": form.reason.data or ""}
    if status := attempt(form, lambda session: withdraw_result(session, **asked, actor=actor(), now=now())):
        return _withdraw_page(form, patient, row), status
    return _done("platelet_result_taken_back", patient)


def _on_record(patient: str, result: int) -> dict[str, Any]:
    with runtime().engines.read_session() as session:
        return result_json(get_result(session, get_patient(session, patient), result))


def _done(code: str, patient: str) -> Response:
    flash(sentence(code, {"patient": patient}, current_locale()))
    return redirect(url_for("patients.record", patient=patient) + "#platelet-title", 303)


def _new_page(form: ResultForm, patient: str) -> str:
    with runtime().engines.read_session() as session:
        banner = open_banner(session, number=patient, on=runtime().today())
        methods = known_methods(session)
    antigens = [name for one in hpa_systems().values() for name in (one.antigen_a, one.antigen_b)]
    shown = {"methods": methods, "specificities": [*antigens, "CD36"]}
    return render_template("platelet_antibodies/new.html", form=form, **shown, **banner)


def _withdraw_page(form: TypedForm, patient: str, row: dict[str, Any]) -> str:
    with runtime().engines.read_session() as session:
        banner = open_banner(session, number=patient, on=runtime().today())
    return render_template("platelet_antibodies/withdraw.html", form=form, row=row, **banner)
