"""Every row of the case tables of the rules holds."""

import pytest

from domain.errors import UnusableInput
from domain.hpa import parse_antigen
from services.rule_tables import hpa_systems
from tests.rule_cases import ANSWERS, answers_of, read_cases

CASES = [(rule, row) for rule in ANSWERS for row in read_cases(rule)]


def name_of(case):
    rule, row = case
    return f"{rule}: {next(iter(row.values())) or 'empty'}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_row_holds(case):
    found, expected = answers_of(*case)
    assert expected
    assert found == expected


@pytest.mark.parametrize("row", read_cases("hpa_antigens"), ids=lambda row: row["text"] or "empty")
def test_an_antibody_names_a_known_antigen(row):
    if not row["refusal"]:
        assert parse_antigen(row["text"], hpa_systems()) == row["antigen"]
        return
    with pytest.raises(UnusableInput) as refused:
        parse_antigen(row["text"], hpa_systems())
    assert refused.value.code == row["refusal"]


@pytest.mark.parametrize("table", [*ANSWERS, "hpa_antigens"])
def test_every_row_has_its_source(table):
    assert [row for row in read_cases(table) if not row["source"]] == []
