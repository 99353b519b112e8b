"""Dates, numbers and words: what is read, what is refused because it could be read in two ways."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.imports.choices import ABO, DONATION_TYPE, RHD, SEROLOGY, SEX, STATUS, YES_NO, parse_choice
from services.imports.spreadsheet import SheetNumber
from services.imports.values import (
    DateOrder,
    DecimalMark,
    Fault,
    agreed_mark,
    agreed_order,
    date_evidence,
    decimal_evidence,
    parse_date,
    parse_instant,
    parse_number,
    parse_whole,
)

DAY, MONTH, UNKNOWN, MIXED = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.UNKNOWN, DateOrder.MIXED
COMMA, POINT = DecimalMark.COMMA, DecimalMark.POINT


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("1985-04-03", UNKNOWN, date(1985, 4, 3)),
        ("1985/4/3", UNKNOWN, date(1985, 4, 3)),
        ("19850403", UNKNOWN, date(1985, 4, 3)),
        ("1985-04-03T10:20:30Z", UNKNOWN, date(1985, 4, 3)),
        ("1985-04-03 00:00:00", UNKNOWN, date(1985, 4, 3)),
        ("25/12/1985", UNKNOWN, date(1985, 12, 25)),
        ("12-25-1985", UNKNOWN, date(1985, 12, 25)),
        ("05.05.1985", UNKNOWN, date(1985, 5, 5)),
        ("3/4/1985", DAY, date(1985, 4, 3)),
        ("03/04/1985", MONTH, date(1985, 3, 4)),
        ("03/04/1985 08:30", DAY, date(1985, 4, 3)),
        ("25/12/1985", MIXED, date(1985, 12, 25)),
    ],
)
def test_dates_that_are_read(text, order, expected):
    assert parse_date(text, order) == expected


@pytest.mark.parametrize(
    ("text", "order", "code"),
    [
        ("03/04/1985", UNKNOWN, "date_order_unknown"),
        ("03-04-1985", MIXED, "date_order_mixed"),
        ("03/04/85", DAY, "date_with_short_year"),
        ("31/02/1985", DAY, "date_does_not_exist"),
        ("1985-02-29", UNKNOWN, "date_does_not_exist"),
        ("00/00/1985", DAY, "date_does_not_exist"),
        ("1785-02-03", UNKNOWN, "date_out_of_range"),
        ("3 avril", UNKNOWN, "date_unreadable"),
        ("1985-04-03 soon", UNKNOWN, "date_unreadable"),
        ("31140", UNKNOWN, "date_unreadable"),
        ("03/04-1985", DAY, "date_unreadable"),
    ],
)
def test_dates_that_are_refused(text, order, code):
    assert parse_date(text, order).code == code


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["25/12/1985", "03/04/1985"], DAY),
        (["12/25/1985", "03/04/1985"], MONTH),
        (["03/04/1985", "1990-01-31", "05/05/2001"], UNKNOWN),
        (["25/12/1985", "12/25/1985"], MIXED),
        ([], UNKNOWN),
    ],
)
def test_a_column_tells_its_order_only_by_dates_that_prove_it(texts, order):
    assert agreed_order(proof for text in texts if (proof := date_evidence(text))) == order


days = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@given(day=days, proof=days.filter(lambda day: day.day > 12), sign=st.sampled_from("/-."))
def test_one_proof_in_the_column_is_enough_to_read_every_date_of_it(day, proof, sign):
    for order, pattern in ((DAY, f"%d{sign}%m{sign}%Y"), (MONTH, f"%m{sign}%d{sign}%Y")):
        found = agreed_order(filter(None, map(date_evidence, [day.strftime(pattern), proof.strftime(pattern)])))
        assert found == order
        assert parse_date(day.strftime(pattern), found) == day


@given(day=days, sign=st.sampled_from("/-."))
def test_without_proof_a_date_is_read_rightly_or_refused(day, sign):
    read = parse_date(day.strftime(f"%d{sign}%m{sign}%Y"))
    assert read == day or (isinstance(read, Fault) and day.day <= 12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T10:00:00+01:00", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("2026-11-20 9:05", datetime(2026, 11, 20, 9, 5, tzinfo=UTC)),
        ("20/11/2026 23:59:01", datetime(2026, 11, 20, 23, 59, 1, tzinfo=UTC)),
    ],
)
def test_moments_are_read_in_utc(text, expected):
    assert parse_instant(text) == expected


def test_a_moment_that_does_not_exist_is_refused():
    assert parse_instant("2026-11-20 25:61").code == "date_unreadable"


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("62", DecimalMark.UNKNOWN, 62),
        ("62,5", DecimalMark.UNKNOWN, 62.5),
        ("62.5", DecimalMark.UNKNOWN, 62.5),
        ("-12,25", DecimalMark.UNKNOWN, -12.25),
        ("\u221212", DecimalMark.UNKNOWN, -12),
        ("0,125", DecimalMark.UNKNOWN, 0.125),
        ("1234,567", DecimalMark.UNKNOWN, 1234.567),
        ("1,234.5", DecimalMark.UNKNOWN, 1234.5),
        ("1.234,5", DecimalMark.UNKNOWN, 1234.5),
        ("1,234,567", DecimalMark.UNKNOWN, 1234567),
        ("12\u202f345,6", DecimalMark.UNKNOWN, 12345.6),
        ("12 345", DecimalMark.UNKNOWN, 12345),
        ("1,234", COMMA, 1.234),
        ("1,234", POINT, 1234),
        ("1.234", COMMA, 1234),
        ("1.234", POINT, 1.234),
        (SheetNumber("1.234"), DecimalMark.UNKNOWN, 1.234),
    ],
)
def test_numbers_that_are_read(text, mark, expected):
    assert parse_number(text, mark) == expected


@pytest.mark.parametrize(
    ("text", "mark", "code"),
    [
        ("1,234", DecimalMark.UNKNOWN, "number_ambiguous"),
        ("-1.234", DecimalMark.MIXED, "number_ambiguous"),
        ("abc", DecimalMark.UNKNOWN, "number_unreadable"),
        ("62 kg", DecimalMark.UNKNOWN, "number_unreadable"),
        ("1e5", DecimalMark.UNKNOWN, "number_unreadable"),
        ("nan", DecimalMark.UNKNOWN, "number_unreadable"),
        ("1.2.3", DecimalMark.UNKNOWN, "number_unreadable"),
        ("12 34", DecimalMark.UNKNOWN, "number_unreadable"),
        ("9" * 400, DecimalMark.UNKNOWN, "number_unreadable"),
        ("", DecimalMark.UNKNOWN, "number_unreadable"),
    ],
)
def test_numbers_that_are_refused(text, mark, code):
    assert parse_number(text, mark).code == code


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1,234", "62,5"], COMMA),
        (["1,234", "62.5"], POINT),
        (["1,234", "7"], DecimalMark.UNKNOWN),
        (["1,5", "1.5"], DecimalMark.MIXED),
        (["1,234,567"], POINT),
        ([SheetNumber("62.5"), "1,234"], DecimalMark.UNKNOWN),
    ],
)
def test_a_column_tells_its_decimal_mark_only_by_numbers_that_prove_it(texts, mark):
    assert agreed_mark(proof for text in texts if (proof := decimal_evidence(text))) == mark


@given(number=st.decimals(0, 99_999, places=2), mark=st.sampled_from([COMMA, POINT]))
def test_a_column_with_one_proof_reads_every_number(number, mark):
    text, proof = (str(value).replace(".", mark) for value in (number, 0.5))
    found = agreed_mark(filter(None, map(decimal_evidence, [text, proof])))
    assert found == mark
    assert parse_number(text, found) == float(number)


def test_a_whole_number_has_no_decimals():
    assert parse_whole("2.0") == 2
    assert parse_whole("2,5").code == "number_not_whole"


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("oui", YES_NO, "yes"), ("Non", YES_NO, "no"), ("1", YES_NO, "yes"), ("FALSE", YES_NO, "no"), ("vrai", YES_NO, "yes"),
        ("H", SEX, "M"), ("Femme", SEX, "F"), ("féminin", SEX, "F"),
        ("0", ABO, "O"), ("ab", ABO, "AB"), ("inconnu", ABO, None),
        ("négatif", RHD, "-"), ("D+", RHD, "+"), ("RH:-1", RHD, "-"), ("rh  pos", RHD, "+"),
        ("POS", SEROLOGY, "positive"), ("négative", SEROLOGY, "negative"), ("nd", SEROLOGY, None),
        ("sang total", DONATION_TYPE, "whole_blood"), ("CPA", DONATION_TYPE, "platelets"), ("whole_blood", DONATION_TYPE, "whole_blood"),
        ("Plasmaphérèse", DONATION_TYPE, "plasma"), ("actif", STATUS, "active"), ("ajournée", STATUS, "deferred"),
    ],
)  # fmt: skip
def test_words_in_two_languages(text, words, expected):
    assert parse_choice(text, words) == expected


@pytest.mark.parametrize(("text", "words"), [("A+", ABO), ("1", SEX), ("maybe", YES_NO), ("dead", STATUS), ("+-", RHD)])
def test_a_word_that_is_not_listed_is_refused_with_those_that_are(text, words):
    fault = parse_choice(text, words)
    assert fault.code == "word_unknown"
    assert all(value in fault.params["accepted"] for value in words.values() if value)
