"""The calendar of recalls: a month of it, and the address from which a calendar program reads it."""

from calendar import Calendar
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.errors import UnusableInput
from models.account import TokenScope
from services.accounts.permissions import Permission
from services.accounts.tokens import LONGEST_DAYS, create_token
from services.calendar.events import events_of
from services.calendar.feed import calendar_feed, find_reader
from services.wording.formats import format_clock, format_month, format_weekday
from views.access import anybody, needs
from views.campaigns.blueprint import blueprint
from views.language import current_locale
from views.reservations.asked import timing
from views.running import actor, now, person, runtime
from views.shown import said

__all__ = ["blueprint"]
SHOWN_IN_A_CELL = 4


@blueprint.app_template_filter()
def month_name(day: date) -> str:
    """The month of a day, as the reader says it."""
    return format_month(day, current_locale())


@blueprint.app_template_filter()
def weekday(day: date) -> str:
    """The day of the week, as the reader says it."""
    return format_weekday(day, current_locale())


@blueprint.app_template_filter()
def clock(moment: datetime) -> str:
    """The time of day of a moment where the registry is kept."""
    return format_clock(moment, current_locale(), runtime().settings.timezone)


@blueprint.get("/campaigns/calendar")
@needs(Permission.SEE_CAMPAIGNS)
def calendar() -> str:
    """A month of what is due."""
    return _month_page()


@blueprint.post("/campaigns/calendar/address")
@needs(Permission.SEE_CAMPAIGNS)
def calendar_address() -> str | tuple[str, int]:
    """Make an address for a calendar program; it is shown once."""
    with runtime().engines.write_session() as session:
        asked: dict[str, Any] = {"name": said("calendar.name"), "scope": TokenScope.CALENDAR, "days": LONGEST_DAYS}
        _, token = create_token(session, account_id=person().account_id, **asked, actor=actor(), now=now())
    return _month_page(address=url_for("campaigns.calendar_feed_file", token=token, _external=True))


@blueprint.get("/calendar/<token>.ics")
@anybody
def calendar_feed_file(token: str) -> Response:
    """The calendar of whoever holds the token."""
    with runtime().engines.read_session() as session:
        reader = find_reader(session, token, now=now())
        if reader is None:
            abort(404)
        content = calendar_feed(session, reader, timing(), locale=reader.locale or runtime().settings.locale)
    return FlaskResponse(content, mimetype="text/calendar", headers={"Cache-Control": "no-store"})


def _month_page(address: str = "") -> str:
    month = _month(request.args.get("month", ""))
    weeks = Calendar().monthdatescalendar(month.year, month.month)
    first, last = weeks[0][0], weeks[-1][-1]
    with runtime().engines.read_session() as session:
        events = events_of(session, person(), timing(), first=first, last=last)
    by_day = {day: [one for one in events if one.on <= day <= one.until_on] for week in weeks for day in week}
    shown: dict[str, Any] = {"month": month, "weeks": weeks, "by_day": by_day, "address": address, "days": weeks[0]}
    shown |= {"events": [one for one in events if one.on.month == month.month or one.until_on.month == month.month]}
    shown |= {"before": month - timedelta(days=1), "after": (month + timedelta(days=32)).replace(day=1)}
    return render_template("campaigns/calendar.html", **shown, most=SHOWN_IN_A_CELL, today=runtime().today())


def _month(text: str) -> date:
    """The first day of a month from `2026-11`, this month where none is named. Raises UnusableInput."""
    try:
        found = date.fromisoformat(f"{text}-01") if text else runtime().today().replace(day=1)
    except ValueError as error:
        raise UnusableInput("calendar_month_unreadable", text=text[:20]) from error
    if not 2000 <= found.year <= 2200:
        raise UnusableInput("calendar_month_unreadable", text=text[:20])
    return found
