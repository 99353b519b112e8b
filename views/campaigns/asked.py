"""What is asked of the lists of a campaign: which one, which page of it, and what the form of a donor holds."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import request, url_for

from domain.errors import FieldFault, InvalidFields
from services.donor_records import read_day
from views.paging import parse_page
from views.reservations.asked import given_of
from views.running import runtime


def which_list() -> str:
    """The list that the address or the form names; those to call today where it names none."""
    return request.values.get("list", "").strip() or "to_call"


def later_day(text: str) -> date | None:
    """The day from which a donor may be contacted again, None where none was given. Raises InvalidFields."""
    return read_day(text, field="later_on", required=False)


def appointment(text: str) -> datetime | None:
    """A moment on the clocks of the registry, None where there is none. Raises InvalidFields."""
    try:
        found = datetime.strptime(text, "%Y-%m-%dT%H:%M") if text else None  # noqa: DTZ007 - of the registry's clocks, below
        if found is None:
            return None
        moment = found.replace(tzinfo=ZoneInfo(runtime().settings.timezone))
        if moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) != found:
            raise ValueError(text)  # a time that the clocks leap over
        return moment
    except ValueError as error:
        raise InvalidFields([FieldFault("appointment_at", "appointment_unreadable")]) from error


def list_address(code: str, page: int) -> str:
    """The address of a page of the list that is asked for."""
    which = which_list()
    shown = {"list": which if which != "to_call" else None, "page": page if page != 1 else None}
    return url_for("campaigns.calls", code=code, **shown)


def back_to_list(code: str, *, at: str = "") -> str:
    """The page of the list that a form was sent from, at the donor who comes next there or at another one."""
    given = given_of(request.form)
    row = at or given.get("next", "")
    address = list_address(code, parse_page(given.get("page", "1")))
    return f"{address}#call-{row}" if row else address
