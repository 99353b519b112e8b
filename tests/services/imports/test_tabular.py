"""Bytes into rows: encodings, separators, padded cells, line numbers, and files that cannot be used."""

import contextlib
import io
import zipfile
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import UnusableInput
from services.imports import filetype, workbook
from services.imports.shape import shape_fault
from services.imports.spreadsheet import SheetDate, SheetFlag, SheetNumber, SheetTime
from services.imports.tabular import read_table
from services.imports.values import Fault

ROWS = [["number", "name", "value"], ["D1", "Élodie", "1,5"], ["D2", "Noël; Cie", ""], ["D3", 'dit "Jo"', "x|y"]]
ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]


def as_csv(rows, separator=",", *, newline="\n", quote_all=False):
    def cell(text):
        quoted = quote_all or any(sign in text for sign in (separator, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if quoted else text

    return newline.join(separator.join(cell(text) for text in row) for row in rows) + newline


def cells(content):
    table = read_table(content)
    return [list(table.headings)] + [list(row.cells) for row in table.rows()]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_encoding_and_separator_gives_the_same_rows(encoding, separator, newline):
    assert cells(as_csv(ROWS, separator, newline=newline).encode(encoding)) == ROWS


plain = st.text(st.characters(codec="cp1252", exclude_categories=["Cc", "Zs"]), max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(plain, plain, plain), max_size=6),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
    quote_all=st.booleans(),
)
def test_what_is_written_is_read_whatever_the_writing(rows, separator, encoding, quote_all):
    kept = [list(row) for row in rows if any(row)]
    text = as_csv([["aaa", "bbb", "ccc"], *rows], separator, quote_all=quote_all)
    assert cells(text.encode(encoding))[1:] == kept


def test_cells_are_stripped_and_blank_lines_are_no_rows_but_count_as_lines():
    table = read_table(b"a , b\n\n  x  ,  y \n , \nz,w")
    assert [(row.line, list(row.cells)) for row in table.rows()] == [(3, ["x", "y"]), (5, ["z", "w"])]


def test_a_row_of_several_lines_is_known_by_where_it_starts():
    table = read_table(b'a,b\n1,"two\nlines"\n2,c\n')
    assert [(row.line, row.last_line) for row in table.rows()] == [(2, 3), (4, 4)]


def test_excels_own_separator_line_is_obeyed():
    table = read_table(b"sep=;\r\na;b,c\r\n1;2\r\n")
    assert (table.separator, table.headings, next(table.rows()).line) == (";", ("a", "b,c"), 3)


def test_a_separator_nobody_uses_is_not_obeyed():
    with pytest.raises(UnusableInput, match="separator_unknown"):
        read_table(b"sep=1\na1b\n")
    assert read_table(b"sep=\t\na\tb\n1\t2\n").separator == "\t"


def test_a_table_may_be_read_again_and_again():
    table = read_table(b"a,b\n1,2\n")
    assert list(table.rows()) == list(table.rows())


def test_a_spreadsheet_keeps_what_each_cell_is(xlsx):
    content = xlsx([["number", "on", "at", "value", "flag"], ["0012", date(1985, 4, 3), time(2, 1), 1.25, True], [7]])
    rows = list(read_table(content).rows())
    assert list(rows[0].cells) == ["0012", "1985-04-03", "02:01:00", "1.25", "true"]
    assert [type(cell) for cell in rows[0].cells] == [str, SheetDate, SheetTime, SheetNumber, SheetFlag]
    assert (rows[1].line, rows[1].cells[0]) == (3, "7")


def test_a_spreadsheet_counts_its_empty_rows_and_names_its_other_sheets(xlsx):
    table = read_table(xlsx([], [[], ["a"], [], ["x"]], [["z"]]))
    assert (table.headings, table.header_line, [row.line for row in table.rows()]) == (("a",), 2, [4])
    assert table.other_sheets == ("Sheet3",)


def zipped(name: str, content: bytes = b"x") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b" \r\n\t\n", "file_empty"),
        (b";;;\n,,\n", "file_empty"),
        (b"%PDF-1.7 ...", "wrong_file_type"),
        (b"\x89PNG\r\n\x1a\n....", "wrong_file_type"),
        (b"\xff\xd8\xff\xe0....", "wrong_file_type"),
        (b"\xd0\xcf\x11\xe0....", "wrong_file_type"),
        (b"\x1f\x8b\x08....", "wrong_file_type"),
        (b"<!DOCTYPE html><html>", "wrong_file_type"),
        (b'<?xml version="1.0"?><haml/>', "wrong_file_type"),
        (b'{"donors": []}', "wrong_file_type"),
        (zipped("letter.docx"), "wrong_file_type"),
        (zipped("xl/workbook.xml"), "spreadsheet_damaged"),
        (b"PK\x03\x04 cut short", "spreadsheet_damaged"),
        (b"a,b\n\x00\x01\x02\x03\xfe\xff", "file_not_text"),
        (b"a,b\n1,\x81\x8d\n", "encoding_damaged"),
        (",".join(f"c{n}" for n in range(1001)).encode(), "too_many_columns"),
    ],
)
def test_a_file_that_is_no_table_is_named_for_what_it_is(content, code):
    with pytest.raises(UnusableInput) as refused:
        list(read_table(content).rows())
    assert refused.value.code == code


