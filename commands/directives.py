"""`flask directives`: the rules in force for a patient."""

from typing import Any

import click

from commands.common import actor, emit_json, phenotheque_command, runtime
from commands.options import FORMAT, on_day
from commands.tables import show_facts
from domain.directive import parse_threshold
from services.directives import (
    Wording,
    close_directive,
    directive_json,
    parse_removal,
    set_directive,
    show_directive,
)


@click.group("directives")
def directives() -> None:
    """Set, show and close a patient's directive."""


@directives.command("set")
@click.argument("patient")
@click.option("--threshold", required=True, help="Threshold in MFI.")
@click.option("--sample", help="Sample it rests on (default: the latest class I sample).")
@click.option("--serum", type=click.Choice(["current", "peak"]), default="current", help="One serum, or the peak.")
@click.option("--peak-months", type=int, metavar="N", help="Of a peak: over the last N months.")
@click.option("--loci", default="A,B", show_default=True)
@click.option("--add", multiple=True, metavar="SPEC", help="A specificity to avoid besides the beads.")
@click.option("--remove", multiple=True, metavar="SPEC:REASON", help="A specificity to leave out, and why.")
@click.option("--hpa-antibody", "hpa_antibodies", multiple=True, metavar="HPA-1a")
@click.option("--anti-cd36", is_flag=True)
@click.option("--abo-rule", type=click.Choice(["none", "no-major", "identical"]), default="none")
@click.option("--planned-donor", default="", metavar="TYPING", help="HLA of the planned stem-cell donor.")
@click.option("--valid-until", metavar="DATE", help="The last day it holds.")
@click.option("--note", default="", help="What else is to be known of it.")
@FORMAT
@phenotheque_command
def set_one(
    patient: str,
    threshold: str,
    sample: str | None,
    serum: str,
    peak_months: int | None,
    loci: str,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    hpa_antibodies: tuple[str, ...],
    anti_cd36: bool,
    abo_rule: str,
    planned_donor: str,
    valid_until: str | None,
    note: str,
    form: str,
) -> None:
    """Put a new directive in force; the one before is superseded."""
    wording = Wording(
        threshold_mfi=parse_threshold(threshold),
        sample=sample,
        loci=loci,
        add=add,
        remove=[parse_removal(text) for text in remove],
        hpa_antibodies=hpa_antibodies,
        anti_cd36=anti_cd36,
        abo_rule=abo_rule,
        valid_until=None if valid_until is None else on_day(valid_until),
        note=note,
        planned_donor=planned_donor,
        serum=serum,
        peak_months=peak_months,
    )
    held = runtime()
    with held.engines.write_session() as session:
        row = set_directive(
            session, patient_number=patient, wording=wording, actor=actor(), now=held.now(), on=held.today()
        )
        answer = directive_json(session, patient, row)
    _show(answer, form)


@directives.command("show")
@click.argument("patient")
@FORMAT
@phenotheque_command
def show_one(patient: str, form: str) -> None:
    """Print the directive in force."""
    with runtime().engines.read_session() as session:
        answer = show_directive(session, patient_number=patient)
    _show(answer, form)


@directives.command("close")
@click.argument("patient")
@click.option("--reason", default="", help="Why it ends; kept in the audit trail.")
@FORMAT
@phenotheque_command
def close_one(patient: str, reason: str, form: str) -> None:
    """End the directive in force."""
    with runtime().engines.write_session() as session:
        row = close_directive(session, patient_number=patient, actor=actor(), now=runtime().now(), reason=reason)
        answer = directive_json(session, patient, row)
    _show(answer, form)


def _show(answer: dict[str, Any], form: str) -> None:
    if form == "json":
        emit_json(answer)
    else:
        removed = [f"{one['specificity']} ({one['reason']})" for one in answer["remove"]]
        avoided = [one["specificity"] + ("" if one["certain"] else " (?)") for one in answer["planned_exclusions"]]
        show_facts({**answer, "remove": removed, "planned_exclusions": avoided})
