"""Numbers and dates as a reader of each language writes them."""

from datetime import date

from babel.dates import format_date as babel_date
from babel.numbers import format_decimal

_DATE_PATTERNS = {"fr": "dd/MM/yyyy", "en": "d MMM yyyy"}


def format_number(value: int | float, locale: str) -> str:
    """Return a number with the locale's grouping and decimal mark (12 345,6 in French, with U+202F)."""
    return format_decimal(value, locale=locale)


def format_date(value: date | str, locale: str) -> str:
    """Return a date (or its ISO text) as JJ/MM/AAAA in French and as 22 Nov 2026 in English."""
    day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return babel_date(day, _DATE_PATTERNS[locale], locale=locale)
