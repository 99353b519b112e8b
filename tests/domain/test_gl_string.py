"""GL strings: read into positions, what cannot be used said with its place, and written back (MATCHING §2)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.gl_string import read_gl_string, write_gl_string
from domain.phenotype import parse_locus, phenotype_key
from domain.reference import LOCI
from domain.typing_text import Kind, parse_typed_value
from services.reference import core_reference
from tests.oracle import genotypes, tables

REFERENCE = core_reference()


def typings(positions):
    return {locus: parse_locus(*positions.get(locus, ("", "")), locus=locus, reference=REFERENCE) for locus in LOCI}


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        (
            "A*02:01+A*24:02^B*07:02/B*07:03+B*44:02^C*07:02",
            {"A": ("A*02:01", "A*24:02"), "B": ("B*07:02/B*07:03", "B*44:02"), "C": ("C*07:02", "")},
        ),
        ("C*07:02+C*06:02^A*01:01+A*03:01", {"C": ("C*07:02", "C*06:02"), "A": ("A*01:01", "A*03:01")}),
        (
            " HLA-A*02:01 + HLA-A*24:02 ^ Cw*07:02+Cw*03:03 ",
            {"A": ("HLA-A*02:01", "HLA-A*24:02"), "C": ("Cw*07:02", "Cw*03:03")},
        ),
        ("A*02:01+24:02", {"A": ("A*02:01", "24:02")}),
        ("A*02:XX+A*02:AB", {"A": ("A*02:XX", "A*02:AB")}),
        ("A*02:01+-", {"A": ("A*02:01", "-")}),
        ("A*01:01~B*08:01+A*02:01~B*07:02", {"A": ("A*01:01", "A*02:01"), "B": ("B*08:01", "B*07:02")}),
        ("A*02:01~B*07:02^C*07:02+C*03:03", {"A": ("A*02:01", ""), "B": ("B*07:02", ""), "C": ("C*07:02", "C*03:03")}),
        ("A*02:01+A*24:02|A*02:05+A*24:02", {"A": ("A*02:01/A*02:05", "A*24:02")}),
        ("A*02:01/05+A*24:02|A*24:02+A*02:06", {"A": ("A*02:01/A*02:05/A*02:06", "A*24:02")}),
        ("A*02:01|A*02:05+A*01:01", {"A": ("A*02:01/A*02:05", "")}),
        ("A*02:01+A*24:02|A*02:01+A*24:02", {"A": ("A*02:01", "A*24:02")}),
    ],
)
def test_a_gl_string_is_split_into_positions(text, positions):
    read = read_gl_string(text)
    assert (read.positions, read.spoilt, read.issues) == (positions, {}, [])


@pytest.mark.parametrize(
    ("text", "positions", "said"),
    [
        ("A*01:01+A*02:01+A*03:01^B*07:02", {"B": ("B*07:02", "")}, ("too_many_values", "error", 1)),
        ("B*07:02^A*01:01+A*02:01^A*03:01", {"B": ("B*07:02", "")}, ("too_many_values", "error", 25)),
        ("A*01:01~A*02:01+A*03:01", {}, ("too_many_values", "error", 1)),
        ("A*01:01+A*02:01^DRB1*04:01+DRB1*07:01", {"A": ("A*01:01", "A*02:01")}, ("unknown_locus", "info", 17)),
        ("HLA-E*01:01^A*01:01+A*02:01", {"A": ("A*01:01", "A*02:01")}, ("unknown_locus", "info", 1)),
        ("Q*01:01^A*01:01+A*02:01", {"A": ("A*01:01", "A*02:01")}, ("unknown_locus", "warning", 1)),
        ("nonsense", {}, ("unknown_locus", "warning", 1)),
        ("", {}, ("gl_part_empty", "warning", 1)),
        ("A*01:01+A*02:01^", {"A": ("A*01:01", "A*02:01")}, ("gl_part_empty", "warning", 17)),
        ("A*02:01+^B*07:02+B*08:01", {"A": ("A*02:01", ""), "B": ("B*07:02", "B*08:01")}, ("gl_part_empty", "warning", 9)),
        ("A*02:01+A*03:01|24+A*03:01", {"A": ("", "A*03:01")}, ("bare_number", "error", 1)),
        ("A*02:01?B*07:02^C*07:02+C*07:01", {"C": ("C*07:02", "C*07:01")}, ("gl_locus_in_doubt", "error", 1)),
        (
            "A*02:01+A*24:02|A*24:03+A*02:05^B*07:02",
            {"A": ("A*02:01/A*02:05", "A*24:02/A*24:03"), "B": ("B*07:02", "")},
            ("genotypes_unlinked", "info", 1),
        ),
    ],
)
def test_what_a_gl_string_cannot_say_is_said_with_its_place(text, positions, said):
    read = read_gl_string(text)
    assert read.positions == positions
    assert [(issue.code, issue.severity, issue.params["place"]) for issue in read.issues] == [said]


def test_an_ambiguous_gene_of_class_two_leaves_the_rest_typed():
    read = read_gl_string("DRB3*01:01?DRB4*01:01^A*01:01+A*02:01")
    assert read.positions == {"A": ("A*01:01", "A*02:01")}
    assert {(issue.code, issue.severity) for issue in read.issues} == {("unknown_locus", "info")}


def test_a_locus_on_one_copy_alone_is_half_typed_and_said():
    read = read_gl_string("A*02:01+B*07:02")
    assert read.positions == {"A": ("A*02:01", ""), "B": ("", "B*07:02")}
    assert [issue.code for issue in read.issues] == ["gl_copy_lacks_locus", "gl_copy_lacks_locus"]


def test_the_texts_of_a_locus_given_twice_are_all_kept_and_still_say_nothing():
    read = read_gl_string("A*01:01+A*02:01^A*03:01^A*11:01")
    assert read.spoilt == {"A": "A*01:01+A*02:01^A*03:01^A*11:01"}
    assert parse_typed_value(read.spoilt["A"], reference=REFERENCE).value is None


ALLELES = st.sampled_from([f"A*{first}:{second}" for first in ("01", "02", "24") for second in ("01", "02", "03", "09N")])
CHOICES = st.lists(ALLELES, min_size=1, max_size=2, unique=True).map("/".join)


@settings(max_examples=500)
@given(st.lists(st.tuples(CHOICES, CHOICES), min_size=1, max_size=5))
def test_no_possible_genotype_is_lost_and_no_allele_is_made_up(pairs):
    """The oracle lists the pairs of alleles one by one: unknown never narrows (MATCHING §2)."""
    text = "|".join("+".join(pair) for pair in pairs)
    first, second = (set(side.split("/")) for side in read_gl_string(text).positions["A"])
    possible = genotypes.pairs_of_alleles(text)
    for one, other in possible:
        assert (one in first and other in second) or (other in first and one in second)
    assert first | second == {allele for pair in possible for allele in pair}


VALUES = {
    locus: [
        text
        for first in sorted(tables.FIRST_FIELDS[locus])[:6]
        for text in (
            f"{locus}*{first}", f"{locus}*{first}:01", f"{locus}*{first}:01:01:02L", f"{locus}*{first}:02N",
            f"{locus}*{first}:01/{locus}*{first}:03", f"{locus}*{first}:05/{locus}*{first}:05", f"{locus}*{first}:01P",
        )
    ]
    for locus in LOCI
}  # fmt: skip


@settings(max_examples=500)
@given(st.data())
def test_what_is_written_reads_back_to_the_same_phenotype(data):
    given_texts = {
        locus: (data.draw(st.sampled_from(["", *VALUES[locus]])), data.draw(st.sampled_from(["", "-", *VALUES[locus]])))
        for locus in LOCI
    }
    before = typings(given_texts)
    text, left_out = write_gl_string(before)
    assert left_out == ()
    read = read_gl_string(text)
    assert not text or (read.spoilt, read.issues) == ({}, [])
    assert phenotype_key(typings(read.positions)) == phenotype_key(before)


def test_a_serological_value_has_no_form_and_is_left_out_and_named():
    text, left_out = write_gl_string(typings({"A": ("A2", "A*24:02"), "B": ("B7", "-"), "C": ("C*07", "C*07")}))
    assert (text, left_out) == ("A*24:02^C*07:XX+C*07:XX", ("A2", "B7"))


@settings(max_examples=500)
@given(st.text(alphabet="AaBbCcw*:/ ^~+|?-0123456789DRXN", max_size=60))
def test_any_text_is_read_and_nothing_is_invented(text):
    read = read_gl_string(text)
    assert set(read.positions) <= set(LOCI)
    assert not set(read.positions) & set(read.spoilt)
    for locus, texts in read.positions.items():
        values = [value for value in parse_locus(*texts, locus=locus, reference=REFERENCE).values if value]
        assert all(value.locus == locus and value.kind is not Kind.INVALID for value in values)
    assert all(1 <= issue.params["place"] <= len(text) + 1 for issue in read.issues)
