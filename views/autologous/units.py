"""One unit: its page, its labels and markers, and each step with it."""

from typing import Any

from flask import abort, render_template
from werkzeug.wrappers import Response

from domain.autologous_units import UnitStep
from services.accounts.permissions import Permission
from services.autologous.page import open_unit
from services.autologous.units import qualify_unit, step_unit
from views.access import needs
from views.autologous.blueprint import blueprint, done
from views.autologous.forms import QualityForm, StepForm, filled, iso, timing
from views.patient_forms import TypedForm, attempt
from views.running import actor, runtime


@blueprint.get("/patients/<patient>/autologous/units/<unit>")
@needs(Permission.SEE_PATIENTS)
def unit(patient: str, unit: str) -> str | tuple[str, int]:
    """One unit with its history; on another patient's page it is refused by its rule."""
    shown = _opened(patient, unit)
    if shown["unit"] is None:
        return render_template("autologous/not_theirs.html", **shown), 409
    return render_template("autologous/unit.html", **shown)


@blueprint.route("/patients/<patient>/autologous/units/<unit>/labels", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def unit_labels(patient: str, unit: str) -> Response | str | tuple[str, int]:
    """Record the reading of the labels, and the infection markers."""
    shown = _opened(patient, unit)
    form = filled(QualityForm(), _quality(shown["unit"]))
    if not form.is_submitted():
        return _page("autologous/unit_labels.html", form, shown)
    asked = {"patient_number": patient, "number": unit, "typed": form.typed(), "version": form.version_id()}
    if status := attempt(form, lambda session: qualify_unit(session, **asked, actor=actor(), timing=timing())):
        return _page("autologous/unit_labels.html", form, shown, status)
    return done(patient, "autologous_saved", "#units-title")


@blueprint.route("/patients/<patient>/autologous/units/<unit>/<step>", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def unit_step(patient: str, unit: str, step: str) -> Response | str | tuple[str, int]:
    """Take one step with a unit."""
    if step not in set(UnitStep):
        abort(404)
    form, shown = _step_form(shown := _opened(patient, unit)), shown
    if not form.is_submitted():
        return _page("autologous/unit_step.html", form, {**shown, "step": step})
    asked = {"patient_number": patient, "number": unit, "step": step, "typed": form.typed()}
    asked |= {"version": form.version_id(), "actor": actor(), "timing": timing()}
    if status := attempt(form, lambda session: step_unit(session, **asked)):
        return _page("autologous/unit_step.html", form, {**shown, "step": step}, status)
    return done(patient, "autologous_saved", "#units-title")


def _opened(patient: str, unit: str) -> dict[str, Any]:
    with runtime().engines.read_session() as session:
        return open_unit(session, number=patient, unit=unit, timing=timing())


def _quality(unit: dict[str, Any] | None) -> dict[str, Any]:
    if unit is None:
        return {}
    values = {"markers": unit["markers"], "markers_on": iso(unit["markers_on"]), "version": str(unit["version"])}
    return {"is_labelled": unit["is_labelled"], **values}


def _step_form(shown: dict[str, Any]) -> StepForm:
    form, unit = StepForm(), shown["unit"]
    codes = [(one["code"], f"{one['hospital']} · {iso(one['needed_by'])[:10]}") for one in shown.get("requests", [])]
    form.request.choices = [("", "—"), *codes]
    if unit:
        values = {"day": iso(unit["reserved_for"] or timing().today), "version": str(unit["version"])}
        return filled(form, values)  # type: ignore[return-value]
    return form


def _page(template: str, form: TypedForm, shown: dict[str, Any], status: int = 200) -> tuple[str, int]:
    """The page of a form; of a unit that is not this patient's, its refusal."""
    if shown["unit"] is None:
        return render_template("autologous/not_theirs.html", **shown), 409
    return render_template(template, form=form, **shown), status
