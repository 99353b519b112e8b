"""`flask reference`: the nomenclatures, eplet tables and allele frequencies this registry can be read with."""

from pathlib import Path, PurePath
from typing import Any

import click

from commands.common import (
    DONE,
    REFUSED,
    SOME_ROWS_REFUSED,
    actor,
    emit_json,
    locale,
    phenotheque_command,
    runtime,
    say,
)
from commands.importing import read_file
from commands.options import FORMAT
from commands.tables import print_table, show_facts
from domain.errors import RefusedByRule, UnusableInput
from services.allele_codes.file import read_code_file
from services.allele_codes.store import import_allele_codes, list_allele_code_tables
from services.eplets.importing import import_export, import_pelc
from services.eplets.store import list_eplet_tables
from services.frequencies.importing import import_frequencies
from services.frequencies.store import list_frequency_tables
from services.ipd.activation import Comparison, activate_reference, start_comparison
from services.ipd.answer import COLUMNS, change_cells, changes_csv, preview_json, references_json, release_json
from services.ipd.contents import read_release
from services.ipd.store import record_release
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from services.wording.catalogue import sentence

SHOWN_CHANGES = 20


@click.group("reference")
def reference() -> None:
    """List reference data, import releases, eplet tables and allele codes, and put one in force."""


@reference.command("list")
@FORMAT
@phenotheque_command
def list_all(form: str) -> None:
    """Print the references kept and which one is in force, then the tables of eplets, frequencies and allele codes."""
    with runtime().engines.read_session() as session:
        tables = [*list_eplet_tables(session), *list_frequency_tables(session), *list_allele_code_tables(session)]
        listed = [*references_json(session), *tables]
    if form == "json":
        emit_json(listed)
        return
    for place, one in enumerate(listed):
        if place:
            click.echo()
        show_facts({name: value for name, value in one.items() if name != "report"})


@reference.command("import-ipd")
@click.argument("folder", metavar="DIR")
@FORMAT
@phenotheque_command
def import_ipd(folder: str, form: str) -> None:
    """Read an IPD-IMGT/HLA release from a folder of its own files and keep it, not in force yet."""
    if not Path(folder).is_dir():
        raise UnusableInput("file_missing", file=folder)
    contents = read_release(Path(folder), core_reference())
    with runtime().engines.write_session() as session:
        row, created = record_release(session, contents, actor=actor(), now=runtime().now())
        answer = {**release_json(row), "created": created}
    say("reference_imported" if created else "reference_kept_already", name=answer["name"], alleles=answer["alleles"])
    if form == "json":
        emit_json(answer)
    else:
        _show_report(answer["report"])


def _show_report(report: dict[str, Any]) -> None:
    """The counts, then each kind of slip with its first places."""
    show_facts({name: value for name, value in report.items() if not isinstance(value, dict) and name != "first_slips"})
    show_facts({f"with {kind}": count for kind, count in report["by_kind"].items()})
    for name, known in report["unknown_antigens"].items():
        click.echo(f"{name} → {known or '–'}")
    for code, count in report["slips"].items():
        click.echo(f"{sentence(f'slip.{code}', {}, locale())}: {count}")
    for slip in report["first_slips"]:
        click.echo(f"  {slip['file']}:{slip['line']}  {slip['text']}")


@reference.command("activate")
@click.argument("name")
@click.option("--check", is_flag=True, help="Only show what would read differently; write nothing.")
@click.option("--yes", is_flag=True, help="Confirm: put it in force and derive every donor anew.")
@click.option("-o", "output", metavar="FILE", help="Write every change there, as CSV.")
@FORMAT
@phenotheque_command
def activate(name: str, check: bool, yes: bool, output: str | None, form: str) -> int:
    """Show what changes under another reference and, with --yes, put it in force (the core's name rolls back)."""
    held = runtime()
    shown = None if output or form == "json" else SHOWN_CHANGES
    with held.engines.read_session() as session:
        comparison = start_comparison(session, name)
        preview = preview_json(session, comparison, locale=locale(), shown=shown)
    if preview["before"] == preview["after"] and not check:
        raise RefusedByRule("reference_active_already", name=preview["after"])
    if output:
        _write(output, "".join(changes_csv(preview["changes"], locale())))
    done = {} if check or not yes else _activate(comparison)
    if form == "json":
        emit_json({**preview, **done, "activated": bool(done)})
    else:
        _show_preview(preview)
    if done:
        say("reference_activated", name=done["after"], before=done["before"], donors=done["rederived"])
    elif not check:
        say("activation_needs_yes")
    return DONE if check or done else REFUSED


