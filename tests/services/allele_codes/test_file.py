"""Files of multiple allele codes: shapes that are read, lines that are left out, files that are refused."""

import io
import zipfile

import pytest

from domain.errors import UnusableInput
from services.allele_codes import file as code_file
from services.allele_codes.file import code_rows, read_code_file
from tests.small_codes import CODES, FILE


@pytest.fixture
def read(tmp_path):
    def read(content, name="alpha.v3.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_code_file(path)

    return read


def zipped(*files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(name, text)
    return held.getvalue()


def test_the_published_shape_is_read(read):
    found = read(FILE)
    assert dict(code_rows(found)) == CODES
    assert (found.dated, found.codes, found.refused) == ("LAST UPDATED: 11/20/26", 6, 0)


@pytest.mark.parametrize(
    "content",
    [
        "AB\t01/02\n",
        "CODE\tSUBTYPE\n\nAB\t01/02\n\n",
        "\ufeff*\tCODE\tSUBTYPE\n\tAB\t01/02\n",
        "Généré par le site\n*\tCODE\tSUBTYPE\n\tAB\t01/02\n".encode("cp1252"),
        "Generic codes\nAB\t01/02\nAllele specific codes\nAB\t01/02\n",
        zipped(("alpha.v3.txt", "AB\t01/02")),
        zipped(("alpha.v3.txt", "AB\t01/02\n"), ("__MACOSX/._alpha.v3.txt", "x")),
    ],
)
def test_other_shapes_of_the_same_table_say_the_same(read, content):
    found = read(content)
    assert (dict(code_rows(found)), found.refused) == ({"AB": "01/02"}, 0)
    assert found.content_hash == read("\tAB\t01/02\n").content_hash


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("\tA\t01/02", "allele_code_line_unreadable"),
        ("\tABCDEF\t01/02", "allele_code_line_unreadable"),
        ("\tXX\t01/02", "allele_code_line_unreadable"),
        ("\tAC\t", "allele_code_line_unreadable"),
        ("\tAC\t01/", "allele_code_line_unreadable"),
        ("\tAC\t01/02:01", "allele_code_line_unreadable"),
        ("\tAC\t1/2", "allele_code_line_unreadable"),
        ("AC", "allele_code_line_unreadable"),
        ("x\tAC\t01", "allele_code_line_unreadable"),
        ("\tAC\t01\tmore", "allele_code_line_unreadable"),
    ],
)
def test_a_line_that_is_no_code_is_left_out_with_its_place(read, line, code):
    found = read(f"\tAB\t01/02\n{line}\n\tAD\t01/03\n")
    assert [row[0] for row in code_rows(found)] == ["AB", "AD"]
    assert (found.refused, [(one["line"], one["code"]) for one in found.faults]) == (1, [(2, code)])


def test_a_code_given_twice_with_other_contents_is_believed_neither_time(read):
    found = read("\tAB\t01/02\n\tAC\t01/03\n\tAB\t01/04\n")
    assert [row[0] for row in code_rows(found)] == ["AC"]
    assert [(one["line"], one["code"]) for one in found.faults] == [(3, "allele_code_twice")]


def test_a_code_given_twice_alike_is_one(read):
    found = read("\tAB\t01/02\n\tAB\t01/02\n")
    assert (list(code_rows(found)), found.refused) == ([("AB", "01/02")], 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "allele_codes_empty"),
        ("LAST UPDATED: 11/20/26\n*\tCODE\tSUBTYPE\n\n", "allele_codes_other_shape"),
        ("allele,mfi\nA*02:01,300\n", "allele_codes_other_shape"),
        ("donor_number\tsex\nD1\tF\n", "allele_codes_other_shape"),
        (b"%PDF-1.7\n\x00\x01\n", "allele_codes_other_shape"),
        ("\tAB\t01/02\n\tx\ty\n\tx\ty\n", "allele_codes_other_shape"),
        ("\tAB\t01/02\n\tAC\t01/02/0", "allele_codes_cut_short"),
        ("\tAB\t01/02\n\tAC\t01/02", "allele_codes_cut_short"),
        (zipped(("alpha.v3.txt", FILE * 50))[:-30], "allele_codes_zip_damaged"),
        (zipped(("alpha.v3.txt", FILE * 50)).replace(b"alpha.v3.txt", b"alpha.v3.tyt", 1), "allele_codes_zip_damaged"),
        (zipped(("a.txt", FILE), ("b.txt", FILE)), "allele_codes_zip_of_several"),
        (zipped(), "allele_codes_zip_of_several"),
    ],
)
def test_what_is_no_whole_table_is_refused(read, content, code):
    with pytest.raises(UnusableInput) as refused:
        read(content)
    assert refused.value.code == code


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UnusableInput) as refused:
        read_code_file(tmp_path / "nowhere.txt")
    assert refused.value.code == "file_missing"


@pytest.mark.parametrize(
    ("limit", "most", "code"),
    [("MOST_CODES", 5, "allele_codes_too_many"), ("MOST_CHARACTERS", 60, "allele_codes_too_large"),
     ("MOST_CHARACTERS_OF_LINE", 15, "allele_codes_too_large")],
)  # fmt: skip
def test_beyond_the_limits_a_file_is_refused(read, monkeypatch, limit, most, code):
    monkeypatch.setattr(code_file, limit, most)
    with pytest.raises(UnusableInput) as refused:
        read(FILE)
    assert refused.value.code == code
