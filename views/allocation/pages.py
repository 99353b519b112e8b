"""The board of who gets which donor, and what is decided on it at once: a division kept, a mark made or lifted."""

from collections.abc import Callable
from typing import Any

from flask import flash, render_template, request
from sqlmodel import Session
from werkzeug.wrappers import Response

from domain.errors import NotFound, PhenothequeError, RefusedByRule, UnusableInput
from models.allocation import MarkKind
from services.accounts.permissions import Permission
from services.allocation.keeping import keep_run
from services.allocation.marking import lift_mark, record_mark
from services.allocation.proposing import MOST_DAYS
from views.access import needs
from views.allocation import accepting, moves
from views.allocation.blueprint import asked_span, blueprint, day_of, read_board, span_query, to_board
from views.language import current_locale
from views.reservations.asked import given_of, timing
from views.running import now, person, runtime, snapshots
from views.shown import said

__all__ = ["accepting", "blueprint", "moves"]  # the other pages of the blueprint come with these
MOST_LOST = 12  # donors named for a patient who lost more
Answer = Response | tuple[str, int]


@blueprint.get("/allocation")
@needs(Permission.SEE_PATIENTS)
def index() -> str:
    """Who gets which donor on which day, as it stands now."""
    return _page()


def _page(refused: PhenothequeError | None = None) -> str:
    board = read_board()
    most = {"most_days": MOST_DAYS, "most_lost": MOST_LOST}
    return render_template("allocation/index.html", board=board, query=span_query(), refused=refused, **most)


@blueprint.post("/allocation/keep")
@needs(Permission.RESERVE)
def keep() -> Answer:
    """Keep the division as it is now: the next ones are compared with it, and stay close to it."""
    seen: dict[str, Any] = {"span": asked_span(), "by": person(), "timing": timing(), "locale": current_locale()}
    return _done(lambda session: keep_run(session, snapshots(), **seen), "division_kept")


@blueprint.post("/allocation/marks")
@needs(Permission.RESERVE)
def mark() -> Answer:
    """Fix a donor for a request and a day, or forbid them for it."""
    given = given_of(request.form)
    kind = _kind(given.get("kind", ""))
    asked = {"request_code": given.get("request", ""), "donor_number": given.get("donor", "")}
    on = {"day": day_of(given.get("on", "")) if kind is MarkKind.FIXED else None, "reason": given.get("reason", "")}
    put = {**asked, **on, "by": person(), "now": now()}
    return _done(lambda session: record_mark(session, kind=kind, **put), f"division_marked.{kind}")


@blueprint.post("/allocation/marks/<uuid:code>/lift")
@needs(Permission.RESERVE)
def lift(code: Any) -> Answer:
    """Take a mark away."""
    return _done(lambda session: lift_mark(session, code=str(code), by=person(), now=now()), "division_mark_lifted")


def _kind(text: str) -> MarkKind:
    if text not in tuple(MarkKind):
        raise UnusableInput("division_mark_unknown", text=text)
    return MarkKind(text)


def _done(do: Callable[[Session], Any], code: str) -> Answer:
    """Do it and show the board again; what is refused leaves the board as it now is, and says why."""
    try:
        with runtime().engines.write_session() as session:
            do(session)
    except NotFound:
        raise
    except (RefusedByRule, UnusableInput) as refused:
        return _page(refused), 409 if isinstance(refused, RefusedByRule) else 422
    flash(said(code))
    return to_board(request.form.get("anchor", ""))
