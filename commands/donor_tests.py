"""`flask donor-tests`: results of donors' samples in."""

import click
from sqlmodel import Session

from commands.common import runtime
from commands.importing import add_table_import
from domain.reservation import Timing
from services.campaigns.records import get_campaign
from services.donor_tests.importing import import_donor_tests, open_test_layout
from services.imports.outcome import ImportResult
from services.imports.reading import Layout
from services.imports.request import ImportRequest


@click.group("donor-tests")
def donor_tests() -> None:
    """Import results of donors' samples: CD36, HPA."""


def _import(session: Session, request: ImportRequest, layout: Layout, *, campaign: str | None) -> ImportResult:
    settings = runtime().settings
    timing = Timing(request.now, settings.timezone, settings.hold_hours)
    found = get_campaign(session, campaign) if campaign else None
    return import_donor_tests(session, request, timing=timing, campaign=found, layout=layout)


add_table_import(
    donor_tests,
    told="Import a table (CSV or .xlsx): donor_number, analyte, result or platelets and monocytes, sample_code, "
    "sampled_on, tested_on, method.",
    open_file=open_test_layout,
    do=_import,
    options=[
        click.Option(["--campaign"], help="Code of the campaign: only donors invited to it, whose invitations move.")
    ],
)
