"""What stands around every page: the sections a person may open, who is logged in, and when the login ends."""

from typing import Any

from flask import Flask, request, url_for

from services.accounts.permissions import Permission
from services.find import LONGEST_QUESTION
from services.wording.catalogue import messages
from services.wording.marker import N_
from views.help_notes import NOTES_OF, SCREENS
from views.running import find_person, now, runtime
from views.shown import said

# endpoint, name, permission
SECTIONS = (
    ("home.show", N_("Home"), None),
    ("patients.index", N_("Patients"), Permission.SEE_PATIENTS),
    ("requests.index", N_("Requests"), Permission.SEE_PATIENTS),
    ("standing_searches.index", N_("Standing searches"), Permission.SEE_PATIENTS),
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
    person = find_person()
    found_by = [said(code) for permission, code in FOUND_BY if person and person.may(permission)]
    return {
        "person": person,
        "may": lambda permission: person is not None and person.may(permission),
        "sections": [(url_for(endpoint), name, endpoint.split(".")[0]) for endpoint, name in _sections()],
        "idle_seconds": runtime().settings.session_idle_minutes * 60,
        "login_seconds": int((person.ends_at - now()).total_seconds()) if person and person.ends_at else 0,
        "help_screen": NOTES_OF.get(request.blueprint or "", SCREENS[0]),
        "find_hint": ", ".join(found_by),
        "longest_question": LONGEST_QUESTION,
    }


def _sections() -> list[tuple[str, str]]:
    person = find_person()
    if person is None:
        return []
    return [(endpoint, name) for endpoint, name, needed in SECTIONS if needed is None or person.may(needed)]
