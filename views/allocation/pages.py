"""The board of who gets which donor, and what is decided on it at once: a division kept, a mark made or lifted."""

from typing import Any
from uuid import UUID

from flask import request

from domain.errors import UnusableInput
from models.allocation import MarkKind
from services.accounts.permissions import Permission
from services.allocation.keeping import keep_run
from services.allocation.marking import lift_mark, record_mark
from views.access import needs
from views.allocation import accepting, moves
from views.allocation.blueprint import Answer, asked_of, blueprint, board_page, day_of, done
from views.reservations.asked import given_of
from views.running import now, person, snapshots

__all__ = ["accepting", "blueprint", "moves"]  # the other pages of the blueprint come with these


@blueprint.get("/allocation")
@needs(Permission.SEE_PATIENTS)
def index() -> str:
    """Who gets which donor on which day, as it stands now."""
    return board_page()


@blueprint.post("/allocation/keep")
@needs(Permission.RESERVE)
def keep() -> Answer:
    """Keep the division as it is now: the next ones are compared with it, and stay close to it."""
    return done(lambda session: keep_run(session, snapshots(), **asked_of()), "division_kept")


@blueprint.post("/allocation/marks")
@needs(Permission.RESERVE)
def mark() -> Answer:
    """Fix a donor for a request and a day, or forbid them for it."""
    given = given_of(request.form)
    kind = _kind(given.get("kind", ""))
    asked: dict[str, Any] = {"request_code": given.get("request", ""), "donor_number": given.get("donor", "")}
    asked |= {"day": day_of(given.get("on", "")), "reason": given.get("reason", ""), "by": person(), "now": now()}
    return done(
        lambda session: record_mark(session, kind=kind, **asked),
        f"division_marked.{kind}",
        given.get("anchor", ""),
    )


@blueprint.post("/allocation/marks/<uuid:code>/lift")
@needs(Permission.RESERVE)
def lift(code: UUID) -> Answer:
    """Take a mark away."""
    asked = {"code": str(code), "by": person(), "now": now()}
    return done(lambda session: lift_mark(session, **asked), "division_mark_lifted", request.form.get("anchor", ""))


def _kind(text: str) -> MarkKind:
    if text not in tuple(MarkKind):
        raise UnusableInput("division_mark_unknown", text=text)
    return MarkKind(text)
