"""Tables going out: a spreadsheet must not obey a cell, and what goes out must come back in."""

import csv
import io

import pytest

from services.exports import RefusedRowsFile, neutralised, without_guard
from services.imports.tabular import RawRow


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1+1",
        "+1+1",
        "-1+1",
        "=",
        '=HYPERLINK("x")',
    ],
)
def test_what_a_spreadsheet_would_obey_is_made_text_and_comes_back(text):
    assert neutralised(text) == f"'{text}"
    if text[0] not in "\t\r":
        assert without_guard(neutralised(text)) == text


@pytest.mark.parametrize(
    "text", ["", "1+1", "a=b", "’=", "Martin", "+", "-", "-12,5", "+33 6 99 00 00 01", "+33 (0)6", "A*01:01", "'quoted"]
)
def test_what_is_harmless_stays_as_it_is(text):
    assert neutralised(text) == text


def test_refused_rows_keep_every_cell_and_add_the_reasons():
    stream = io.StringIO()
    kept = RefusedRowsFile(stream, ["number", "=name"], reason_heading="Reason")
    kept.add(RawRow(2, 2, ["D1", "a;b"]), ["no", "never"])
    kept.add(RawRow(3, 3, ["D2"]), ["short"])
    kept.add(RawRow(4, 4, ["D3", "x", "extra"]), ["long"])
    assert list(csv.reader(io.StringIO(stream.getvalue()), delimiter=";")) == [
        ["number", "'=name", "Reason"], ["D1", "a;b", "no · never"], ["D2", "", "short"], ["D3", "x", "long", "extra"],
    ]  # fmt: skip
    assert kept.written == 3
