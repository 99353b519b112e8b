"""`flask patients`: patient files in."""

import click
from sqlmodel import Session

from commands.importing import add_people_import
from services.imports.fields import PATIENT_FORM
from services.imports.outcome import ImportResult
from services.imports.patients import import_patients
from services.imports.reading import Layout
from services.imports.request import ImportRequest
from services.reference import active_reference


@click.group("patients")
def patients() -> None:
    """Import patients."""


def _import(session: Session, request: ImportRequest, layout: Layout) -> ImportResult:
    return import_patients(session, request, reference=active_reference(session), layout=layout)


add_people_import(patients, what="patient", people=PATIENT_FORM, do=_import)
