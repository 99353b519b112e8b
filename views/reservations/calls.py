"""The list of donors to call for their reservations, and what came of each call."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from views.access import needs
from views.reservations.pages import blueprint

__all__ = ["blueprint"]


@blueprint.get("/reservations/calls")
@needs(Permission.SEE_RESERVATIONS)
def calls() -> Response:
    """The donors to call."""
    return redirect(url_for("reservations.index"), 303)
