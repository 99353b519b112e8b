"""The one blueprint of every page of transfusions, and the figures that its pages write."""

from babel.numbers import format_decimal
from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from services.wording.catalogue import sentence
from views.language import current_locale

blueprint = Blueprint("transfusions", __name__)


def done(patient: str, code: str) -> Response:
    """Say what was done, and go back to the patient's transfusions."""
    flash(sentence(code, {}, current_locale()))
    return redirect(url_for("transfusions.index", patient=patient), 303)


@blueprint.app_template_filter("figure")
def figure(value: float | None, pattern: str = "#,##0.##") -> str:
    """A measure with two decimals at most and a true minus sign; a dash where there is none."""
    if value is None:
        return "—"
    return format_decimal(value, format=pattern, locale=current_locale()).replace("-", "−")
