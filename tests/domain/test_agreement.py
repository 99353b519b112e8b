"""What samples confirm of rare phenotypes, case by case: one rule for the registry, the campaigns and the rare-donor file."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from domain.agreement import agreement_of
from domain.wanted_phenotype import CD36, stand
from services.rare_donors.rules import rare_rules
from services.rule_tables import hpa_systems

TABLE = Path(__file__).parents[1] / "tables" / "sample_agreement.csv"
CASES = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def standings_of(samples):
    found = defaultdict(list)
    for one in filter(None, samples.split("; ")):
        analyte, result = one.split("=")
        found[analyte].append(result)
    return {analyte: stand(analyte, results) for analyte, results in found.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['phenotype']}: {case['why']}")
def test_every_case_of_the_table(case):
    rule, standings = rare_rules()[case["phenotype"]], standings_of(case["samples"])
    first = CD36 if rule.of_hla or rule.code.startswith("cd36") else "HPA-1"
    said = standings.get(first) or stand(first, [])
    assert (said.state, said.result) == (case["state"], case["result"])
    found = agreement_of(rule, [case["subjects"]], standings, hpa_systems())
    assert (found.confirmed, found.contradicted) == (case["confirmed"] == "yes", case["contradicted"] == "yes")
    assert found.needed is not rule.of_hla
