"""Headings of a file as they may be read: where the first row may be a person's, those that name no column are masked."""

import pytest

from models.importing import ImportKind
from services.uploads.issues import MASK
from services.uploads.mapping import are_headings, shown_headings

DONORS = ImportKind.DONORS


@pytest.mark.parametrize(
    "headings",
    [
        ("donor_number", "commentaire"),
        ("N° donneur", "Zz"),
        ("code", "Nom", "Prénom", "weigth_kg"),
        ("code", "sexe", "HLA A1", "statut"),
    ],
)
def test_a_row_that_names_the_key_or_two_columns_is_one_of_headings(headings):
    assert are_headings(headings, DONORS)
    assert shown_headings(headings, DONORS, identity=False) == headings


@pytest.mark.parametrize(
    "row",
    [
        ("D1", "Dupont", "Anne", "1980-01-02", "yes", "active", "A*1", "A*2", "B*1", "B*2"),
        ("D1", "Émile", "Régine", "Mail", "a_1", "b_2", "HPA-1"),
        (),
    ],
)
def test_a_row_that_may_be_a_persons_is_not_however_much_it_resembles_one(row):
    assert not are_headings(row, DONORS)
    assert shown_headings(row, DONORS, identity=True) == row
    shown = shown_headings(row, DONORS, identity=False)
    names = {"D1", "Dupont", "Anne", "1980-01-02", "Émile", "Régine"}
    assert [text for text in shown if text in names] == []
    assert [text for text in shown if MASK in text] == [
        f"#{n} {MASK}" for n, text in enumerate(shown, 1) if MASK in text
    ]


def test_headings_of_patients_are_shown_as_they_are():
    assert shown_headings(("Zz", "P1"), ImportKind.PATIENTS, identity=False) == ("Zz", "P1")
