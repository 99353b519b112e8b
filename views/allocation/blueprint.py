"""The one blueprint of the division of donors: the span of its pages, the board, and what is done on it."""

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from domain.errors import NotFound, PhenothequeError, RefusedByRule, UnusableInput
from services.accounts.permissions import Permission
from services.allocation.board import MOST_OFFERED, open_board
from services.allocation.terms import MOST_DAYS, Json, Span, span_to_come, standing_marks
from views.allocation.layout import by_day, columns_of, laid_out
from views.forms import number_in
from views.language import current_locale
from views.reservations.asked import given_of, parse_day, timing
from views.running import person, runtime, snapshots
from views.shown import said

Answer = Response | str | tuple[str, int]
USUAL_DAYS = 28  # the interval between two donations of platelets: one donation of each donor
MOST_LOST = 12  # donors named for a patient who lost more
blueprint = Blueprint("allocation", __name__)


def asked_span() -> Span:
    """The days to come of those that the address or the form names: 28 from today unless it says otherwise.

    Raises UnusableInput, and RefusedByRule where all are over.
    """
    given = given_of(request.values)
    days = number_in(given.get("days", str(USUAL_DAYS)))
    if days is None:
        raise UnusableInput("allocation_days", most=MOST_DAYS)
    today, zone = runtime().today(), ZoneInfo(runtime().settings.timezone)
    return span_to_come(parse_day(given.get("from")) or today, days, today=today, zone=zone)


def span_query() -> dict[str, Any]:
    """The span as the query of an address; what is not given is left out."""
    given = given_of(request.values)
    return {name: given[name] for name in ("from", "days") if name in given}


def asked_of() -> dict[str, Any]:
    """What the services want to know of a request of these pages: the span, who asks, when, in which language."""
    return {"span": asked_span(), "by": person(), "timing": timing(), "locale": current_locale()}


def read_board() -> Json:
    """The board of the span asked, as it is now, with its columns and the cards that stand in them.

    Who may not see reservations sees how many there are, and not of whom.
    """
    with runtime().engines.read_session() as session:
        board, marks = open_board(session, snapshots(), **asked_of()), standing_marks(session)
    if not person().may(Permission.SEE_RESERVATIONS):
        board["rows"] = [row | {"reserved": []} for row in board["rows"]]
    columns = columns_of(board["from"], board["days"])
    rows = laid_out(board["rows"], columns, marks, ZoneInfo(runtime().settings.timezone))
    broken = sum(bool(one["broken"]) for row in rows for one in row["reserved"])
    return board | {"columns": columns, "rows": rows, "by_day": by_day(rows), "broken": broken}


def board_page(refused: PhenothequeError | None = None) -> str:
    """The board as it now is, and what was refused."""
    shown = {"query": span_query(), "most_days": MOST_DAYS, "most_lost": MOST_LOST, "most_offered": MOST_OFFERED}
    return render_template("allocation/index.html", board=read_board(), refused=refused, **shown)


def done(do: Callable[[Session], Any], code: str, anchor: str = "") -> Answer:
    """Do it and show the board again; what is refused leaves the board as it now is, and says why."""
    try:
        with runtime().engines.write_session() as session:
            do(session)
    except NotFound:
        raise
    except (RefusedByRule, UnusableInput) as refused:
        return board_page(refused), 409 if isinstance(refused, RefusedByRule) else 422
    flash(said(code))
    return to_board(anchor)


def to_board(anchor: str = "") -> Response:
    """Back to the board of the same days."""
    return redirect(url_for("allocation.index", **span_query(), _anchor=anchor or None), 303)


def day_of(text: str) -> date | None:
    """A day that a form of ours carries; None where it was lost. Raises UnusableInput."""
    return parse_day(text.strip())
