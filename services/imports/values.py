"""Dates, numbers and yes/no out of text; what could be read in two ways is a fault, never a guess."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from services.imports.spreadsheet import SheetNumber

MAX_NUMBER_CHARACTERS = 30  # far more than any quantity here, and far from what a float cannot hold
CLOCK_TOLERANCE = timedelta(days=1)  # another system's clock and time zone may be ahead of ours
FIRST_YEAR, LAST_YEAR = 1900, 2199

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?P<rest>[T ].*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?P<rest> .*)?")
_COMPACT = re.compile(r"((?:19|20|21)\d{2})(\d{2})(\d{2})")
_TIME = re.compile(r"[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:?\d{2})?")

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_SPACED = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_WHOLE = re.compile(r"\d+")
_EITHER = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")  # 1,234: a thousand and more, or one and a bit
_DECIMAL = re.compile(r"\d+([.,])\d+")
_GROUPED = re.compile(r"\d{1,3}(?:(?P<group>[.,])\d{3})(?:(?P=group)\d{3})*(?:(?P<mark>(?!(?P=group))[.,])\d+)?")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text has no value: the code of a sentence and what fills it."""

    code: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)


class DateOrder(StrEnum):
    """What the dates of one column tell about their order."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    UNKNOWN = "unknown"  # no date tells
    MIXED = "mixed"  # some dates tell one order, some the other


class DecimalMark(StrEnum):
    """What the numbers of one column tell about their decimal mark."""

    COMMA = ","
    POINT = "."
    UNKNOWN = "unknown"
    MIXED = "mixed"


def date_evidence(text: str) -> DateOrder | None:
    """The order that this date alone proves, or None."""
    match = _YEAR_LAST.fullmatch(text)
    if not match:
        return None
    first, second = int(match[1]), int(match[3])
    if first > 12 >= second >= 1:
        return DateOrder.DAY_FIRST
    if second > 12 >= first >= 1:
        return DateOrder.MONTH_FIRST
    return None


def decimal_evidence(text: str) -> DecimalMark | None:
    """The decimal mark that this number alone proves, or None."""
    if isinstance(text, SheetNumber):
        return None
    plain = _unsigned(text)
    if _WHOLE.fullmatch(plain) or _EITHER.fullmatch(plain):
        return None
    decimal = _DECIMAL.fullmatch(plain)
    if decimal:
        return DecimalMark(decimal[1])
    grouped = _GROUPED.fullmatch(plain)
    if grouped:
        return DecimalMark(grouped["mark"] or (DecimalMark.POINT if grouped["group"] == "," else DecimalMark.COMMA))
    return None


def agreed_order(seen: Iterable[DateOrder]) -> DateOrder:
    """The order of a column from what its dates prove."""
    proofs = set(seen)
    if len(proofs) > 1:
        return DateOrder.MIXED
    return proofs.pop() if proofs else DateOrder.UNKNOWN


def agreed_mark(seen: Iterable[DecimalMark]) -> DecimalMark:
    """The decimal mark of a column from what its numbers prove."""
    proofs = set(seen)
    if len(proofs) > 1:
        return DecimalMark.MIXED
    return proofs.pop() if proofs else DecimalMark.UNKNOWN


def parse_date(text: str, order: DateOrder = DateOrder.UNKNOWN) -> date | Fault:
    """The day a text names: ISO 8601, or day and month in the order of its column; a time of day is left out."""
    match = _YEAR_FIRST.fullmatch(text)
    if match:
        return _day(text, match[1], match[3], match[4]) if _is_time(match["rest"]) else Fault("date_unreadable")
    match = _COMPACT.fullmatch(text)
    if match:
        return _day(text, *match.groups())
    match = _YEAR_LAST.fullmatch(text)
    if not match or not _is_time(match["rest"]):
        return Fault("date_unreadable")
    if len(match[4]) == 2:
        return Fault("date_with_short_year")
    return _day_and_month(text, match[1], match[3], match[4], order)


def _day_and_month(text: str, first: str, second: str, year: str, order: DateOrder) -> date | Fault:
    proof = date_evidence(text)
    if proof is None and int(first) != int(second):
        proof = order
    if proof is DateOrder.DAY_FIRST or int(first) == int(second):
        return _day(text, year, second, first)
    if proof is DateOrder.MONTH_FIRST:
        return _day(text, year, first, second)
    day_first, month_first = _day(text, year, second, first), _day(text, year, first, second)
    if isinstance(day_first, Fault) or isinstance(month_first, Fault):
        return Fault("date_unreadable")
    return Fault("date_order_mixed" if order is DateOrder.MIXED else "date_order_unknown")


def is_ahead(day: date, now: datetime) -> bool:
    """Whether a day lies in the future, by more than clocks differ."""
    return day > now.date() + CLOCK_TOLERANCE


def _day(text: str, year: str, month: str, day: str) -> date | Fault:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return Fault("date_does_not_exist")
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else Fault("date_out_of_range")


def _is_time(rest: str | None) -> bool:
    return not rest or _TIME.fullmatch(rest) is not None


def parse_instant(text: str, order: DateOrder = DateOrder.UNKNOWN) -> datetime | Fault:
    """The moment a text names, aware, in UTC; without an offset it is taken as UTC, without a time as midnight."""
    day = parse_date(text, order)
    if isinstance(day, Fault):
        return day
    match = _TIME.search(text)
    if not match:
        return datetime.combine(day, time(0), tzinfo=UTC)
    clock, offset = match[1].rjust(len(match[1]) + (match[1][1] == ":"), "0"), match[2] or "Z"
    try:
        return datetime.fromisoformat(f"{day.isoformat()}T{clock}{offset}").astimezone(UTC)
    except ValueError:
        return Fault("date_unreadable")


def parse_number(text: str, mark: DecimalMark = DecimalMark.UNKNOWN) -> float | Fault:
    """The number a text writes with a decimal comma or point; `1,234` needs the mark of its column."""
    if isinstance(text, SheetNumber):
        return float(text)
    plain = _unsigned(text)
    if len(plain) > MAX_NUMBER_CHARACTERS:
        return Fault("number_unreadable")
    sign = -1.0 if text.strip()[:1] in ("-", "\u2212") else 1.0
    if _EITHER.fullmatch(plain):
        if mark in (DecimalMark.UNKNOWN, DecimalMark.MIXED):
            return Fault("number_ambiguous")
        decimal = plain[-4] == mark
        return sign * float(plain.replace(",", ".") if decimal else plain.replace(",", "").replace(".", ""))
    if _WHOLE.fullmatch(plain):
        return sign * float(plain)
    if _DECIMAL.fullmatch(plain):
        return sign * float(plain.replace(",", "."))
    grouped = _GROUPED.fullmatch(plain)
    if not grouped:
        return Fault("number_unreadable")
    whole = plain.replace(grouped["group"], "")
    return sign * float(whole.replace(",", "."))


def _unsigned(text: str) -> str:
    """The text without sign; spaces are left out where they group thousands."""
    plain = _SPACES.sub(" ", text.strip())
    if plain[:1] in ("+", "-", "\u2212"):
        plain = plain[1:].lstrip()
    return plain.replace(" ", "") if _SPACED.fullmatch(plain) else plain


def parse_whole(text: str, mark: DecimalMark = DecimalMark.UNKNOWN) -> int | Fault:
    """The whole number a text writes; `2.0` is 2."""
    number = parse_number(text, mark)
    if isinstance(number, Fault):
        return number
    return int(number) if number.is_integer() else Fault("number_not_whole")
