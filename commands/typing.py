"""`flask typing parse`: what a typed text is understood to be."""

from typing import Any

import click

from commands.common import emit_json, locale, phenotheque_command
from domain.phenotype import parse_gl_string
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from services.searches import issues_json


@click.group("typing")
def typing() -> None:
    """Read typed values."""


@typing.command("parse")
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@phenotheque_command
def parse(texts: tuple[str, ...], form: str) -> None:
    """Say what each text is: its kind, canonical form, possible antigens and issues."""
    entries = [entry for text in texts for entry in _entries(text)]
    if form == "json":
        emit_json(entries)
    else:
        for entry in entries:
            said = "; ".join(issue["message"] for issue in entry["issues"])
            click.echo(
                f"{entry['text']}\t{entry['kind']}\t{entry['canonical'] or ''}\t{' '.join(entry['antigens'])}\t{said}"
            )


def _entries(text: str) -> list[dict[str, Any]]:
    """One entry, or for a GL string one for each value in it."""
    if "^" not in text and "+" not in text:
        return [_entry(text)]
    positions, issues = parse_gl_string(text)
    found = [_entry(value) for values in positions.values() for value in values if value]
    refused = [
        {
            "text": issue.subject,
            "canonical": None,
            "kind": "invalid",
            "antigens": [],
            "issues": issues_json([issue], locale()),
        }
        for issue in issues
    ]
    return found + refused


def _entry(text: str) -> dict[str, Any]:
    parsed = parse_typed_value(text, reference=core_reference())
    return {
        "text": text,
        "canonical": parsed.canonical,
        "kind": parsed.kind.value,
        "antigens": sorted(parsed.value.antigens) if parsed.value else [],
        "issues": issues_json(parsed.issues, locale()),
    }
