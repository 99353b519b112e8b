"""What a new typing contradicts of the one before."""

import pytest

from domain.phenotype import parse_locus
from domain.typing_change import disagreements
from services.reference import core_reference, parameters

EMPTY = {"B": ("", ""), "C": ("", "")}


def found(before, after):
    reference = core_reference()
    was, now = (
        {locus: parse_locus(*pair, locus=locus, reference=reference) for locus, pair in {"A": texts, **EMPTY}.items()}
        for texts in (before, after)
    )
    family = parameters()["default_creg_family"]
    return [(one.kind, one.text) for one in disagreements(was, now, reference=reference, creg_family=family)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("A*02", "A*24"), ("A*02:01", "A*24:02")),
        (("A2", "A9"), ("A*24:02", "A*02:01")),  # A24 is a split of A9, and order says nothing
        (("A*02", "A*24"), ("A*24", "A*02")),
        (("A*02", ""), ("A*02", "A*03")),  # an open position may be anything
        (("", ""), ("A*01", "A*03")),
        (("A*02", "-"), ("A*02", "A*02:01")),
        (("A2", "-"), ("A*02:01", "A*02:05")),
        (("A2", "-"), ("A*02", "A*03")),  # serology did not see a second antigen: no proof that there is none
    ],
)
def test_a_typing_told_better_agrees(before, after):
    assert found(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (("A*02", "A*24"), ("A*02", "A*03"), [("other", "A*03"), ("gone", "A*24")]),
        (("A*02", "A*24"), ("A*02", "-"), [("gone", "A*24")]),
        (("A*02", "A*24"), ("", ""), [("gone", "A*02"), ("gone", "A*24")]),
        (("A*02", "-"), ("A*02", "A*03"), [("other", "A*03")]),
        (("A*02", ""), ("A*01", "A*03"), [("other", "A*01"), ("gone", "A*02")]),
    ],
)
def test_another_antigen_and_one_no_longer_there_are_said(before, after, said):
    assert found(before, after) == said