def test_a_quotation_mark_never_closed_names_the_line_it_opens_on():
    table = read_table(b'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    with pytest.raises(UnusableInput) as refused:
        list(table.rows())
    assert (refused.value.code, refused.value.params) == ("quote_never_closed", {"line": 3})


def test_utf8_damaged_after_good_accents_is_not_read_as_another_encoding():
    with pytest.raises(UnusableInput) as refused:
        read_table("nom\nÉlodie\n".encode() + "Noël\n".encode("cp1252"))
    assert (refused.value.code, refused.value.params["line"]) == ("encoding_damaged", 3)


def test_another_encoding_before_utf8_is_said_with_the_line_of_the_second():
    with pytest.raises(UnusableInput) as refused:
        read_table("nom\nNoël\n".encode("cp1252") + "Zoé\nL’Œuvre\n".encode())
    assert (refused.value.code, refused.value.params["line"]) == ("encoding_mixed", 3)


@pytest.mark.parametrize("text", ["Noël\nÉlodie\nNÃO\nÅse\nl’été “x” – œuf\n", "Gwenaël à Bâle\n"])
def test_plain_cp1252_is_not_taken_for_a_mixture(text):
    assert read_table(("nom\n" + text).encode("cp1252")).encoding == "cp1252"


def test_utf8_cut_in_the_middle_of_a_letter_is_said():
    with pytest.raises(UnusableInput, match="encoding_damaged"):
        read_table("nom\nÉlodie É".encode()[:-1])


def test_a_file_above_the_limit_is_refused_with_its_size():
    with pytest.raises(UnusableInput) as refused:
        filetype.check_size(250_000_000)
    assert refused.value.params == {"megabytes": 250, "limit": 100}


def test_a_small_spreadsheet_that_unpacks_to_a_huge_one_is_refused(monkeypatch):
    monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 1_000)
    with pytest.raises(UnusableInput, match="file_too_large"):
        read_table(zipped("xl/workbook.xml", b"0" * 2_000))


def spoilt(content: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook with other text in its first sheet."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w") as target:
        for member in source.namelist():
            part = source.read(member)
            target.writestr(member, part.replace(old, new) if member.endswith("sheet1.xml") else part)
    return stream.getvalue()


def test_a_stray_cell_far_away_is_said_before_it_fills_the_memory(xlsx):
    content = spoilt(xlsx([["a", "b"], ["x", "y"]]), b'r="B2"', b'r="XFD1048576"')
    with pytest.raises(UnusableInput) as refused:
        read_table(content)
    assert (refused.value.code, refused.value.params) == ("spreadsheet_too_wide", {"rows": 1048576, "columns": 16384})


def test_an_empty_cell_far_away_does_no_harm(xlsx):
    content = spoilt(
        xlsx([["a", "b"], ["x", "y"]]), b"</sheetData>", b'<row r="9"><c r="XFD9" s="1"/></row></sheetData>'
    )
    assert [list(row.cells) for row in read_table(content).rows()] == [["x", "y"]]


@pytest.mark.parametrize("old", [b"<v>0</v>", b"<sheetData>", b"</row>", b't="s"'])
def test_a_spoilt_sheet_is_read_or_refused(xlsx, old):
    content = spoilt(xlsx([["a", "b"], ["x", 1.5]]), old, b"<v>99999999999</v>")
    with contextlib.suppress(UnusableInput):
        list(read_table(content).rows())


def test_a_workbook_damaged_inside_is_said(xlsx):
    content = bytearray(xlsx([["a", "b"], ["x", "y"]]))
    for place in range(200, 400):
        content[place] ^= 0x55
    with pytest.raises(UnusableInput, match=r"spreadsheet_damaged|wrong_file_type"):
        read_table(bytes(content))


def test_a_cell_of_one_megabyte_stays_in_its_row():
    table = read_table(b'a,b\n1,"' + b"x" * 1_000_000 + b'"\n2,y\n')
    first, second = table.rows()
    assert shape_fault(first, table, table.width) == Fault("cell_too_long", {"characters": 1_000_000})
    assert (shape_fault(second, table, table.width), list(second.cells)) == (None, ["2", "y"])
