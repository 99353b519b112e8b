"""Every form of a typed value, accepted or refused, and the laws of reading (MATCHING §2)."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.typing_text import Kind, parse_typed_value
from services.reference import core_reference
from services.wording.catalogue import messages
from tests.rule_cases import read_cases

REFERENCE = core_reference()
ROWS = read_cases("typing")
# What typed texts are made of, so that random ones come near the accepted forms.
PIECES = st.sampled_from(
    ["A", "B", "C", "Cw", "w", "D", "DRB1", "HLA-", "*", ":", "/", "+", "^", "-", "(", ")", " ", "X", "XX", "N", "P",
     "G", "L", "0", "2", "02", "24", "01", "203", "2403", "99", "40", "15", "AB", "a", "?", "é", "²", "٢", "\u2028"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=9).map("".join), st.text(max_size=30))


def parse(text, locus=None, bare="refused"):
    return parse_typed_value(text, reference=REFERENCE, locus=locus, bare=bare)


def of_row(row):
    return parse(row["text"], row["column"] or None, row["bare"] or "refused")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['text'] or 'empty'} {row['column']}{row['bare']}")
def test_the_row_holds(row):
    parsed = of_row(row)
    antigens = parsed.value.antigens if parsed.value else frozenset()
    assert parsed.kind == row["kind"]
    assert (parsed.canonical or "") == row["canonical"]
    assert antigens == frozenset(row["antigens"].split())
    assert [issue.code for issue in parsed.issues] == row["issues"].split()


def test_every_row_has_its_source_and_stands_once():
    assert [row["text"] for row in ROWS if not row["source"]] == []
    keys = [(row["text"], row["column"], row["bare"]) for row in ROWS]
    assert len(set(keys)) == len(keys)


def test_the_table_has_a_row_for_every_kind_and_every_issue():
    assert {row["kind"] for row in ROWS} == set(Kind)
    shown = {code for row in ROWS for code in row["issues"].split()}
    assert shown == {
        "allele_code_without_table", "assumed_antigens", "bare_number", "class_ii", "first_allele_of_group",
        "list_of_other_than_alleles", "locus_from_column", "not_typed", "other_locus", "several_values",
        "unknown_antigen", "unknown_group", "unknown_locus", "unreadable_typing", "unrelated_antigens",
    }  # fmt: skip
    assert shown <= messages().keys()


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] == "invalid"], ids=lambda row: row["text"])
def test_a_refused_text_is_one_error_with_the_text_as_it_was_given(row):
    parsed = of_row(row)
    assert parsed.value is None
    assert parsed.text == row["text"]
    [issue] = parsed.issues
    assert (issue.severity, issue.subject, issue.params["text"]) == ("error", row["text"], row["text"])
    assert all(isinstance(value, str | int) for value in issue.params.values())


@pytest.mark.parametrize("row", [row for row in ROWS if row["antigens"] or row["kind"] == "null"], ids=lambda r: r["text"])
def test_a_value_keeps_its_raw_text_and_its_locus(row):
    value = of_row(row).value
    assert value.text == row["text"]
    assert value.locus == row["canonical"][0]


@pytest.mark.parametrize(
    "spellings",
    [
        ("A*02:01", "A*0201", "a*02:01", "HLA-A*02:01", " A*02:01 ", "A*2:01", "A*02:01:01:02L", "A*02:01P", "A*02:01:01G"),
        ("A*02", "A*2", "A*02:XX", "a*02"),
        ("A24", "A24(9)", "A9(24)", "a 24", "HLA-A24"),
        ("C*07:02", "Cw*0702", "Cw*07:02", "cw*0702"),
        ("Cw3", "C3", "cw3", "HLA-Cw3"),
        ("A*02:01/A*02:05", "A*02:05/A*02:01", "A*02:01/05", "A*02:01/02:05", "A*0201/A*0205", "A*02:01:01/A*02:05"),
        ("A*02:101", "A*9201"),
        ("B*15:101", "B*9501"),
    ],
    ids=lambda spellings: spellings[0],
)
def test_spellings_of_one_value_are_the_same_value(spellings):
    values = [parse(text).value for text in spellings]
    assert {value.key for value in values} == {spellings[0]}
    assert len({(value.alleles, value.antigens) for value in values}) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ("A2", "A*02", "A*02:01", "A203"),  # an antigen, its group and its allele are three values
        ("A*02:01", "A*02:01N"),  # expressed and not
        ("A*24:09N", "A*24:11N"),
        ("A*02:01", "A*02:01/A*02:05", "A*02:01/A*02:01"),
        ("B15", "B*15", "B62"),
    ],
    ids=lambda texts: texts[0],
)
def test_what_is_not_the_same_is_told_apart(texts):
    assert len({parse(text).value.key for text in texts}) == len(texts)


def test_a_list_holds_its_expressed_alleles_once_each():
    assert parse("A*02:05/A*02:01/A*02:01:02/A*24:09N").value.alleles == ("A*02:01", "A*02:05")
    assert parse("A*24:02/A*24:09N").value.alleles == ("A*24:02",)
    assert parse("A*24:09N/A*24:11N").value.alleles == ()


def test_assumed_antigens_and_readings_are_said_with_what_was_read():
    [assumed] = parse("A*24:07").issues
    assert (assumed.severity, assumed.subject, assumed.params) == ("info", "A*24:07", {"antigens": "A24 A2403"})
    [group] = parse("A*02:01:01G").issues
    assert (group.severity, group.subject, group.params) == ("warning", "A*02:01:01G", {"allele": "A*02:01"})
    [column] = parse("24:02", "A").issues
    assert (column.severity, column.params) == ("info", {"read_as": "A*24:02"})
    [item] = parse("A*02:01/A*99:01").issues
    assert item.params["item"] == "A*99:01"


@pytest.mark.parametrize("antigen", sorted(REFERENCE.kinds))
def test_every_antigen_reads_as_itself(antigen):
    value = parse(antigen).value
    assert (value.kind, value.canonical, value.alleles) == (Kind.ANTIGEN, antigen, ())
    assert value.antigens == {name for name in REFERENCE.closure(antigen) if not REFERENCE.is_broad(name)}


@pytest.mark.parametrize("group", sorted(REFERENCE.groups))
def test_every_group_reads_as_itself_and_holds_the_antigens_of_its_alleles(group):
    value = parse(group).value
    assert (value.kind, value.canonical) == (Kind.GROUP, group)
    assert parse(f"{group}:999").value.antigens == value.antigens  # an allele that nobody lists
    for allele, antigens in REFERENCE.alleles.items():
        if allele.startswith(f"{group}:"):
            assert antigens <= value.antigens


@pytest.mark.parametrize("allele", sorted(REFERENCE.alleles))
def test_every_listed_allele_has_one_antigen_and_no_doubt(allele):
    parsed = parse(allele)
    assert (parsed.kind, parsed.value.key, parsed.value.alleles) == (Kind.ALLELE, allele, (allele,))
    assert len(parsed.value.antigens) == 1
    assert parsed.issues == ()


def hold_canonical(parsed):
    """A canonical form reads back to the same value, and is its own canonical form."""
    again = parse(parsed.canonical)
    assert (again.kind, again.canonical) == (parsed.kind, parsed.canonical)
    if parsed.value is not None:
        for name in ("locus", "kind", "canonical", "key", "alleles", "antigens"):
            assert getattr(again.value, name) == getattr(parsed.value, name), name


@pytest.mark.parametrize("row", [row for row in ROWS if row["canonical"]], ids=lambda row: row["text"])
def test_a_canonical_form_reads_back_to_the_same_value(row):
    hold_canonical(of_row(row))


@settings(max_examples=1000, deadline=None)
@given(TEXTS, st.sampled_from([None, "A", "B", "C"]), st.sampled_from(["refused", "molecular", "serological"]))
@example("A*٠٢:٠١", None, "refused")
@example("A*02:01/", "A", "molecular")
@example("²", "A", "serological")
def test_any_text_is_read_or_refused_and_never_raises(text, locus, bare):
    parsed = parse(text, locus, bare)
    assert parsed.text == text
    readable = {Kind.ALLELE, Kind.GROUP, Kind.ANTIGEN, Kind.LIST, Kind.NULL}
    assert (parsed.value is not None) == (parsed.kind in readable)
    errors = [issue for issue in parsed.issues if issue.severity == "error"]
    assert len(errors) == (parsed.kind is Kind.INVALID)
    if parsed.value is not None:
        assert parsed.value.kind == parsed.kind
        assert locus in (None, parsed.value.locus)
        assert (parsed.value.antigens == frozenset()) == (parsed.kind is Kind.NULL)
    if parsed.canonical is not None:
        assert parsed.canonical.isascii()
        hold_canonical(parsed)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([row["text"] for row in ROWS if row["canonical"] and not row["column"]]), st.data())
def test_case_and_outer_spaces_do_not_matter(text, data):
    told = "".join(data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in text)
    spaces = data.draw(st.sampled_from(["", " ", "\t", "\u00a0"]))
    assert parse(f"{spaces}{told}{spaces}").canonical == parse(text).canonical
