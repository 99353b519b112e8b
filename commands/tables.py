"""Answers as tables for a terminal."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from domain.reaction import Reaction
from domain.verdict import Verdict
from services.matching.risk_notes import risk_words
from services.wording.alphabet import UNASSIGNED, region_order
from services.wording.catalogue import sentence
from services.wording.formats import format_date, format_number

Json = dict[str, Any]
VERDICTS = ("compatible", "available", "possible", "unknown", "blocked")
SHOWN_OPENINGS = 10


def print_table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], numeric_from: int, locale: str
) -> None:
    """One table; the columns from `numeric_from` on are numbers."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(
            sentence(f"heading_{heading}", {}, locale), justify="right" if place >= numeric_from else "left"
        )
    for row in rows:
        table.add_row(*map(escape, row))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def word(kind: str, code: str, locale: str) -> str:
    """The short word for one code of a closed list."""
    return sentence(f"{kind}.{code}", {}, locale)


def show_issues(answer: Json, locale: str) -> None:
    for issue in answer["issues"]:
        click.echo(f"{word('severity', issue['severity'], locale)}: {issue['message']}", err=True)


def show_facts(facts: Json) -> None:
    """One fact a line, under the names that the JSON has."""
    for name, value in facts.items():
        if isinstance(value, list):
            value = ", ".join(str(one) for one in value) or "–"
        click.echo(f"{name}: {'–' if value is None else value}")


def show_sweep(answer: Json, locale: str) -> None:
    """The counts of each threshold by region, then what would open more donors."""
    for entry in answer["thresholds"]:
        mfi = format_number(entry["mfi"], locale)
        title = sentence(
            "title_counts",
            {
                "patient": answer["patient"],
                "on": answer["on"],
                "active": answer["active_donors"],
                "snapshot": answer["versions"]["snapshot"],
            },
            locale,
        )
        regions = [
            *sorted(entry["regions"].items(), key=lambda item: region_order(item[0])),
            (sentence("heading_nation", {}, locale), entry["national"]),
        ]
        rows = [
            (_region(name, locale), *(format_number(counts[verdict], locale) for verdict in VERDICTS))
            for name, counts in regions
        ]
        print_table(f"{mfi} MFI. {title}", ("region", *VERDICTS), rows, 1, locale)
        _openings(answer, entry["mfi"], locale)
    show_issues(answer, locale)


def _region(name: str, locale: str) -> str:
    return sentence("unassigned", {}, locale) if name == UNASSIGNED else name


def _openings(answer: Json, mfi: int, locale: str) -> None:
    gains = [gain for gain in answer["gains"] if gain["mfi"] == mfi][:SHOWN_OPENINGS]
    if gains:
        rows = [
            (
                gain["specificity"],
                *(format_number(n, locale) for n in (gain["max_mfi"], *gain["national"].values())),
            )
            for gain in gains
        ]
        title = sentence("title_gains", {"mfi": mfi}, locale)
        print_table(title, ("specificity", "max_mfi", "from_blocked", "from_possible"), rows, 1, locale)
    settle = [one for one in answer["typing_could_settle"] if one["mfi"] == mfi][:SHOWN_OPENINGS]
    if settle:
        rows = [(one["typed"], format_number(one["national"], locale)) for one in settle]
        print_table(sentence("title_settle", {"mfi": mfi}, locale), ("settle", "donors"), rows, 1, locale)


def show_search(answer: Json, locale: str) -> None:
    """The ranked donors."""
    counts = answer["counts"]["regions"][answer["region"]] if answer["region"] else answer["counts"]["national"]
    title = sentence(
        "title_search",
        {
            "patient": answer["patient"],
            "threshold": answer["threshold"],
            "on": answer["on"],
            "listed": len(answer["donors"]),
            "total": counts["compatible"] + counts["possible"] + counts["unknown"],
        },
        locale,
    )
    rows = [
        (
            str(donor["rank"]),
            donor["donor_number"],
            _verdict(donor, locale),
            donor["grade"] + ("" if donor["grade_certain"] else " ?"),
            " ".join(value["typed"] or "?" for value in donor["values"]),
            word("abo", donor["abo"] or "unknown", locale),
            donor["region"] or "",
            format_date(donor["first_eligible_on"], locale) if donor["first_eligible_on"] else "–",
            format_number(donor["sum_mfi"], locale),
            format_number(donor["max_mfi"], locale),
            eplets_said(answer, donor, locale),
        )
        for donor in answer["donors"]
    ]
    headings = ("rank", "donor", "verdict", "grade", "value", "abo", "region", "date", "sum_mfi", "max_mfi", "eplets")
    print_table(title, headings, rows, 8, locale)
    show_issues(answer, locale)


def _verdict(donor: Json, locale: str) -> str:
    """A verdict, with the risk where it is possible."""
    said = word("verdict", donor["verdict"], locale)
    return f"{said}, {sentence(*risk_words(donor['risk']), locale)}" if donor["verdict"] == Verdict.POSSIBLE else said


def reaction_said(value: Json, locale: str) -> str:
    """A reaction, with the risk where it is undecided."""
    said = word("reaction", value["reaction"], locale)
    if value["reaction"] != Reaction.UNDECIDED:
        return said
    return f"{said}, {sentence(*risk_words(value['risk']), locale)}"


def eplets_said(answer: Json, donor: Json, locale: str) -> str:
    """A donor's eplet loads, all and verified, or why there are none."""
    if donor["eplet_load"] is None:
        return sentence("eplets_not_known" if answer["versions"]["eplets"] else "eplets_not_loaded", {}, locale)
    about = "≈ " if donor["eplets_approximate"] else ""
    return f"{about}{donor['eplet_load']} ({donor['verified_eplet_load']})"
