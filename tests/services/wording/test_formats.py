"""Numbers, shares and days as each language writes them."""

from datetime import date

import pytest

from services.wording.formats import format_date, format_number, format_percent


@pytest.mark.parametrize(
    ("value", "locale", "written"),
    [(12345.6, "fr", "12\u202f345,6"), (12345.6, "en", "12,345.6"), (0, "fr", "0"), (999, "fr", "999")],
)
def test_numbers(value, locale, written):
    assert format_number(value, locale) == written


@pytest.mark.parametrize(
    ("share", "locale", "written"),
    [
        (0.0, "fr", "0\u202f%"),
        (0.004, "fr", "0,4\u202f%"),
        (0.004, "en", "0.4%"),
        (0.5, "fr", "50\u202f%"),
        (1.0, "en", "100%"),
    ],
)
def test_shares(share, locale, written):
    assert format_percent(share, locale) == written


@pytest.mark.parametrize("value", [date(2026, 12, 1), "2026-12-01", "2026-12-01T09:30:00Z"])
def test_days(value):
    assert format_date(value, "fr") == "01/12/2026"
    assert format_date(value, "en") == "1 Dec 2026"


def test_text_that_is_no_day_is_refused():
    with pytest.raises(ValueError, match="Invalid isoformat"):
        format_date("tomorrow", "fr")
