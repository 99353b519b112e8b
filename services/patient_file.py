"""The record of one patient: typings with their raw text, sera, antibody results, requests, and what was done when."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from domain.cd36 import parse_cd36
from domain.hpa import parse_hpa
from models.antibody import Bead, SerumSample
from models.audit import AuditEvent
from models.donor import TYPING_COLUMNS
from models.patient import Patient
from services.crossmatches.telling import standing_crossmatches
from services.entry_echo import typings_json
from services.imports.typings import HPA_COLUMNS
from services.patients import Request, get_case
from services.platelet_antibodies import list_results, positives_not_directed, result_json
from services.reference import active_reference
from services.requests import requests_of
from services.transfusions.telling import summary_of
from services.treatments.telling import standing_treatments
from services.workbench import banner_json

Json = dict[str, Any]
SHOWN_EVENTS = 200


def open_record(session: Session, *, number: str, on: date) -> Json:
    """All that the record's page shows; the birth date is not among it. Raises NotFound."""
    reference = active_reference(session)
    case = get_case(session, number, Request(), reference, on=on)
    patient = case.patient
    columns = {name: getattr(patient, name) for name in TYPING_COLUMNS}
    events, events_in_all = _events(session, number)
    results = [result_json(row) for row in list_results(session, patient)]
    return {
        **banner_json(session, case, on),
        "facts": _facts(patient),
        "typings": typings_json(columns, case.typings, reference),
        "hpa": [_hpa(patient, name) for name in HPA_COLUMNS],
        "cd36": _cd36(patient),
        "sera": _sera(session, patient),
        "current_results": [one for one in results if one["withdrawn_at"] is None],
        "withdrawn_results": [one for one in results if one["withdrawn_at"] is not None],
        "not_directed": positives_not_directed(session, patient),
        "requests": requests_of(session, patient),
        "transfusions": summary_of(session, patient, on=on),
        "treatments": standing_treatments(session, patient),
        "crossmatches": standing_crossmatches(session, patient),
        "events": events,
        "events_left_out": events_in_all - len(events),
        "version": patient.version_id,
    }


def open_banner(session: Session, *, number: str, on: date) -> Json:
    """The patient as every page about them shows them. Raises NotFound."""
    return banner_json(session, get_case(session, number, Request(), active_reference(session), on=on), on)


def _facts(patient: Patient) -> Json:
    return {
        "weight_kg": patient.weight_kg,
        "height_cm": patient.height_cm,
        "centre": patient.centre,
        "antibody_sample": patient.antibody_sample,
        "has_birth_date": bool(patient.birth_date),
        "by_hand": patient.row_hash is None,
        "created_at": patient.created_at,
        "updated_at": patient.updated_at,
    }


def _hpa(patient: Patient, name: str) -> Json:
    raw, system = getattr(patient, name), f"HPA-{name.removeprefix('hpa_')}"
    genotype, issue = parse_hpa(raw, system)
    said = {"code": issue.code, "params": {**issue.params}} if issue else None
    return {"system": system, "raw": raw, "genotype": genotype.canonical if genotype else None, "issue": said}


def _cd36(patient: Patient) -> Json:
    result, issue = parse_cd36(patient.cd36)
    said = {"code": issue.code, "params": {**issue.params}} if issue else None
    return {"raw": patient.cd36, "status": result.status, "type": result.type, "issue": said}


def _sera(session: Session, patient: Patient) -> list[Json]:
    """The patient's sera of both classes, the latest run first, with the number of their beads."""
    query = (
        select(SerumSample, func.count(col(Bead.id)))
        .outerjoin(Bead, col(Bead.sample_id) == SerumSample.id)
        .where(SerumSample.patient_id == patient.id)
        .group_by(col(SerumSample.id))
    )
    rows: Sequence[Any] = session.exec(query).all()
    ordered = sorted(rows, key=lambda row: (row[0].run_on or date.min, row[0].id), reverse=True)
    return [
        {
            "id": sample.id,
            "code": sample.sample_code,
            "hla_class": sample.hla_class.value,
            "kit_lot": sample.kit_lot,
            "run_on": sample.run_on,
            "sampled_on": sample.sampled_on,
            "format": sample.source_format,
            "treatment": sample.treatment,
            "rejected": sample.rejected,
            "beads": beads,
        }
        for sample, beads in ordered
    ]


def _events(session: Session, number: str) -> tuple[list[Json], int]:
    """What was done to this patient, the latest first, and how many things in all."""
    mine = (AuditEvent.subject_type == "patient", AuditEvent.subject_key == number)
    in_all = session.exec(select(func.count()).select_from(AuditEvent).where(*mine)).one()
    query = select(AuditEvent).where(*mine).order_by(col(AuditEvent.id).desc()).limit(SHOWN_EVENTS)
    return [
        {"at": event.at, "actor": event.actor, "action": event.action, "details": event.details}
        for event in session.exec(query).all()
    ], in_all
