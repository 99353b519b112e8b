"""Short notes for each screen, in the language of the page."""

from flask import Blueprint, abort, render_template

from views.access import logged_in
from views.language import current_locale
from views.running import runtime

SCREENS = (
    "start",
    "patients",
    "directive",
    "workbench",
    "reservations",
    "allocation",
    "board",
    "standing_searches",
    "autologous",
    "transfusions",
    "antibodies",
    "donors",
    "rare_donors",
    "families",
    "duplicates",
    "reports",
    "inbox",
    "imports",
    "exports",
    "api",
    "account",
    "administration",
    "keyboard",
)
# blueprint → its notes; a screen of any other has the first
NOTES_OF = {
    "patients": "patients",
    "requests": "patients",
    "platelet_antibodies": "patients",
    "sera": "patients",
    "directives": "directive",
    "workbench": "workbench",
    "standing_searches": "standing_searches",
    "autologous": "autologous",
    "transfusions": "transfusions",
    "treatments": "patients",
    "crossmatches": "patients",
    "antibodies": "antibodies",
    "reservations": "reservations",
    "allocation": "allocation",
    "campaigns": "board",
    "donors": "donors",
    "rare_donors": "rare_donors",
    "families": "families",
    "duplicates": "duplicates",
    "reports": "reports",
    "forecast": "reports",
    "inbox": "inbox",
    "subscriptions": "inbox",
    "recalls": "inbox",
    "imports": "imports",
    "exports": "exports",
    "own_account": "account",
    "admin_accounts": "administration",
    "admin_audit": "administration",
    "admin_jobs": "administration",
    "admin_outbox": "administration",
    "admin_references": "administration",
}
blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
@logged_in
def index() -> str:
    """Every page of notes."""
    return render_template("help/index.html", screens=SCREENS)


@blueprint.get("/help/<screen>")
@logged_in
def show(screen: str) -> str:
    """The notes of one screen."""
    if screen not in SCREENS:
        abort(404)
    notes = f"help/{current_locale()}/{screen}.html"
    return render_template("help/show.html", screen=screen, screens=SCREENS, notes=notes, **_limits())


def _limits() -> dict[str, int]:
    """The figures of this site that notes mention."""
    settings = runtime().settings
    return {
        "hold_hours": settings.hold_hours,
        "upload_mb": settings.upload_mb,
        "idle_minutes": settings.session_idle_minutes,
        "session_hours": settings.session_hours,
    }
