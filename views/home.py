"""The first page after logging in: what needs me today."""

from flask import Blueprint, render_template

from views.access import logged_in

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@logged_in
def show() -> str:
    """What needs the person today, by what they may do."""
    return render_template("home/show.html")
