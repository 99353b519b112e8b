"""What is asked of the pages of reservations: filters, the wish of the form, and where to go back to."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import request, url_for

from domain.directive import parse_threshold
from domain.errors import FieldFault, InvalidFields, UnusableInput
from domain.reservation import Timing
from services.reservations import ReservationFilter, Wish
from services.reservations.listing import LISTED, OPEN, SORTS
from views.running import now, runtime

LONGEST_NUMBER = 64


def timing() -> Timing:
    """The moment of this request, and how long a hold lasts here."""
    settings = runtime().settings
    return Timing(now(), settings.timezone, settings.hold_hours)


def parse_filter(query: Mapping[str, str]) -> ReservationFilter:
    """The filters of the address; an empty field is a field not given. Raises UnusableInput."""
    given = given_of(query)
    return ReservationFilter(
        from_on=parse_day(given.get("from")),
        until_on=parse_day(given.get("until")),
        status=_one_of(given.get("status", OPEN), LISTED),
        mine=given.get("mine") == "yes",
        number=given.get("number", "")[:LONGEST_NUMBER] or None,
        sort=_one_of(given.get("sort", "day"), tuple(SORTS)),
    )


def query_of(asked: ReservationFilter) -> dict[str, str]:
    """The filters as the query of an address; what is at its default is left out."""
    texts = {
        "from": asked.from_on.isoformat() if asked.from_on else None,
        "until": asked.until_on.isoformat() if asked.until_on else None,
        "status": asked.status if asked.status != _default("status") else None,
        "mine": "yes" if asked.mine else None,
        "number": asked.number,
        "sort": asked.sort if asked.sort != _default("sort") else None,
    }
    return {name: text for name, text in texts.items() if text}


def parse_wish(patient: str, given: Mapping[str, str]) -> Wish:
    """The wish that an address or a form makes; the day is today where none is given. Raises UnusableInput."""
    asked = given_of(given)
    return Wish(
        patient_number=patient,
        donor_number=asked.get("donor", ""),
        day=parse_day(asked.get("on")) or runtime().today(),
        threshold_mfi=parse_threshold(asked["threshold"]) if "threshold" in asked else None,
        request_code=asked.get("request"),
        note=asked.get("note", ""),
        override_reason=asked.get("override_reason", ""),
    )


def given_of(query: Mapping[str, str]) -> dict[str, str]:
    """The fields that hold something, without the spaces around it."""
    return {name: text.strip() for name, text in query.items() if text.strip()}


def parse_day(text: str | None) -> date | None:
    """A day from its ISO text, None where there is none. Raises UnusableInput."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UnusableInput("not_a_day", text=text) from error


def parse_call_back(text: str) -> datetime | None:
    """A moment on the clocks of the registry, None where there is none. Raises InvalidFields."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(runtime().settings.timezone)) if text else None
    except ValueError as error:
        raise InvalidFields([FieldFault("call_back_at", "call_back_unreadable")]) from error


def parse_version(text: str) -> int:
    """The version that a form was made from; one that no row can have is none of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def local_address(text: str) -> str | None:
    """The address if it is one of this site: a link must not lead elsewhere after a step."""
    parts = urlsplit(text) if text.isprintable() and "\\" not in text else None
    here = parts is not None and not parts.scheme and not parts.netloc
    return text if here and text.startswith("/") and not text.startswith("//") else None


def came_from() -> str:
    """Where the form leads back to: the address it was given, else the page of this site that linked here."""
    given = local_address(request.values.get("back", ""))
    if given is not None or request.method != "GET":
        return given or ""
    parts = urlsplit(request.referrer or "")
    here = parts.netloc == request.host and parts.path != request.path
    return (local_address(f"{parts.path}?{parts.query}" if parts.query else parts.path) or "") if here else ""


def back_to(given: Mapping[str, str], code: str) -> str:
    """Where to go after a step: where the person came from, else the reservation itself."""
    return local_address(given.get("back", "")) or url_for("reservations.show", code=code)


def _one_of(text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise UnusableInput("reservation_question_unknown", text=text)
    return text


def _default(name: str) -> object:
    return next(one.default for one in fields(ReservationFilter) if one.name == name)
