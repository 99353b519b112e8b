"""Laws of the ABO relation, and the directive's rule by name."""

import itertools

import pytest

from domain.abo import ABO_RULES, LANDSTEINER, AboGroup, parse_rule, relation
from domain.errors import UnusableInput

MIRROR = {"identical": "identical", "minor": "major", "major": "minor", "bidirectional": "bidirectional"}


@pytest.mark.parametrize(("patient", "donor"), list(itertools.product(LANDSTEINER, repeat=2)))
def test_exchanging_patient_and_donor_exchanges_major_and_minor(patient, donor):
    assert relation(donor, patient) == MIRROR[relation(patient, donor)]


def test_a_table_of_groups_can_be_handed_in():
    groups = {**LANDSTEINER, "A2": AboGroup(frozenset("a"), frozenset("AB"))}
    assert relation("A2", "A", groups) == "major"
    assert relation("A2", "A") is None


@pytest.mark.parametrize("rule", ABO_RULES)
def test_a_rule_is_read_by_its_name(rule):
    assert parse_rule(f" {rule.upper()} ") == rule


def test_another_rule_is_refused():
    with pytest.raises(UnusableInput, match="abo_rule_unknown"):
        parse_rule("major")
