"""`flask rare-donors`: the rare-donor file, by number, and bringing it up to date."""

import click

from commands.common import actor, emit_json, locale, phenotheque_command, runtime, say
from commands.options import FORMAT
from commands.tables import print_table
from domain.errors import NotFound
from domain.reservation import Timing
from services.documents.document import Words
from services.documents.rare_donors import phenotype_said
from services.rare_donors.file import file_json, open_file
from services.rare_donors.filtering import RareFilter
from services.rare_donors.listing import Eyes
from services.rare_donors.refreshing import refresh_rare_donors
from services.rare_donors.rules import rare_rules
from services.wording.catalogue import sentence
from services.wording.formats import format_date

COLUMNS = ("donor", "phenotype", "rare_status", "gives_from", "next_recall")
EYES = Eyes(reservations=True, patients=False)


@click.group("rare-donors")
def rare_donors() -> None:
    """List the donors of a rare phenotype, and bring their file up to date."""


@rare_donors.command("list")
@click.option("--phenotype", help="Code of one phenotype: a row of rare_phenotypes.csv.")
@FORMAT
@phenotheque_command
def list_rare(phenotype: str | None, form: str) -> None:
    """List the rare donors by number, with what needs somebody."""
    if phenotype is not None and phenotype not in rare_rules():
        raise NotFound("unknown_rare_phenotype", text=phenotype, known=", ".join(rare_rules()))
    settings = runtime().settings
    timing = Timing(runtime().now(), settings.timezone, settings.hold_hours)
    with runtime().engines.read_session() as session:
        file = open_file(session, asked=RareFilter(phenotype=phenotype), eyes=EYES, timing=timing)
    if form == "json":
        emit_json(file_json(file, locale()))
        return
    said = Words(locale())
    rows = [
        [
            one.number,
            "; ".join(phenotype_said(shown, said) for shown in one.standing),
            said(f"rare_status.{one.status}"),
            *(format_date(day, locale()) if day else "–" for day in (one.first_eligible_on, one.next_recall_on)),
        ]
        for one in file.entries
    ]
    title = sentence("title_rare_donors", {"count": len(rows), "total": file.total}, locale())
    print_table(title, COLUMNS, rows, len(COLUMNS), locale())
    if file.stale:
        say("rare_stale")


@rare_donors.command("refresh")
@FORMAT
@phenotheque_command
def refresh(form: str) -> None:
    """Bring the file up to date with the registry; a second time changes nothing."""
    with runtime().engines.write_session() as session:
        done = refresh_rare_donors(session, now=runtime().now(), actor=actor())
    if form == "json":
        emit_json(done.details())
    else:
        click.echo(sentence("rare_refreshed", done.details(), locale()))
