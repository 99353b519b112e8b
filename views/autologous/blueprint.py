"""The one blueprint of every page of autologous platelets, and what its views share."""

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from services.wording.catalogue import sentence
from views.language import current_locale

blueprint = Blueprint("autologous", __name__)


def done(patient: str, code: str, anchor: str = "", **params: object) -> Response:
    """Say what was done, and go back to the patient's page."""
    flash(sentence(code, params, current_locale()))
    return redirect(url_for("autologous.show", patient=patient) + anchor, 303)
