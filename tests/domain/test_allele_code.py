"""Multiple allele codes: every form with a table, and the laws of reading them (MATCHING §2)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allele_code import AlleleCodes
from domain.phenotype import parse_locus, parse_phenotype_key, phenotype_key
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from services.wording.catalogue import sentence
from tests.oracle import values
from tests.rule_cases import read_cases
from tests.small_codes import CODES, WITH_CODES

ROWS = read_cases("ambiguity")
CORE = core_reference()


def parse(text, reference=WITH_CODES, locus=None):
    return parse_typed_value(text, reference=reference, locus=locus)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['text']} {row['column']}")
def test_the_row_holds(row):
    parsed = parse(row["text"], locus=row["column"] or None)
    assert (parsed.kind, parsed.canonical or "") == (row["kind"], row["canonical"])
    assert (parsed.value.antigens if parsed.value else frozenset()) == frozenset(row["antigens"].split())
    assert [issue.code for issue in parsed.issues] == row["issues"].split()
    for locale in ("fr", "en"):
        for issue in parsed.issues:
            assert "{" not in sentence(issue.code, {"subject": issue.subject, "text": issue.subject, **issue.params}, locale)


def test_every_row_has_its_source_and_stands_once():
    assert [row["text"] for row in ROWS if not row["source"]] == []
    assert len({(row["text"], row["column"]) for row in ROWS}) == len(ROWS) >= 30


@pytest.mark.parametrize("row", [row for row in ROWS if not row["column"] and row["kind"] in ("list", "null")], ids=lambda r: r["text"])
def test_the_oracle_reads_the_code_as_its_list(row):
    found, expected = parse(row["text"]).value, values.parse_value(row["text"], codes=CODES)
    assert (found.locus, found.kind, set(found.alleles), found.antigens) == (
        expected.locus, expected.kind, set(expected.alleles), expected.antigens,
    )  # fmt: skip


@given(
    st.sampled_from([f"{locus}*{first}" for locus in "ABC" for first in ("01", "02", "07", "15")]),
    st.lists(st.sampled_from(["01", "02", "03", "09N", "101"]), min_size=1, max_size=6),
)
def test_a_code_is_exactly_its_list_and_its_key_needs_no_table(group, fields):
    reference = replace(CORE, codes=AlleleCodes("one", {"ZZ": "/".join(fields)}.get))
    if group not in reference.groups:
        return
    names = [f"{group}:{field}" for field in fields]
    code = parse(f"{group}:ZZ", reference).value
    listed = parse("/".join(names if len(names) > 1 else names * 2), CORE).value
    assert replace(code, text="") == replace(listed, text="")
    locus = group[0]
    typings = {locus: parse_locus(f"{group}:ZZ", "-", locus=locus, reference=reference)}
    key = phenotype_key(typings)
    assert phenotype_key(parse_phenotype_key(key, CORE)) == key


def test_the_code_and_the_table_are_named_and_a_long_list_is_cut_short():
    reference = replace(CORE, codes=AlleleCodes("mac-9", {"LONG": "/".join(f"{n}" for n in range(10, 99))}.get))
    read, assumed = parse("A*02:LONG", reference).issues
    assert (read.severity, read.subject) == ("info", "A*02:LONG")
    assert read.params == {"table": "mac-9", "count": 89, "alleles": "A*02:10, A*02:11, A*02:12, A*02:13, A*02:14 …"}
    assert (assumed.code, assumed.params["count"]) == ("code_alleles_assumed", 89)


def test_without_a_table_a_code_says_so():
    [issue] = parse("A*02:AB", CORE).issues
    assert (issue.code, issue.severity, issue.params["text"]) == ("allele_code_without_table", "error", "A*02:AB")


def test_a_code_gives_a_patient_nothing_for_certain():
    assert parse("A*02:ONE").value.key != parse("A*02:05").value.key
