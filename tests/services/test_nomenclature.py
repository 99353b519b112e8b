"""Why a typed text counts as its antigens, by the core alone and beside the release in force."""

import pytest

from services.nomenclature import why_under
from services.reference import core_reference
from tests.ipd_folder import real_reference


def by_core(text):
    return why_under(text, core_reference(), None, "en")


def test_an_allele_of_the_table_and_its_place_among_the_antigens():
    answer = by_core("b*1512")
    (reading,) = answer["readings"]
    assert (reading["reference"], reading["canonical"], reading["kind"]) == ("core-1", "B*15:12", "allele")
    assert (reading["counts_by"], reading["antigens"]) == ("bead_table", ["B76"])
    assert reading["alleles"][0]["assigned"] == {"table": ["B76"]}
    (antigen,) = answer["antigens"]
    assert (antigen["kind"], antigen["under"], antigen["epitopes"]) == ("split", ["B15"], ["Bw6"])
    assert antigen["cregs"] == {"rodey": ["5C"], "ucla": ["5C"]}
    assert answer["versions"]["creg"] == {"rodey": "rodey-1", "ucla": "ucla-1"}
    assert (answer["eplets"], antigen["eplets"], answer["versions"]["eplets"]) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "counts_by", "antigens"),
    [
        ("A2", "antigen", ["A2", "A203", "A210"]),
        ("A*24", "group", ["A24", "A2403"]),
        ("A*02:07", "assumed", ["A2", "A203", "A210"]),
        ("A*02:01/A*02:03", "list", ["A2", "A203"]),
        ("A*01:01:01:02N", "null", []),
    ],
)
def test_the_rule_that_gives_the_antigens_is_named(text, counts_by, antigens):
    reading = by_core(text)["readings"][0]
    assert (reading["counts_by"], reading["antigens"]) == (counts_by, antigens)


@pytest.mark.parametrize("text", ["A99", "DRB1*15:01", "hello", "-", "", "A*02:01 A*03:01"])
def test_a_text_that_is_no_typing_is_said_to_be_none(text):
    answer = by_core(text)
    assert (answer["antigens"], answer["history"], answer["readings"][0]["counts_by"]) == ([], [], None)


@pytest.mark.parametrize(
    ("text", "antigens", "assigned", "under"),
    [
        ("B*15:12", ["B76"], {"unambiguous": ["B76"], "expert": ["B62"]}, {"B76": "B15"}),
        ("A*02:03", ["A203"], {"unambiguous": ["A203"]}, {"A203": "A2"}),
        ("B*40:05", ["B4005"], {"unambiguous": ["B4005"]}, {"B4005": "B21"}),
        ("C*12:03", ["Cw12"], {"no_antigen": ["Cw12"]}, {}),
    ],
)
def test_what_the_release_assigns_is_said_by_kind(shared_path, text, antigens, assigned, under):
    answer = why_under(text, real_reference(shared_path), None, "en")
    first, core = answer["readings"]
    assert (first["reference"], core["reference"]) == ("ipd-imgt-hla-3.58.0", "core-1")
    (allele,) = first["alleles"]
    assert (first["antigens"], allele["under"]) == (antigens, under)
    assert {kind: names for kind, names in allele["assigned"].items() if kind in assigned} == assigned


def test_an_experts_word_is_shown_beside_what_counts(shared_path):
    answer = why_under("B*40:26", real_reference(shared_path), None, "en")
    (allele,) = answer["readings"][0]["alleles"]
    assert allele["assigned"] == {"unambiguous": ["B21"], "expert": ["B40"]}
    assert answer["differs"]
    assert {one["antigen"] for one in answer["antigens"]} == set(answer["readings"][0]["antigens"])


def test_a_null_allele_of_the_release_expresses_nothing(shared_path):
    answer = why_under("A*01:01:01:02N", real_reference(shared_path), None, "en")
    assert [one["counts_by"] for one in answer["readings"]] == ["null", "null"]
    assert answer["antigens"] == []


def test_a_name_that_was_never_assigned_is_not_guessed(shared_path):
    answer = why_under("A*02:100", real_reference(shared_path), None, "en")
    assert [one["name"] for one in answer["history"]] == ["A*02:100"]
    assert answer["history"][0]["reason"]
    issues = [issue["code"] for issue in answer["readings"][0]["issues"]]
    assert {"allele_never_assigned", "allele_renamed", "allele_deleted"}.intersection(issues)
