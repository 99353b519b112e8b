"""What stands around every page: the sections a person may open, who is logged in, and when the login ends."""

from typing import Any

from flask import Flask, g, request, url_for

from services.accounts.permissions import Permission
from services.find import LONGEST_QUESTION
from services.subscriptions.inbox import count_unread
from services.wording.catalogue import messages
from services.wording.marker import N_
from views.help_notes import NOTES_OF, SCREENS
from views.running import find_person, now, person, runtime
from views.shown import said

# endpoint, name, permission
SECTIONS = (
    ("home.show", N_("Home"), None),
    ("patients.index", N_("Patients"), Permission.SEE_PATIENTS),
    ("requests.index", N_("Requests"), Permission.SEE_PATIENTS),
    ("standing_searches.index", N_("Watched"), Permission.SEE_PATIENTS),
    ("autologous.index", N_("Autologous"), Permission.SEE_PATIENTS),
    ("donors.index", N_("Donors"), Permission.SEE_DONORS),
    ("rare_donors.index", N_("Rare donors"), Permission.SEE_DONORS),
    ("reservations.index", N_("Reservations"), Permission.SEE_RESERVATIONS),
    ("campaigns.index", N_("Campaigns"), Permission.SEE_CAMPAIGNS),
    ("duplicates.index", N_("Duplicates"), Permission.RESOLVE_DUPLICATES),
    ("families.index", N_("Families"), Permission.SEE_FAMILIES),
    ("reports.availability", N_("Reports"), Permission.SEE_DONORS),
    ("imports.index", N_("Imports"), Permission.IMPORT_FILES),
    ("admin_accounts.index", N_("Accounts"), Permission.ADMINISTER),
    ("admin_jobs.index", N_("Jobs"), Permission.ADMINISTER),
    ("admin_references.index", N_("References"), Permission.SEE_REFERENCES),
    ("admin_audit.index", N_("Audit"), Permission.SEE_AUDIT),
)
# blueprint → the section under which its pages are found; a page of one patient is found under Patients
UNDER = {
    "allocation": "requests",
    "forecast": "reports",
    "transfusions": "patients",
    "treatments": "patients",
    "crossmatches": "patients",
}
FOUND_BY = (
    (Permission.SEE_PATIENTS, "find.patient_number"),
    (Permission.SEE_DONORS, "find.donor_number"),
    (Permission.SEE_IDENTITY, "find.donor_name"),
)


def register(app: Flask) -> None:
    """Give every template the frame's words."""
    app.context_processor(frame)
    app.jinja_env.filters["in_words"] = in_words


def in_words(word: str, area: str) -> str:
    """A word kept in a table, as the reader says it; the word itself where this program knows none for it."""
    code = f"{area}.{word}"
    return said(code) if code in messages() else word


def frame() -> dict[str, Any]:
    """The person, what they may do, the sections they may open, and in how many seconds the login ends."""
    known = find_person()
    found_by = [said(code) for permission, code in FOUND_BY if known and known.may(permission)]
    return {
        "person": known,
        "may": lambda permission: known is not None and known.may(permission),
        "sections": [(url_for(endpoint), name, endpoint.split(".")[0]) for endpoint, name in _sections()],
        "section_shown": _section_shown(),
        "idle_seconds": runtime().settings.session_idle_minutes * 60,
        "login_seconds": int((known.ends_at - now()).total_seconds()) if known and known.ends_at else 0,
        "help_screen": NOTES_OF.get(request.blueprint or "", SCREENS[0]),
        "find_hint": ", ".join(found_by),
        "longest_question": LONGEST_QUESTION,
        "unread": unread,
    }


def unread() -> int:
    """How many notices the person has not opened; asked once for a page, and only by a page that says it."""
    if "unread" not in g:
        with runtime().engines.read_session() as session:
            g.unread = count_unread(session, person().account_id)
    found: int = g.unread
    return found


def _section_shown() -> str | None:
    """The section of the page, or the nearest one."""
    blueprint = request.blueprint
    if any(endpoint.startswith(f"{blueprint}.") for endpoint, _, _ in SECTIONS):
        return blueprint
    return "patients" if "patient" in (request.view_args or {}) else UNDER.get(blueprint or "")


def _sections() -> list[tuple[str, str]]:
    known = find_person()
    if known is None:
        return []
    return [(endpoint, name) for endpoint, name, needed in SECTIONS if needed is None or known.may(needed)]
