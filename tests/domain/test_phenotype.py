"""Two positions of a locus read together, GL strings, and the key of a phenotype (MATCHING §2)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.phenotype import LocusTyping, parse_locus, parse_phenotype_key, phenotype_key
from domain.reference import LOCI
from domain.typing_text import Kind
from services.reference import core_reference
from tests.rule_cases import read_cases

REFERENCE = core_reference()


def read(first, second, locus="A", bare="refused"):
    return parse_locus(first, second, locus=locus, reference=REFERENCE, bare=bare)


def names(typing):
    return tuple(value and value.canonical for value in typing.values)


def codes(typing):
    return [issue.code for issue in typing.issues]


@pytest.mark.parametrize(
    ("first", "second", "values"),
    [
        # two values, either order kept
        ("A*01", "A*02:01", ("A*01", "A*02:01")),
        ("A2", "A1", ("A2", "A1")),
        # homozygous: the same value twice, or a dash in either position
        ("A*01", "A*01", ("A*01", "A*01")),
        ("A*01", "-", ("A*01", "A*01")),
        ("-", "A*01", ("A*01", "A*01")),
        ("A*02:01/05", "-", ("A*02:01/A*02:05", "A*02:01/A*02:05")),
        # not typed
        ("", "", (None, None)),
        ("X", "X", (None, None)),
        ("A*01", "", ("A*01", None)),
        ("", "A*01", (None, "A*01")),
        ("A*01", "X", ("A*01", None)),
        # a dash twice, beside nothing or beside a null allele: not typed
        ("-", "-", (None, None)),
        ("-", "", (None, None)),
        ("X", "-", (None, None)),
        ("A*24:09N", "-", ("A*24:09N", None)),
        ("-", "A*24:09N", (None, "A*24:09N")),
        ("-", "A99", (None, None)),
        # null alleles are values
        ("A*24:09N", "A*01", ("A*24:09N", "A*01")),
        # what cannot be read counts as not typed, the other position stands
        ("A99", "A*01", (None, "A*01")),
        ("B*07", "A*01", (None, "A*01")),
        ("DRB1*01:01", "A*01", (None, "A*01")),
    ],
)
def test_two_positions_are_read_together(first, second, values):
    typing = read(first, second)
    assert names(typing) == values
    assert typing.is_typed == (None not in values)
    assert typing.locus == "A"


@pytest.mark.parametrize(("first", "second"), [("A2", "-"), ("-", "A2"), ("A9", "-"), ("A24(9)", "-")])
def test_a_dash_after_serology_is_homozygous_and_flagged(first, second):
    typing = read(first, second)
    assert typing.blank
    assert typing.is_typed
    assert len(typing.distinct()) == 1
    assert codes(typing) == ["blank_after_antigen"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("A*02", "-"), ("A*02:01", "-"), ("A*02:01/05", "-"), ("A2", "A2"), ("A2", "A3"), ("-", "-"), ("A2", ""), ("A*24:09N", "-")],
)
def test_any_other_pair_is_no_blank(first, second):
    typing = read(first, second)
    assert not typing.blank
    assert codes(typing) == []


def test_an_issue_of_each_position_is_kept_but_an_empty_one_is_none():
    assert codes(read("A99", "A*24:07")) == ["unknown_antigen", "assumed_antigens"]
    assert codes(read("", "X")) == []
    assert codes(read("24:02", "B7")) == ["locus_from_column", "other_locus"]


def test_a_bare_number_is_read_as_declared():
    assert names(read("1", "2")) == (None, None)
    assert names(read("1", "2", bare="molecular")) == ("A*01", "A*02")
    assert names(read("1", "2", bare="serological")) == ("A1", "A2")


@pytest.mark.parametrize(
    ("first", "second", "distinct"),
    [
        ("A*01", "A*02", ["A*01", "A*02"]),
        ("A*01", "A*01", ["A*01"]),
        ("A*01", "", ["A*01"]),
        ("", "", []),
        ("A*02:01", "A*02:01:01:02L", ["A*02:01"]),  # compared at two fields
        ("A*02", "A2", ["A*02", "A2"]),  # a group and its antigen are two values
        ("A*24:09N", "A*24:11N", ["A*24:09N", "A*24:11N"]),
        ("A*24:09N", "A*24:09N", ["A*24:09N"]),
    ],
)
def test_distinct_values_are_compared_at_two_fields(first, second, distinct):
    assert [value.key for value in read(first, second).distinct()] == distinct


# --- the key of a phenotype ---


def typings(**texts):
    return {locus: read(*pair, locus=locus) for locus, pair in texts.items()}


def test_the_key_names_a_phenotype():
    whole = typings(A=("A*03", "A*01"), B=("B*08", "B*49"), C=("C*07", "-"))
    assert phenotype_key(whole) == "A*01+A*03^B*08+B*49^C*07+C*07"


@pytest.mark.parametrize(
    ("texts", "part"),
    [
        (("A*03", "A*01"), "A*01+A*03"),
        (("", "A*01"), "A*01+?"),
        (("A*01", ""), "A*01+?"),
        (("", ""), "?+?"),
        (("A2", "-"), "A2+-"),
        (("-", "A2"), "A2+-"),
        (("A2", "A2"), "A2+A2"),
        (("A*02", "-"), "A*02+A*02"),
        (("A*24:09N", "-"), "A*24:09N+?"),
        (("A*0201", "A*2"), "A*02+A*02:01"),
    ],
)
def test_each_locus_is_in_canonical_form_and_one_order(texts, part):
    assert phenotype_key(typings(A=texts)) == f"{part}^?+?^?+?"


TEXTS = {
    locus: sorted({row["text"] for row in read_cases("typing") if not row["column"] and row["canonical"][:1] in (locus, "-")})
    for locus in LOCI
}
POSITIONS = {locus: st.one_of(st.sampled_from(["", "X", "-", "A99"]), st.sampled_from(TEXTS[locus])) for locus in LOCI}


@settings(max_examples=600, deadline=None)
@given(st.fixed_dictionaries({locus: st.tuples(p, p) for locus, p in POSITIONS.items()}))
def test_the_key_reads_back_to_the_same_typings(texts):
    first = typings(**texts)
    key = phenotype_key(first)
    again = parse_phenotype_key(key, REFERENCE)
    assert phenotype_key(again) == key
    for locus in LOCI:
        assert meant(again[locus]) == meant(first[locus])
        swapped = read(*reversed(texts[locus]), locus=locus)
        assert phenotype_key({locus: swapped}) == phenotype_key({locus: first[locus]})


def meant(typing: LocusTyping):
    """What a typing means, whichever position came first."""
    values = [(v.key, v.kind, v.alleles, v.antigens) for v in typing.values if v is not None]
    return sorted(values, key=str), typing.is_typed, typing.blank


def test_null_alleles_are_expressed_by_nobody_and_stay_in_the_key():
    typing = parse_phenotype_key("A*01+A*24:09N^?+?^?+?", REFERENCE)["A"]
    assert [value.kind for value in typing.values] == [Kind.GROUP, Kind.NULL]
