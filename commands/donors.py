"""`flask donors`: donor files in, and whom to type next."""

import click
from sqlmodel import Session

from commands.common import emit_json, locale, phenotheque_command, runtime
from commands.importing import add_people_import
from commands.options import ON, on_day
from commands.tables import print_table
from services.imports.donors import import_donors
from services.imports.fields import DONOR_FORM
from services.imports.outcome import ImportResult
from services.imports.reading import Layout
from services.imports.request import ImportRequest
from services.matching.snapshots import SnapshotStore
from services.reference import active_reference
from services.result_files import to_type_csv
from services.rule_tables import eligibility_rules
from services.to_type import COLUMNS, list_to_type, to_type_cells
from services.wording.catalogue import sentence


@click.group("donors")
def donors() -> None:
    """Import donors, and ask whom to type next."""


def _import(session: Session, request: ImportRequest, layout: Layout) -> ImportResult:
    rules = eligibility_rules(runtime().today())
    return import_donors(session, request, reference=active_reference(session), rules=rules, layout=layout)


add_people_import(donors, what="donor", people=DONOR_FORM, do=_import)


@donors.command("to-type")
@click.option("--region", help="Donors of one region only.")
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True, help="0 lists all.")
@ON
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@phenotheque_command
def to_type(region: str | None, limit: int, on_text: str | None, form: str) -> None:
    """List the donors by how many directives in force a better typing could settle in their favour."""
    store = SnapshotStore(runtime().snapshots_path)
    with runtime().engines.read_session() as session:
        answer = list_to_type(
            session, store, on=on_day(on_text), region=region, limit=limit or None, with_patients=True, locale=locale()
        )
    if form == "json":
        emit_json(answer)
    elif form == "csv":
        click.echo(to_type_csv(answer), nl=False)
    else:
        title = sentence("title_to_type", {"total": answer["total"], "directives": answer["directives"]}, locale())
        rows = [[str(cell) for cell in to_type_cells(one, locale())] for one in answer["donors"]]
        print_table(title, COLUMNS, rows, len(COLUMNS), locale())
        for issue in answer["issues"]:
            click.echo(issue["message"], err=True)
