"""`flask typing parse`: what a typed text is understood to be."""

from collections.abc import Sequence
from typing import Any

import click

from commands.common import emit_json, locale, phenotheque_command, runtime
from commands.explained import show_nomenclature
from domain.errors import Issue
from domain.gl_string import gl_form, read_gl_string
from domain.reference import Reference
from domain.typing_text import parse_typed_value
from services.ipd.reasons import alleles_json, assigned_json, assigned_words
from services.nomenclature import why_text
from services.reference import active_reference
from services.searches import issues_json

GL_OPERATORS = "^+|~"


@click.group("typing")
def typing() -> None:
    """Read typed values."""


@typing.command("parse")
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@phenotheque_command
def parse(texts: tuple[str, ...], form: str) -> None:
    """Say what each text is: its kind, canonical form, possible antigens, why these, and issues."""
    with runtime().engines.read_session() as session:
        reference = active_reference(session)
        entries = [entry for text in texts for entry in _entries(text, reference)]
    if form == "json":
        emit_json(entries)
    else:
        for entry in entries:
            said = "; ".join(issue["message"] for issue in entry["issues"])
            cells = (entry["text"], entry["kind"], entry["canonical"] or "", " ".join(entry["antigens"]))
            click.echo("\t".join((*cells, assigned_words(entry["assigned"], locale()), said)))
        click.echo(reference.name, err=True)


def _entries(text: str, reference: Reference) -> list[dict[str, Any]]:
    """One entry, or for a GL string one for each value in it; what it says of a locus goes with the values there."""
    if not any(operator in text for operator in GL_OPERATORS):
        return [_entry(text, reference)]
    read = read_gl_string(text)
    found: list[dict[str, Any]] = []
    said: set[int] = set()
    for locus, values in read.positions.items():
        about = [issue for issue in read.issues if issue.params.get("locus") == locus]
        said.update(map(id, about))
        found += [_entry(value, reference, about) for value in values if value]
    for issue in read.issues:
        if id(issue) not in said:
            found.append(_refused(issue, reference))
    return found


def _refused(issue: Issue, reference: Reference) -> dict[str, Any]:
    return {
        "text": issue.subject,
        "canonical": None,
        "kind": "invalid",
        "antigens": [],
        "issues": issues_json([issue], locale()),
        "reference": reference.name,
        "assigned": {},
        "alleles": [],
        "gl_string": None,
    }


def _entry(text: str, reference: Reference, about: Sequence[Issue] = ()) -> dict[str, Any]:
    parsed = parse_typed_value(text, reference=reference)
    return {
        "text": text,
        "canonical": parsed.canonical,
        "kind": parsed.kind.value,
        "antigens": sorted(parsed.value.antigens) if parsed.value else [],
        "issues": issues_json([*parsed.issues, *about], locale()),
        "reference": reference.name,
        "assigned": assigned_json(parsed.value, reference) if parsed.value else {},
        "alleles": alleles_json(parsed.value, reference),
        "gl_string": gl_form(parsed.value) if parsed.value else None,
    }


@typing.command("why")
@click.argument("text")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@phenotheque_command
def why(text: str, form: str) -> None:
    """Say why a text counts as its antigens, under the nomenclature in force and under the core."""
    with runtime().engines.read_session() as session:
        answer = why_text(session, text, locale=locale())
    if form == "json":
        emit_json(answer)
    else:
        show_nomenclature(answer, locale())
