"""Headings: exact names and aliases, hand mapping, suggestions that never decide."""

import pytest

from domain.errors import UnusableInput
from services.imports.columns import ALIASES, LIKELY, known_column, map_columns, suggest_column
from services.imports.fields import DONOR_FIELDS, PATIENT_FIELDS
from tests.rule_cases import read_cases


def mapped(*headings, by_hand=None, fields=DONOR_FIELDS, key="donor_number"):
    return map_columns(headings, fields=fields, key=key, by_hand=by_hand or {})


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("donor_number", "donor_number"), ("Donor Number", "donor_number"), ("Numéro de donneur", "donor_number"),
        ("N° donneur", "donor_number"), ("NOM", "last_name"), ("Prénom", "first_name"), ("Né(e) le", None),
        ("Date de naissance", "birth_date"), ("Poids (kg)", "weight_kg"), ("HLA-A_1", "hla_a_1"), ("HLA A (2)", "hla_a_2"),
        ("Cw 1", "hla_c_1"), ("HPA-15", "hpa_15"), ("hpa 4", None), ("HLA A1", None), ("hla_a_3", None), ("Statut", "status"),
        ("Date du dernier don", "last_donation_on"), ("GL String", "hla"), ("mystery", None),
    ],
)  # fmt: skip
def test_a_heading_is_known_exactly_or_not_at_all(heading, column):
    assert known_column(heading, DONOR_FIELDS) == column


def test_every_column_of_the_contract_is_known_by_its_own_name():
    for fields in (DONOR_FIELDS, PATIENT_FIELDS):
        assert {known_column(name, fields) for name in fields} == set(fields)


def test_an_unknown_heading_is_said_with_a_suggestion_and_left_out():
    columns = mapped("donor_number", "hla_b1", "weigth kg", "zzz")
    assert dict(columns.places) == {"donor_number": 0}
    assert [(issue.code, issue.params.get("suggestion")) for issue in columns.issues] == [
        ("column_unknown_suggestion", "hla_b_1"), ("column_unknown_suggestion", "weight_kg"), ("column_unknown", None),
    ]  # fmt: skip


@pytest.mark.parametrize("case", read_cases("column_headings"), ids=lambda case: case["heading"])
def test_a_heading_of_a_blood_centre_is_read_or_suggested_or_neither(case):
    read = known_column(case["heading"], DONOR_FIELDS)
    suggested = None if read else suggest_column(case["heading"], tuple(DONOR_FIELDS))
    assert (read or suggested or "", "read" if read else "suggested" if suggested else "") == (
        case["column"],
        case["how"],
    )


def test_what_is_only_likely_is_of_a_column_there_is_and_not_an_alias_too():
    assert LIKELY.keys() <= DONOR_FIELDS.keys() | PATIENT_FIELDS.keys()
    assert [alias for name in LIKELY for alias in LIKELY[name] if alias in ALIASES] == []


def test_the_number_of_a_patient_is_suggested_in_a_file_of_patients():
    assert (
        suggest_column("IPP", tuple(PATIENT_FIELDS))
        == suggest_column("Identifiant", tuple(PATIENT_FIELDS))
        == "patient_number"
    )


def test_a_suggestion_is_only_of_a_column_that_is_still_free():
    assert suggest_column("abo grp", ["rhd", "cmv"]) is None
    assert suggest_column("abo grp", ["rhd", "abo"]) == "abo"


def test_a_mapping_by_hand_goes_first_and_an_empty_one_leaves_out():
    columns = mapped("ID", "HLA A1", "abo", by_hand={"ID": "donor_number", "HLA A1": "hla_a_1", "abo": ""})
    assert dict(columns.places) == {"donor_number": 0, "hla_a_1": 1}
    assert columns.issues == ()


@pytest.mark.parametrize(
    ("headings", "by_hand", "code"),
    [
        (["name", "abo"], {}, "key_column_missing"),
        (["donor_number", "abo", "ABO"], {}, "column_twice"),
        (["donor_number", "x"], {"x": "abo_"}, "mapped_column_unknown"),
        (["donor_number", "x"], {"y": "abo"}, "mapped_heading_absent"),
        (["donor_number", "abo", "x"], {"x": "abo"}, "column_twice"),
    ],
)
def test_headings_that_cannot_be_used(headings, by_hand, code):
    with pytest.raises(UnusableInput) as refused:
        mapped(*headings, by_hand=by_hand)
    assert refused.value.code == code


def test_the_missing_key_is_named_with_what_the_file_has():
    with pytest.raises(UnusableInput) as refused:
        mapped("name", "abo")
    assert refused.value.params == {"column": "donor_number", "found": "name, abo"}
