"""`flask patients`: patient files in."""

import click
from sqlmodel import Session

from commands.importing import add_people_import
from services.imports.outcome import ImportResult
from services.imports.patients import import_patients
from services.imports.request import ImportRequest
from services.reference import core_reference


@click.group("patients")
def patients() -> None:
    """Import patients."""


def _import(session: Session, request: ImportRequest) -> ImportResult:
    return import_patients(session, request, reference=core_reference())


add_people_import(patients, what="patient", do=_import)
