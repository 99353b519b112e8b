"""The pages of docs/rules say what the code does: every example runs, every figure is the table's."""

import csv
from pathlib import Path

import pytest

from services.reference import read_table
from tests.rule_cases import answers_of, read_examples

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "rules"
# page → the rules whose examples it must show
EXAMPLES = {
    "eligibility": {"eligibility"},
    "abo-rhd": {"abo", "rhd"},
    "hpa": {"hpa_genotypes", "hpa_requirement"},
    "cd36": {"cd36"},
    "rare-donors": {"rare_phenotypes"},
}
FIGURES = {"eligibility": ("rules", "eligibility_rules"), "abo-rhd": ("rhd_rules", "rhd_rules")}


def examples(page):
    return [(rule, row) for rule, row in read_examples(PAGES / f"{page}.md") if rule in EXAMPLES[page]]


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_examples_of_a_page_hold(page):
    shown = examples(page)
    assert {rule for rule, _ in shown} == EXAMPLES[page]
    for rule, row in shown:
        found, expected = answers_of(rule, row)
        assert found == expected, row


@pytest.mark.parametrize("page", FIGURES)
def test_the_figures_of_a_page_are_those_in_force(page):
    block, table = FIGURES[page]
    shown = [row for name, row in read_examples(PAGES / f"{page}.md") if name == block]
    in_force = [{name: row[name] for name in ("rule", "value", "unit")} for row in read_table(table)]
    assert shown == in_force


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_every_page_names_its_code_and_its_source(page):
    text = page.read_text(encoding="utf-8")
    assert "## Source and version" in text
    first_lines = "\n".join(text.splitlines()[:4])
    named = [part for part in first_lines.split("`") if part.startswith("domain/")]
    assert named
    assert all((ROOT / name).is_file() for name in named)


def test_every_example_block_is_run():
    """No block of any page carries a name that no test knows."""
    known = {name for names in EXAMPLES.values() for name in names} | {name for name, _ in FIGURES.values()}
    known |= {"nomenclature", "reactivity", "verdict", "grade", "edits", "planned", "ranking"}  # test_matching_pages.py
    known |= {"typing_risk"}  # test_typing_risk_page.py
    known |= {"eplet_table", "eplet_load"}  # test_eplets_page.py
    known |= {"campaign_yield", "exclusions"}  # test_campaign_yield_page.py
    known |= {"rare_table"}  # test_rare_donors_page.py
    known |= {"availability_need", "availability_gap"}  # test_availability_page.py
    known |= {"recall_kinds"}  # test_recalls_page.py
    known |= {"why_not", "disagreement_limits"}  # test_explanations_page.py
    shown = {name for page in PAGES.glob("*.md") for name, _ in read_examples(page)}
    assert shown <= known


def test_case_tables_are_plain_csv():
    for path in (ROOT / "tests" / "tables").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            widths = {len(row) for row in csv.reader(file)}
        assert len(widths) == 1, path.name
