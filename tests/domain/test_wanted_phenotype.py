"""What results of flow cytometry and HPA genotypes show of a campaign's target."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.wanted_phenotype import INDETERMINATE, Standing, analyte_of, read_flow, read_result, shows_wanted, stand
from services.rule_tables import hpa_systems

TABLE = Path(__file__).parents[1] / "tables" / "cd36_flow.csv"
CASES = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
CD36_TARGET = {"kind": "cd36_negative"}
RESULTS = ["positive", "negative", "negative type I", "negative type II", INDETERMINATE]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['platelets']}/{case['monocytes']}")
def test_every_case_of_the_table(case):
    result, issue = read_flow(case["platelets"], case["monocytes"])
    assert (result, issue.code if issue else "") == (case["result"], case["issue"])


@pytest.mark.parametrize(
    ("target", "result", "shown"),
    [
        (CD36_TARGET, "negative type II", True),
        (CD36_TARGET, "negative", True),
        (CD36_TARGET, "positive", False),
        (CD36_TARGET, INDETERMINATE, None),
        (CD36_TARGET, "", None),
        ({"kind": "hpa_negative", "antigen": "HPA-1a"}, "b/b", True),
        ({"kind": "hpa_negative", "antigen": "HPA-1a"}, "a/b", False),
        ({"kind": "hpa_negative", "antigen": "HPA-5b"}, "a/a", True),
        ({"kind": "hla_profile", "antigens": ["A2"]}, "b/b", None),
        ({"kind": "directives", "patients": [1]}, "negative", None),
    ],
)
def test_what_is_wanted(target, result, shown):
    assert shows_wanted(target, result, hpa_systems()) is shown


def test_the_analyte_of_a_target():
    assert analyte_of({"kind": "hpa_negative", "antigen": "HPA-15b"}, hpa_systems()) == "HPA-15"
    assert analyte_of({"kind": "hla_profile", "antigens": []}, hpa_systems()) is None


@pytest.mark.parametrize(
    ("results", "state", "result"),
    [
        ([], "none", ""),
        (["negative type I"], "suspected", "negative type I"),
        (["negative type I", "negative"], "confirmed", "negative type I"),
        (["negative type I", "negative type II"], "confirmed", "negative"),
        (["negative", "positive"], "contradictory", ""),
        (["negative", "negative", "positive"], "contradictory", ""),
        (["negative", INDETERMINATE], "undecided", ""),
        (["negative", "negative", INDETERMINATE], "undecided", ""),
        (["positive", INDETERMINATE], "suspected", "positive"),
        ([INDETERMINATE, INDETERMINATE], "undecided", ""),
    ],
)
def test_what_samples_say_together(results, state, result):
    found = stand("CD36", results)
    assert (found.state, found.result) == (state, result)


def test_an_hpa_phenotype_that_names_no_second_allele_is_refused():
    assert read_result("HPA-1", "1a-")[1].code == "hpa_unreadable"
    assert read_result("HPA-1", "1b/1b") == ("b/b", None)
    assert read_result("CD36", "nd")[1].code == "cd36_unreadable"


@given(st.lists(st.sampled_from(RESULTS), max_size=6))
def test_the_order_of_samples_does_not_matter_and_one_sample_never_confirms(results):
    found = stand("CD36", results)
    assert stand("CD36", results[::-1]) == found
    assert found.state is not Standing.CONFIRMED or found.samples >= 2
    assert not (found.state is Standing.CONTRADICTORY and found.result)
    if "positive" in results:
        assert not found.result.startswith("negative")
