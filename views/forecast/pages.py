"""One patient's weeks ahead with the needs on record, and all patients by their first gap."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.forecast.needs import MOST_UNITS, end_need, record_need
from services.forecast.page import open_forecast, open_overview
from services.patient_file import open_banner
from views.access import needs
from views.forecast.asked import blueprint, query, question, words
from views.forecast.drawing import draw_supply
from views.forecast.exports import export as export  # its views join the blueprint
from views.forecast.forms import NeedForm
from views.language import current_locale
from views.patient_forms import attempt
from views.running import actor, now, runtime, snapshots
from views.shown import said


@blueprint.get("/patients/<patient>/forecast")
@needs(Permission.SEE_PATIENTS)
def show(patient: str) -> str:
    """The weeks ahead of a patient, and what would close a gap."""
    return _page(patient, NeedForm())


@blueprint.post("/patients/<patient>/forecast")
@needs(Permission.EDIT_PATIENTS)
def record(patient: str) -> Response | tuple[str, int]:
    """Write down what a patient needs every week."""
    form = NeedForm()
    if status := attempt(form, lambda session: _record(session, patient, form)):
        return _page(patient, form), status
    return _done(patient, "need_saved")


@blueprint.post("/patients/<patient>/forecast/needs/<need>/end")
@needs(Permission.EDIT_PATIENTS)
def end(patient: str, need: str) -> Response:
    """Let a weekly need count no longer."""
    with runtime().engines.write_session() as session:
        end_need(session, patient_number=patient, code=need, actor=actor(), now=now())
    return _done(patient, "need_no_more")


@blueprint.get("/reports/forecast")
@needs(Permission.SEE_PATIENTS)
def index() -> str:
    """All patients with a directive or a need, the soonest gap first."""
    asked = {"question": question(), "region": query().get("region"), "locale": current_locale()}
    store = snapshots()
    with runtime().engines.read_session() as session:
        shown = open_overview(session, store, **asked)
    return render_template("forecast/index.html", overview=shown, **words(shown))


def _record(session: Session, patient: str, form: NeedForm) -> None:
    typed, today = form.typed(), runtime().today()
    record_need(session, patient_number=patient, typed=typed, actor=actor(), now=now(), today=today)


def _page(patient: str, form: NeedForm) -> str:
    asked: dict[str, Any] = {"number": patient, "question": question(), "locale": current_locale()}
    store = snapshots()
    with runtime().engines.read_session() as session:
        one = open_forecast(session, store, **asked)
        banner = open_banner(session, number=patient, on=runtime().today())
    context = {"chart": draw_supply(one), "form": form, "most_units": MOST_UNITS, **banner, **words(one)}
    return render_template("forecast/show.html", one=one, **context)


def _done(patient: str, code: str) -> Response:
    flash(said(code))
    return redirect(url_for("forecast.show", patient=patient, **query()), 303)
