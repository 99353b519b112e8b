"""What stands around every page: the sections a person may open, who is logged in, and when the login ends."""

from typing import Any

from flask import Flask, url_for

from services.accounts.permissions import Permission
from services.wording.marker import N_
from views.running import find_person, runtime

# endpoint, name, permission
SECTIONS = (
    ("home.show", N_("Home"), None),
    ("patients.index", N_("Patients"), Permission.SEE_PATIENTS),
    ("reservations.index", N_("Reservations"), Permission.SEE_RESERVATIONS),
    ("admin_accounts.index", N_("Accounts"), Permission.ADMINISTER),
)


def register(app: Flask) -> None:
    """Give every template the frame's words."""
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """The person, what they may do, the sections they may open, and the seconds an idle login lasts."""
    person = find_person()
    return {
        "person": person,
        "may": lambda permission: person is not None and person.may(permission),
        "sections": [(url_for(endpoint), name, endpoint.split(".")[0]) for endpoint, name in _sections()],
        "idle_seconds": runtime().settings.session_idle_minutes * 60,
    }


def _sections() -> list[tuple[str, str]]:
    person = find_person()
    if person is None:
        return []
    return [(endpoint, name) for endpoint, name, needed in SECTIONS if needed is None or person.may(needed)]