def _activate(comparison: Comparison) -> dict[str, Any]:
    held = runtime()
    with held.engines.write_session() as session:
        rules = eligibility_rules(held.today())
        done = activate_reference(session, comparison, rules=rules, actor=actor(), now=held.now())
    return dict(done)


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UnusableInput("file_not_written", file=path, why=error.strerror or type(error).__name__) from error


def _show_preview(preview: dict[str, Any]) -> None:
    titles = {"before": preview["before"], "after": preview["after"]}
    rows = [change_cells(one, locale()) for one in preview["changes"][:SHOWN_CHANGES]]
    print_table(sentence("activation_title", titles, locale()), COLUMNS, rows, len(COLUMNS), locale())
    more = len(preview["changes"]) - len(rows) + preview["left_out"]
    if more:
        click.echo(sentence("activation_more", {"count": more}, locale()))
    click.echo(sentence("activation_counts", preview["counts"], locale()))


@reference.command("import-eplets")
@click.argument("file", required=False)
@click.option("--pelc", is_flag=True, help="The tables inside the pelc package, where it is installed.")
@click.option("--name", help="Name and version under which answers quote the table of FILE.")
@FORMAT
@phenotheque_command
def load_eplets(file: str | None, pelc: bool, name: str | None, form: str) -> int:
    """Load an export of the HLA Eplet Registry (CSV or .xlsx) or the pelc tables, and use them."""
    if pelc == (file is not None):
        raise UnusableInput("eplets_file_or_pelc")
    content = b"" if file is None else read_file(file)
    with runtime().engines.write_session() as session:
        by, now = actor(), runtime().now()
        if file is None:
            done = import_pelc(session, actor=by, now=now)
        else:
            done = import_export(session, content, file_name=PurePath(file).name, name=name, actor=by, now=now)
    if form == "json":
        emit_json(done)
    else:
        show_facts({key: value for key, value in done.items() if key != "faults"})
    for fault in done["faults"]:
        say(fault["code"], line=fault["line"], raw=fault["raw"])
    return SOME_ROWS_REFUSED if done["refused"] else DONE


@reference.command("import-mac")
@click.argument("file")
@click.option("--name", help="Name and version under which answers quote the table of FILE.")
@FORMAT
@phenotheque_command
def import_mac(file: str, name: str | None, form: str) -> int:
    """Import a table of multiple allele codes (text with tabs, or .zip), and use it in place of the one before."""
    read = read_code_file(Path(file))
    held = runtime()
    with held.engines.write_session() as session:
        done = import_allele_codes(
            session, read, name=name, rules=eligibility_rules(held.today()), actor=actor(), now=held.now()
        )
    if form == "json":
        emit_json(done)
    else:
        show_facts({key: value for key, value in done.items() if key != "faults"})
    for fault in done["faults"]:
        say(fault["code"], line=fault["line"], raw=fault["raw"])
    said = {"table": done["table"], "codes": done["codes"]}
    if done["status"] == "unchanged":
        say("allele_codes_unchanged", **said)
    else:
        say("allele_codes_imported", donors=done["donors_with_codes"], changed=done["donors_changed"], **said)
    return SOME_ROWS_REFUSED if done["refused"] else DONE


@reference.command("import-frequencies")
@click.argument("file")
@click.option("--name", help="Name and version under which answers quote the table.")
@click.option("--weights", help="Shares of the populations: declared, equal, or NAME=NUMBER,… (default: declared).")
@FORMAT
@phenotheque_command
def load_frequencies(file: str, name: str | None, weights: str | None, form: str) -> int:
    """Load a table of allele frequencies (CSV or .xlsx), from which the risk of an undecided value is computed."""
    content = read_file(file)
    with runtime().engines.write_session() as session:
        done = import_frequencies(
            session, content, file_name=file, name=name, weights=weights, actor=actor(), now=runtime().now()
        )
    if form == "json":
        emit_json(done)
    else:
        shares = ", ".join(f"{population} {share}" for population, share in done["mix"].items())
        show_facts({**{key: value for key, value in done.items() if key != "faults"}, "mix": shares})
    for fault in done["faults"]:
        reason = sentence(fault["code"], fault, locale())
        say("frequency_row_refused", line=fault["line"], raw=fault["raw"], reason=reason)
    return SOME_ROWS_REFUSED if done["refused"] else DONE
