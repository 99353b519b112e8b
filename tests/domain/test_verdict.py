"""The verdict on one donor (MATCHING §5)."""

from itertools import product

import pytest

from domain.reaction import Reaction
from domain.verdict import LISTED_VERDICTS, Requirement, Verdict, donor_verdict, worst

N, P, U, T = Reaction.NEGATIVE, Reaction.POSITIVE, Reaction.UNDECIDED, Reaction.UNTESTED
MET, MISSING, VIOLATED = Requirement.MET, Requirement.MISSING, Requirement.VIOLATED


@pytest.mark.parametrize(
    ("reactions", "untyped", "requirement", "verdict"),
    [
        ([N, N, N, N], False, MET, "compatible"),
        ([], False, MET, "compatible"),
        ([N, P, N, N], False, MET, "blocked"),
        ([P, U, T, N], True, MISSING, "blocked"),  # blocked whatever else is missing
        ([N, N, N, N], False, VIOLATED, "blocked"),
        ([U, T], True, VIOLATED, "blocked"),
        ([N, N, N], True, MET, "unknown"),
        ([N, N, T, N], False, MET, "unknown"),
        ([N, N, N, N], False, MISSING, "unknown"),
        ([N, U, T, N], False, MET, "unknown"),  # unknown before possible
        ([N, U], True, MET, "unknown"),
        ([N, U], False, MISSING, "unknown"),
        ([N, U, N, N], False, MET, "possible"),
        ([U, U, U, U], False, MET, "possible"),
    ],
)
def test_the_verdict(reactions, untyped, requirement, verdict):
    assert donor_verdict(reactions, untyped=untyped, requirement=requirement) == verdict


def test_nothing_that_is_unknown_or_against_ever_makes_a_donor_compatible():
    for size in range(4):
        for reactions in product(Reaction, repeat=size):
            for untyped, requirement in product((False, True), Requirement):
                verdict = donor_verdict(reactions, untyped=untyped, requirement=requirement)
                clean = set(reactions) <= {N} and not untyped and requirement is MET
                assert (verdict is Verdict.COMPATIBLE) == clean
                assert (verdict is Verdict.BLOCKED) == (P in reactions or requirement is VIOLATED)


def test_an_iterator_of_reactions_is_enough():
    assert donor_verdict(iter([N, U]), untyped=False) is Verdict.POSSIBLE


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [([], MET), ([MET, MET], MET), ([MET, MISSING], MISSING), ([MISSING, VIOLATED, MET], VIOLATED), ([VIOLATED], VIOLATED)],
)
def test_several_requirements_count_as_the_worst(requirements, expected):
    assert worst(requirements) is expected
    assert worst(reversed(requirements)) is expected


def test_blocked_donors_are_not_listed():
    assert set(LISTED_VERDICTS) == set(Verdict) - {Verdict.BLOCKED}
    assert LISTED_VERDICTS == (Verdict.COMPATIBLE, Verdict.POSSIBLE, Verdict.UNKNOWN)
