"""Weak expression of an antigen: recorded like the rest of a donor's file, shown in answers, and never decisive."""

import json

import pytest

from domain.errors import InvalidFields
from services.donor_edits import edit_donor
from services.explanations import explain_donor, get_donor
from services.searches import search_patient, sweep_patient
from tests.services.test_donor_records import WHO, bring, open_
from tests.small_registry import NOW, ON, ZONE

NUMBER = "PT0001"


def answers(engines, store):
    """Everything that a finding must leave as it is, and the explanation that shows it."""
    asked = {"patient_number": "P1", "on": ON, "locale": "en"}
    with engines.read_session() as session:
        swept = sweep_patient(session, store, thresholds=[500, 2000, 9000], **asked)
        listed = search_patient(session, store, threshold=2000, limit=0, zone=ZONE, **asked)
        explained = explain_donor(session, store, donor_number=NUMBER, threshold=2000, zone=ZONE, **asked)
    return swept, listed, explained


def without_the_finding(answer):
    """The answer without what may differ: the snapshot, the search's own number, the finding and its flag."""
    plain = json.loads(json.dumps(answer, default=str))
    for donor in plain.get("donors", [plain["donor"]] if "donor" in plain else []):
        donor["flags"] = [code for code in donor["flags"] if code != "low_expressor"]
        for value in (*donor["values"], *donor["out_of_scope_values"]):
            value["low_expression"] = None
    plain["versions"].pop("snapshot")
    plain.pop("search", None)
    return plain


def record(engines, text):
    with engines.write_session() as session:
        edit_donor(session, **open_(session), typed={"low_expression": text}, reason="flow cytometry", **WHO)


def test_a_finding_is_shown_beside_the_value_and_changes_nothing_else(registry, fresh):
    before = answers(registry, fresh())
    assert all(one["low_expression"] is None for one in before[2]["donor"]["values"])
    record(registry, "b8 2025-03-01")
    after = answers(registry, fresh())
    noted = [one["low_expression"] for one in after[2]["donor"]["values"] if one["low_expression"]]
    assert [(one["antigen"], str(one["tested_on"]), one["certain"]) for one in noted] == [("B8", "2025-03-01", True)]
    assert "low_expressor" in after[2]["donor"]["flags"]
    for one, other in zip(before[:2], after[:2], strict=True):
        if "donors" in one:
            assert [without_the_finding(one)] == [without_the_finding(other)]
        else:
            assert one["thresholds"] == other["thresholds"]
    assert without_the_finding(before[2])["donor"] == without_the_finding(after[2])["donor"]


def test_a_donor_typed_alike_does_not_share_the_finding(registry, fresh):
    record(registry, "B8")
    _, listed, _ = answers(registry, fresh())
    noted = {one["donor_number"] for one in listed["donors"] for value in one["values"] if value["low_expression"]}
    assert noted <= {NUMBER}


def test_what_is_no_finding_is_refused_at_its_field(registry):
    with pytest.raises(InvalidFields) as refused, registry.write_session() as session:
        edit_donor(session, **open_(session), typed={"low_expression": "B7"}, reason="x", **WHO)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [
        ("low_expression", "low_expression_unknown")
    ]


def test_a_file_brings_findings_and_one_bad_row_is_refused(registry):
    said = bring(registry, "donor_number,low_expression\nPT0001,B8 2025-03-01; B44\nPT0002,B9\n")
    assert (said.updated, said.refused) == (1, 1)
    assert [(issue.code, issue.line) for issue in said.issues if issue.severity == "error"] == [
        ("low_expression_unknown", 3)
    ]
    with registry.read_session() as session:
        assert get_donor(session, NUMBER).low_expression == "B44; B8 2025-03-01"
    again = bring(registry, "donor_number,low_expression\nPT0001,B44; B8 2025-03-01\nPT0002,B9\n")
    assert (again.updated, again.unchanged) == (0, 1)


def test_a_day_to_come_is_said(registry):
    said = bring(registry, f"donor_number,low_expression\nPT0001,B8 {NOW.year + 1}-03-01\n")
    assert [issue.code for issue in said.issues if issue.column == "low_expression"] == ["date_in_future"]
