"""The rule tables shipped with the project, and what they say of the shared donor files."""

import csv
from datetime import date

import pytest

from domain.abo import LANDSTEINER
from domain.eligibility import eligible_window, first_eligible
from domain.errors import UnusableInput
from services.reference import CORE, read_table
from services.rule_tables import (
    abo_groups,
    eligibility_rules,
    eligibility_tables,
    hpa_systems,
    rhd_rule,
)
from tests.rule_cases import health

DONOR_FILES = (
    "north_portugal_37993",
    "simulated_african_10000",
    "simulated_asian_4000",
    "simulated_hispanic_4000",
)


def test_the_rules_in_force_today_are_those_of_matching(today):
    rules = eligibility_rules(today)
    assert rules.name == "FR-2026"
    assert (rules.min_age_years, rules.max_age_years) == (18, 65)
    assert (rules.min_weight_kg, rules.min_platelets) == (50, 150)
    assert dict(rules.interval_days) == {"platelets": 28, "whole_blood": 28, "plasma": 14}
    assert rules.unknown_type_interval_days == 28
    assert (rules.max_donations_12m, rules.max_platelet_donations_12m) == (24, 12)
    assert rules.trali_min_pregnancies == 1
    assert rhd_rule(today).protected_below_age_years == 50


def test_no_rules_before_the_first_table():
    first_on = eligibility_tables()[0].effective_from
    assert eligibility_rules(first_on) is eligibility_tables()[0]
    with pytest.raises(UnusableInput, match="no_rules_in_force"):
        eligibility_rules(date(2019, 12, 31))


def test_the_shipped_abo_table_is_landsteiners_rule():
    assert dict(abo_groups()) == dict(LANDSTEINER)


def test_every_hpa_system_names_its_two_antigens():
    for name, system in hpa_systems().items():
        assert system.antigen("a") == f"{name}a"
        assert system.antigen("b") in {f"{name}b", f"{name}bw"}
        assert system.gene
    assert {"HPA-1", "HPA-2", "HPA-3", "HPA-4", "HPA-5", "HPA-6", "HPA-15"} <= hpa_systems().keys()


@pytest.mark.parametrize("table", ["eligibility_rules", "rhd_rules", "abo_antigens", "hpa_systems", "mfi_bands"])
def test_every_row_says_its_source_and_each_table_has_its_section(table):
    assert all(row["source"] and row["verified"] for row in read_table(table))
    assert f"## {table}.csv" in (CORE / "SOURCES.md").read_text(encoding="utf-8")


def test_the_shared_donors_who_may_give_today(shared_path, today):
    rules = eligibility_rules(today)
    active = available = available_by_window = 0
    for name in DONOR_FILES:
        with (shared_path / "data" / "donors" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if (row["status"], row["consent_contact"]) != ("active", "yes"):
                    continue
                active += 1
                donor = health(row)
                available += first_eligible(donor, rules, today).first_on == today
                available_by_window += eligible_window(donor, rules).first_on(today) == today
    assert (active, available, available_by_window) == (47_269, 35_087, 35_087)
