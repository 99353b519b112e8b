"""The patients of the registry, each with the serum and the directive that a search would use."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from models.antibody import HlaClass, SerumSample
from models.directive import Directive, DirectiveStatus
from models.patient import Patient
from services.patients import patient_typings
from services.reference import core_reference

Json = dict[str, Any]


def list_patients(session: Session, *, limit: int, offset: int = 0) -> tuple[list[Json], int]:
    """One page of patients in the order of their numbers, and how many there are in all."""
    total = session.exec(select(func.count()).select_from(Patient)).one()
    rows = session.exec(select(Patient).order_by(col(Patient.patient_number)).limit(limit).offset(offset)).all()
    return patient_entries(session, rows), total


def patient_entries(session: Session, rows: Sequence[Patient]) -> list[Json]:
    """Patients as a list shows them."""
    ids = [row.id for row in rows if row.id is not None]
    sera, directives = _latest_sera(session, ids), _current_directives(session, ids)
    return [_entry(row, sera.get(row.id), directives.get(row.id)) for row in rows]


def _entry(patient: Patient, serum: SerumSample | None, directive: Directive | None) -> Json:
    typings = patient_typings(patient, core_reference())
    sample = directive.sample_code if directive and directive.sample_code else serum and serum.sample_code
    return {
        "number": patient.patient_number,
        "hla": {locus: [value.canonical for value in typing.values if value] for locus, typing in typings.items()},
        "region": patient.region,
        "sample": sample,
        "threshold_mfi": directive.threshold_mfi if directive else None,
    }


def _latest_sera(session: Session, patient_ids: Sequence[int]) -> dict[int | None, SerumSample]:
    """The class I serum that a search takes where the directive names none: by run date, then import."""
    query = select(SerumSample).where(col(SerumSample.patient_id).in_(patient_ids), SerumSample.hla_class == HlaClass.I)
    sera = sorted(session.exec(query).all(), key=lambda one: (one.run_on or date.min, one.id or 0))
    return {serum.patient_id: serum for serum in sera}


def _current_directives(session: Session, patient_ids: Sequence[int]) -> dict[int | None, Directive]:
    query = select(Directive).where(
        col(Directive.patient_id).in_(patient_ids), Directive.status == DirectiveStatus.CURRENT
    )
    return {directive.patient_id: directive for directive in session.exec(query).all()}
