"""The fields of a request as a person types them, read into values or faults, all at once."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from domain.errors import FieldFault
from models.request import Urgency
from services.imports.shape import cell_fault
from services.imports.values import DateOrder, Fault, date_evidence, parse_date, parse_whole

LEAST_UNITS, MOST_UNITS = 1, 50
LONGEST = {"hospital": 200, "contact": 200, "note": 1_000}
_CLOCK = re.compile(r"([01]?\d|2[0-3])\s*[:hH.]\s*([0-5]\d)?")


def read_request(typed: Mapping[str, str], *, zone: str) -> tuple[dict[str, Any], list[FieldFault]]:
    """The values that can be used and what keeps the others from it; times are those of the zone."""
    values: dict[str, Any] = {}
    faults: list[FieldFault] = []

    def take(name: str, value: object, field: str) -> None:
        if isinstance(value, Fault):
            faults.append(FieldFault(field, value.code, {"text": typed.get(field, "")[:80], **value.params}))
        else:
            values[name] = value

    for name in LONGEST:
        take(name, _text(typed.get(name, ""), LONGEST[name], needed=name == "hospital"), name)
    take("units", _units(typed.get("units", "")), "units")
    take("urgency", _urgency(typed.get("urgency", "")), "urgency")
    day, clock = _day(typed.get("needed_on", "")), _clock(typed.get("needed_at", ""))
    if isinstance(day, Fault) or isinstance(clock, Fault):
        for field, found in (("needed_on", day), ("needed_at", clock)):
            if isinstance(found, Fault):
                take("", found, field)
    else:
        take("needed_by", _moment(day, clock, ZoneInfo(zone)), "needed_at")
    return values, faults


def _text(text: str, most: int, *, needed: bool) -> str | Fault:
    words = " ".join(text.split())
    if fault := cell_fault(words):
        return fault
    if needed and not words:
        return Fault("request_needs.hospital")
    return Fault("text_too_long", {"limit": most}) if len(words) > most else words


def _units(text: str) -> int | Fault:
    if not text.strip():
        return Fault("request_needs.units")
    number = parse_whole(text.strip())
    if isinstance(number, Fault):
        return number
    if not LEAST_UNITS <= number <= MOST_UNITS:
        return Fault("number_out_of_range", {"low": LEAST_UNITS, "high": MOST_UNITS})
    return number


def _urgency(text: str) -> Urgency | Fault:
    return Urgency(text) if text in set(Urgency) else Fault("urgency_needed")


def _day(text: str) -> date | Fault:
    """Day first, or ISO."""
    plain = text.strip()
    if not plain:
        return Fault("request_needs.needed_on")
    if date_evidence(plain) is DateOrder.MONTH_FIRST:
        return Fault("date_does_not_exist")
    return parse_date(plain, DateOrder.DAY_FIRST)


def _clock(text: str) -> time | Fault:
    """`18:00`, and in French `18 h 00`, `18h`."""
    plain = text.strip()
    if not plain:
        return Fault("request_needs.needed_at")
    found = _CLOCK.fullmatch(plain)
    if found is None or (found[2] is None and plain[-1] not in "hH"):
        return Fault("not_a_time_of_day")
    return time(int(found[1]), int(found[2] or 0))


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime | Fault:
    """The moment of a local day and time; one that the change of clocks skips does not exist.

    One that it repeats is taken as the earlier: nobody waits for platelets because of a clock.
    """
    moment = datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
    skipped = moment.astimezone(zone).time() != clock
    return Fault("time_skipped_by_clocks") if skipped else moment
