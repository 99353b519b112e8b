"""What the HPA case tables cannot say in a row."""

import pytest

from domain.errors import UnusableInput
from domain.hpa import HpaGenotype, antigen_state, requirement
from domain.verdict import Requirement


@pytest.mark.parametrize(
    ("genotype", "antigen", "state"),
    [
        (HpaGenotype("HPA-1", "ab"), "HPA-1b", "present"),
        (HpaGenotype("HPA-1", "aa"), "HPA-1b", "absent"),
        (HpaGenotype("HPA-2", "bb"), "HPA-1b", "unknown"),
        (HpaGenotype("HPA-6", "ab"), "HPA-6bw", "present"),
        (None, "HPA-1b", "unknown"),
    ],
)
def test_an_antigen_is_present_absent_or_unknown(genotype, antigen, state):
    assert antigen_state(genotype, antigen) == state


def test_a_name_that_is_no_antigen_is_refused_rather_than_unknown():
    with pytest.raises(UnusableInput, match="hpa_antigen_unreadable"):
        antigen_state(None, "HPA-1")


def test_the_same_antibody_twice_is_one_antibody():
    typed = {"HPA-1": HpaGenotype("HPA-1", "bb")}
    assert requirement(["HPA-1a", "HPA-1a"], typed) is Requirement.MET
