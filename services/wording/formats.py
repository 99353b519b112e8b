"""Numbers and dates as a reader of each language writes them."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date
from babel.numbers import format_decimal

_DATE_PATTERNS = {"fr": "dd/MM/yyyy", "en": "d MMM yyyy"}


@lru_cache(maxsize=50_000)  # a page of donors holds some six hundred figures, most of them on every page
def format_number(value: int | float, locale: str) -> str:
    """Return a number with the locale's grouping and decimal mark (12 345,6 in French, with U+202F)."""
    return format_decimal(value, locale=locale)


def format_date(value: date | str, locale: str) -> str:
    """Return a date (or its ISO text) as JJ/MM/AAAA in French and as 22 Nov 2026 in English."""
    day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return babel_date(day, _DATE_PATTERNS[locale], locale=locale)


def format_moment(moment: datetime, locale: str, zone: str) -> str:
    """Return a moment where the registry is kept: 22/11/2026 18 h 05 in French, 22 Nov 2026 18:05 in English."""
    return f"{format_date(moment.astimezone(ZoneInfo(zone)).date(), locale)} {format_clock(moment, locale, zone)}"


def format_clock(moment: datetime, locale: str, zone: str) -> str:
    """Return the time of day of a moment where the registry is kept: 18 h 05 in French, 18:05 in English."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%H}\u202fh\u202f{local:%M}" if locale == "fr" else f"{local:%H:%M}"


def format_month(day: date, locale: str) -> str:
    """Return the month of a day: novembre 2026, November 2026."""
    return babel_date(day, "LLLL y", locale=locale)


def format_weekday(day: date, locale: str) -> str:
    """Return the day of the week: lundi, Monday."""
    return babel_date(day, "EEEE", locale=locale)


def format_percent(share: float, locale: str) -> str:
    """Return a share (0 to 1) in percent, with one decimal under 10 % and none above."""
    pattern = "#,##0.#" if 0 < share < 0.1 else "#,##0"
    figure = format_decimal(share * 100, format=pattern, locale=locale)
    return f"{figure}\u202f%" if locale == "fr" else f"{figure}%"


def format_units(units: float, locale: str) -> str:
    """Return units that are expected, a fraction as a rule, with one decimal, and with two below one."""
    return format_decimal(units, format="#,##0.##" if abs(units) < 1 else "#,##0.#", locale=locale)
