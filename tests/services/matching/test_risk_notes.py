"""A risk in words: whole percent, and never 0 or 100 for what is not decided."""

import pytest

from services.matching.risk_notes import risk_of_entries, risk_words
from services.wording.catalogue import sentence


@pytest.mark.parametrize(
    ("risk", "english", "french"),
    [
        (None, "risk not known", "risque non connu"),
        (0.0, "< 1 % risk", "risque < 1\u202f%"),
        (0.0099, "< 1 % risk", "risque < 1\u202f%"),
        (0.01, "1 % risk", "risque 1\u202f%"),
        (0.0316, "3 % risk", "risque 3\u202f%"),
        (0.99, "99 % risk", "risque 99\u202f%"),
        (0.991, "> 99 % risk", "risque > 99\u202f%"),
        (1.0, "> 99 % risk", "risque > 99\u202f%"),
    ],
)
def test_a_risk_in_words(risk, english, french):
    assert sentence(*risk_words(risk), "en") == english
    assert sentence(*risk_words(risk), "fr") == french


@pytest.mark.parametrize(
    ("entries", "risk"),
    [
        ([("negative", 0.0), ("undecided", 0.25)], 0.25),
        ([("undecided", 0.25), ("undecided", 0.1)], 0.325),
        ([("undecided", 0.25), ("untyped", None)], None),
        ([("positive", 1.0), ("untested", None)], 1.0),
        ([], 0.0),
    ],
)
def test_the_risk_of_a_donor(entries, risk):
    assert risk_of_entries([{"reaction": reaction, "risk": one} for reaction, one in entries]) == risk
