"""The tables of the page on the life of campaigns are those of the program."""

from pathlib import Path

from domain.campaign_life import CAMPAIGN_TRANSITIONS, TRANSITIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules" / "campaign-life.md"


def table_under(heading: str) -> set[tuple[str, ...]]:
    text = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {tuple(row) for row in rows[1:]}


def test_the_page_holds_every_step_and_no_other():
    for heading, table in (
        ("Steps of an invitation", TRANSITIONS),
        ("Steps of a campaign", CAMPAIGN_TRANSITIONS),
    ):
        assert table_under(heading) == {(a.value, step.value, b.value) for (a, step), b in table.items()}
        assert len(table_under(heading)) >= 10
