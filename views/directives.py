"""A patient's directives: what is in force, what was, and who answers for it."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.directive_history import list_directives
from views.access import needs
from views.running import runtime

blueprint = Blueprint("directives", __name__)


@blueprint.get("/patients/<patient>/directives")
@needs(Permission.SEE_PATIENTS)
def history(patient: str) -> str:
    """Every version, the newest first."""
    with runtime().engines.read_session() as session:
        found = list_directives(session, patient_number=patient)
    return render_template("directives/history.html", versions=found, number=patient)


@blueprint.get("/patients/<patient>/directive")
@needs(Permission.WRITE_DIRECTIVES)
def edit(patient: str) -> Response:
    """The form of a new version."""
    return redirect(url_for("directives.history", patient=patient), 303)


@blueprint.get("/patients/<patient>/directives/sign")
@needs(Permission.SIGN_DIRECTIVES)
def sign(patient: str) -> Response:
    """Sign the version in force."""
    return redirect(url_for("directives.history", patient=patient), 303)


@blueprint.get("/patients/<patient>/directives/close")
@needs(Permission.WRITE_DIRECTIVES)
def close(patient: str) -> Response:
    """End the version in force."""
    return redirect(url_for("directives.history", patient=patient), 303)
