"""docs/unconfirmed.md against the core tables: every row to confirm, and no other."""

from pathlib import Path

from services.reference import CORE, read_table
from services.unconfirmed import unconfirmed_rows as count_unconfirmed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "unconfirmed.md"
KEYS = {
    "autologous_rules": ("rule",),
    "contact_rules": ("name",),
    "duplicate_weights": ("field", "level"),
    "eligibility_rules": ("rule",),
    "evidence_rules": ("kind", "result"),
    "hpa_systems": ("system",),
    "mfi_bands": ("name", "band"),
    "outcome_report": ("name",),
    "prevalence": ("phenotype", "population"),
    "rare_phenotypes": ("phenotype",),
    "refractory_steps": ("state", "lead", "step"),
    "rhd_rules": ("rule",),
    "transfusion_causes": ("name",),
    "transfusion_rules": ("rule",),
}
NO_VALUE = {"name", "effective_from", "version", "position", "verified", "source"}


def tables_with_the_column() -> list[str]:
    return [path.stem for path in sorted(CORE.glob("*.csv")) if "verified" in read_table(path.stem)[0]]


def unconfirmed_rows() -> list[tuple[str, str, str, str]]:
    """File, key, values and reason of each row that nobody has confirmed, in the order of the tables."""
    return [
        (f"{table}.csv", " ".join(row[key] for key in KEYS[table]), _values(row, KEYS[table]), row["source"])
        for table in tables_with_the_column()
        for row in read_table(table)
        if row["verified"] == "to confirm"
    ]


def _values(row: dict[str, str], keys: tuple[str, ...]) -> str:
    shown = {name: text for name, text in row.items() if text and name not in NO_VALUE and name not in keys}
    value, unit = shown.pop("value", ""), shown.pop("unit", "")
    return f"{value} {unit}".strip() if value else ", ".join(f"{name} {text}" for name, text in shown.items())


def test_the_page_lists_exactly_the_rows_to_confirm():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    listed = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines if ".csv |" in line]
    assert listed == unconfirmed_rows()


def test_each_row_of_these_tables_says_one_of_three_words_and_its_source():
    for table in tables_with_the_column():
        assert {row["verified"] for row in read_table(table)} <= {"yes", "to confirm", "not applicable"}
        assert all(row["source"] for row in read_table(table))


def test_the_rules_without_a_published_figure_say_why_they_are_so():
    for row in read_table("contact_rules"):
        assert row["source"].startswith("ours, to be confirmed by the centre's medical lead: ")


def test_the_pages_count_what_the_page_of_rules_lists_and_nothing_where_all_is_confirmed():
    listed = [file.removesuffix(".csv") for file, *_ in unconfirmed_rows()]
    assert {table: count_unconfirmed(table) for table in KEYS} == {table: listed.count(table) for table in KEYS}
    assert count_unconfirmed("abo_antigens") == 0
