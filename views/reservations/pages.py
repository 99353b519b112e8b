"""Reservations: the list, one of them with its steps, and the form that makes one."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from views.access import needs

blueprint = Blueprint("reservations", __name__)


@blueprint.get("/reservations")
@needs(Permission.SEE_RESERVATIONS)
def index() -> str:
    """The reservations a person asks to see."""
    return render_template("reservations/index.html")


@blueprint.get("/reservations/<code>")
@needs(Permission.SEE_RESERVATIONS)
def show(code: str) -> Response:
    """One reservation."""
    return redirect(url_for("reservations.index", code=code), 303)


@blueprint.route("/patients/<patient>/reserve", methods=["GET", "POST"])
@needs(Permission.RESERVE)
def new(patient: str) -> Response:
    """The form that reserves a donor for a patient."""
    return redirect(url_for("workbench.show", patient=patient, threshold=request.args.get("threshold")), 303)
