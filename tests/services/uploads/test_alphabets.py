"""What of a donor file is shown to who may not see identities: values of the column, and nothing of a person."""

import pytest

from services.imports.fields import DONOR_FIELDS, IDENTITY_COLUMNS
from services.uploads.alphabets import names_nobody, shows_any

PERSON = (
    "Dupont", "Le Goff", "Ng", "Anne-Marie", "Émile", "Régine", "O'Neil", "1980-01-02", "02/01/1980", "2.1.80", "19800102",
    "80-5-1/7", "1980", "29000", "06 99 00 41 01", "+33 6 99 00 41 01", "+33699004101", "06.99.00.41.01",
    "anne@b.example", "a1@b.example", "Qxab975", "12 rue du Bac", "Dupont 1",
)  # fmt: skip


LIKE_NUMBERS = {"19800102", "1980", "29000", "Qxab975"}  # a donor's number may look so, and is in clear everywhere


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (column, text)
        for column in (*DONOR_FIELDS, "no column", None)
        for text in PERSON
        if column != "donor_number" or text not in LIKE_NUMBERS
    ],
)
def test_what_is_of_a_person_is_shown_under_no_heading(column, text):
    assert not names_nobody(column, text)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        *(("hla_a_1", text) for text in ("A*99", "24:02", "A2 4", "A*02:01/02:05", "HLA-A*02:01:01:01N", "A*02:ABCD", "A*", "-", "X",
                                         "?", "A*02:01G", "2", "999", "A-2", "a*02", "HLA-A2", "DRB1*15:01")),
        *(("hla_b_1", text) for text in ("B-44", "B44", "Bw4", "B*7801", "B 44")),
        *(("hla_c_1", text) for text in ("Cw7", "C*07:02")),
        ("hla", "A*01:01+A*02:01^B*08:01+B*44:02^DRB1*15:01"),
        *(("hpa_1", text) for text in ("a/a", "ab", "1a/1b", "HPA-1a", "1a+", "HPA-1a/HPA-1b", "1a1b")),
        *(("cd36", text) for text in ("positif", "neg", "negative type I", "-", "+")),
        *(("weight_kg", text) for text in ("62", "9999", "62,5", "62 kg", "-3", "0")),
        ("height_cm", "1,72 m"), ("platelet_count", "250"), ("pregnancies", "2.5"),
        *(("abo", text) for text in ("A", "a+", "AB-", "A1", "?")),
        *(("consent_contact", text) for text in ("oui", "yes no", "1", "2")),
        ("status", "Actif"), ("rhd", "Rh+"), ("cmv", "positif"), ("sex", "F"),
        *(("donor_number", text) for text in ("PT0001", "DEMO-02828", "1", "0123456789", "E+05")),
    ],
)  # fmt: skip
def test_what_could_be_a_value_of_the_column_is_shown(column, text):
    assert names_nobody(column, text)


def test_columns_of_which_nothing_is_shown_are_those_of_persons_days_and_free_texts():
    never = {name for name in DONOR_FIELDS if not shows_any(name)}
    days = {"screened_on", "last_donation_on", "updated_at"}
    assert never == {*IDENTITY_COLUMNS, *days, "region", "centre", "ancestry", "low_expression"}
    assert not any(names_nobody(name, text) for name in never for text in ("A*02", "2", "yes", "2026-11-02"))
