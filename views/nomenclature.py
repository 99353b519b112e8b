"""Why a typed text counts as its antigens."""

from flask import Blueprint, render_template, request

from services.accounts.permissions import Permission
from services.nomenclature import LONGEST_TEXT, why_text
from views.access import needs
from views.language import current_locale
from views.running import runtime

blueprint = Blueprint("nomenclature", __name__)


@blueprint.get("/nomenclature")
@needs(Permission.READ_NOMENCLATURE)
def show() -> str:
    """A typed text, read by the nomenclature in force and by the core; the form alone without one."""
    text = request.args.get("text", "").strip()
    with runtime().engines.read_session() as session:
        answer = why_text(session, text, locale=current_locale()) if text else None
    return render_template("nomenclature/show.html", answer=answer, text=text, longest=LONGEST_TEXT)
