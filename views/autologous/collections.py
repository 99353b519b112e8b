"""Collections: planned, recorded with their guard-rails, cancelled, and the units that came of them."""

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from domain.errors import InvalidFields
from services.accounts.permissions import Permission
from services.autologous.collections import (
    cancel_collection,
    judge_collection,
    plan_collection,
    record_collection,
)
from services.autologous.page import open_collection, open_plan
from services.autologous.units import add_unit
from views.access import needs
from views.autologous.blueprint import blueprint, done
from views.autologous.forms import CollectionForm, DoneForm, UnitForm, filled, iso, timing
from views.patient_forms import ReasonForm, TypedForm, attempt
from views.running import actor, person, runtime
from views.shown import day as day_said

CHECK = "check"


@blueprint.route("/patients/<patient>/autologous/collections/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def collection_new(patient: str) -> Response | str | tuple[str, int]:
    """Plan a collection."""
    form = filled(CollectionForm(), {"day": request.args.get("on", "")[:10]})
    if not form.is_submitted():
        return _plan_page(form, patient)
    asked = {"patient_number": patient, "typed": form.typed(), "actor": actor(), "timing": timing()}
    if status := attempt(form, lambda session: plan_collection(session, **asked)):
        return _plan_page(form, patient), status
    return done(patient, "autologous_collection_planned", "#collections-title", on=day_said(form.day.data))


@blueprint.get("/patients/<patient>/autologous/collections/<collection>")
@needs(Permission.SEE_PATIENTS)
def collection(patient: str, collection: str) -> str:
    """One collection with how its guard-rails were judged."""
    return render_template("autologous/collection.html", **_opened(patient, collection))


@blueprint.route("/patients/<patient>/autologous/collections/<collection>/done", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def collection_done(patient: str, collection: str) -> Response | str | tuple[str, int]:
    """Record that a collection was made; what is typed can be judged before it is saved."""
    shown = _opened(patient, collection)
    form = filled(DoneForm(), _beginning(shown))
    if not form.is_submitted() or request.form.get("do") == CHECK:
        return _done_page(form, patient, shown)
    asked = {"patient_number": patient, "code": collection, "typed": form.typed(), "version": form.version_id()}
    if status := attempt(form, lambda session: record_collection(session, **asked, by=person(), timing=timing())):
        return _done_page(form, patient, shown), status
    return done(patient, "autologous_collection_done", "#collections-title")


@blueprint.route("/patients/<patient>/autologous/collections/<collection>/cancel", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def collection_cancel(patient: str, collection: str) -> Response | str | tuple[str, int]:
    """Give up a planned collection, with a reason."""
    shown = _opened(patient, collection)
    form = filled(ReasonForm(), {"version": str(shown["collection"]["version"])})
    page = {"what": "collection", "name": day_said(shown["collection"]["day"]), **shown}
    if not form.is_submitted():
        return render_template("autologous/cancel.html", form=form, **page)
    asked = {"patient_number": patient, "code": collection, "reason": form.reason.data or ""}
    asked |= {"version": form.version_id(), "actor": actor(), "timing": timing()}
    if status := attempt(form, lambda session: cancel_collection(session, **asked)):
        return render_template("autologous/cancel.html", form=form, **page), status
    return done(patient, "autologous_collection_cancelled")


@blueprint.route("/patients/<patient>/autologous/collections/<collection>/units/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def unit_new(patient: str, collection: str) -> Response | str | tuple[str, int]:
    """Put a unit of a collection in stock."""
    form, shown = UnitForm(), _opened(patient, collection)
    if not form.is_submitted():
        return render_template("autologous/unit_new.html", form=form, **shown)
    made: list[Any] = []
    asked = {"patient_number": patient, "collection_code": collection, "typed": form.typed(), "actor": actor()}
    if status := attempt(form, lambda session: made.append(_summary(add_unit(session, **asked, timing=timing())))):
        return render_template("autologous/unit_new.html", form=form, **shown), status
    return done(patient, "autologous_unit_stored", "#units-title", **made[0])


def _summary(row: Any) -> dict[str, str]:
    return {"unit": row.number, "expires_on": row.expires_on.isoformat()}


def _opened(patient: str, collection: str) -> dict[str, Any]:
    with runtime().engines.read_session() as session:
        return open_collection(session, number=patient, code=collection, timing=timing())


def _beginning(shown: dict[str, Any]) -> dict[str, str]:
    day = min(shown["collection"]["day"], timing().today)
    weight = shown["weight_kg"]
    return {
        "day": iso(day),
        "counted_on": iso(day),
        "weight_kg": f"{weight:g}" if weight is not None else "",
        "version": str(shown["collection"]["version"]),
    }


def _plan_page(form: TypedForm, patient: str) -> str:
    with runtime().engines.read_session() as session:
        plan = open_plan(session, number=patient, timing=timing())
    return render_template("autologous/collection_new.html", form=form, **plan)


def _done_page(form: DoneForm, patient: str, shown: dict[str, Any]) -> str:
    """The form, with the guard-rails of what was typed where it can be read."""
    rails = None
    if form.is_submitted():
        asked = {"patient_number": patient, "code": shown["collection"]["code"], "typed": form.typed()}
        try:
            with runtime().engines.read_session() as session:
                rails = judge_collection(session, **asked, today=timing().today)
        except InvalidFields as error:
            if not form.errors:
                form.take_faults(error)
    return render_template("autologous/collection_done.html", form=form, rails=rails, **shown)
