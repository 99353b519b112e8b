"""The nomenclature, rule tables and ranking policies in use, with where they come from."""

from flask import Blueprint, render_template

from services.accounts.permissions import Permission
from services.reference_page import reference_page
from views.access import needs
from views.running import runtime

blueprint = Blueprint("admin_references", __name__, url_prefix="/admin/references")


@blueprint.get("")
@needs(Permission.SEE_REFERENCES)
def index() -> str:
    """Every version that shapes an answer today, and the tables before and after it."""
    with runtime().engines.read_session() as session:
        page = reference_page(session, on=runtime().today())
    return render_template("admin/references.html", page=page)
