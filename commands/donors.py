"""`flask donors`: donor files in."""

import click
from sqlmodel import Session

from commands.common import runtime
from commands.importing import add_people_import
from services.imports.donors import import_donors
from services.imports.fields import DONOR_FORM
from services.imports.outcome import ImportResult
from services.imports.reading import Layout
from services.imports.request import ImportRequest
from services.reference import active_reference
from services.rule_tables import eligibility_rules


@click.group("donors")
def donors() -> None:
    """Import donors."""


def _import(session: Session, request: ImportRequest, layout: Layout) -> ImportResult:
    rules = eligibility_rules(runtime().today())
    return import_donors(session, request, reference=active_reference(session), rules=rules, layout=layout)


add_people_import(donors, what="donor", people=DONOR_FORM, do=_import)
