"""The one blueprint of the division of donors, the span of days its pages are about, and the board they read."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from domain.errors import UnusableInput
from services.allocation.board import open_board
from services.allocation.proposing import MOST_DAYS, Span
from views.allocation.layout import by_day, columns_of, laid_out
from views.forms import number_in
from views.language import current_locale
from views.reservations.asked import given_of, parse_day, timing
from views.running import person, runtime, snapshots

Json = dict[str, Any]
USUAL_DAYS = 28  # the interval between two donations of platelets: one donation of each donor
blueprint = Blueprint("allocation", __name__)


def asked_span() -> Span:
    """The days that the address or the form names: 28 from today unless it says otherwise. Raises UnusableInput."""
    given = given_of(request.values)
    days = number_in(given.get("days", str(USUAL_DAYS)))
    if days is None:
        raise UnusableInput("allocation_days", most=MOST_DAYS)
    return Span(parse_day(given.get("from")) or runtime().today(), days, ZoneInfo(runtime().settings.timezone))


def span_query() -> dict[str, str]:
    """The span as the query of an address; what is at its default is left out."""
    given = given_of(request.values)
    return {name: given[name] for name in ("from", "days") if name in given}


def read_board() -> Json:
    """The board of the span asked, as it is now, with its columns and the cards that stand in them."""
    seen = {"by": person(), "locale": current_locale(), "timing": timing()}
    with runtime().engines.read_session() as session:
        board = open_board(session, snapshots(), span=asked_span(), **seen)
    columns = columns_of(board["from"], board["days"])
    rows = laid_out(board["rows"], columns, ZoneInfo(runtime().settings.timezone))
    broken = sum(bool(one["broken"]) for row in rows for one in row["reserved"])
    return board | {"columns": columns, "rows": rows, "by_day": by_day(rows), "broken": broken}


def to_board(anchor: str = "") -> Response:
    """Back to the board of the same days."""
    query: dict[str, Any] = span_query()
    return redirect(url_for("allocation.index", **query, _anchor=anchor or None), 303)


def day_of(text: str) -> date | None:
    """A day that a form of ours carries; None where it was lost. Raises UnusableInput."""
    return parse_day(text.strip())
