"""Results of tests for antibodies against HPA and CD36: recorded, withdrawn with a reason, never erased."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields, NotFound, RefusedByRule
from domain.hpa import parse_antigen
from models.directive import Directive
from models.patient import Patient
from models.request import AntibodyResult, PlateletAntibody
from services.audit import record_audit
from services.patients import find_current_directive, get_patient
from services.rule_tables import hpa_systems

Json = dict[str, Any]
CD36 = "CD36"
LONGEST_REASON = 500
LARGEST_ID = 2**31 - 1  # of a row: a number beyond it is nobody's, and no question for the database
_CD36 = re.compile(r"(?:anti-?)?(?:cd-?36|gp-?iv|gp-?4|nak\(?a\)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Result:
    """One result as the laboratory gave it; `specificity` is `HPA-1a` or `CD36`."""

    specificity: str
    result: AntibodyResult
    method: str
    tested_on: date
    sample_code: str = ""


def parse_platelet_specificity(text: str) -> str:
    """The antigen an antibody is against: `HPA-1a` (also `1a`, `anti-HPA-1a`) or `CD36` (also GPIV, Nak(a)).

    Raises UnusableInput.
    """
    if _CD36.fullmatch(re.sub(r"\s+", "", text)):
        return CD36
    return parse_antigen(text, hpa_systems())


def find_result(session: Session, patient: Patient, result: Result) -> PlateletAntibody | None:
    """The row of the same test on record, withdrawn or not: same specificity, method, day and sample."""
    query = select(PlateletAntibody).where(
        PlateletAntibody.patient_id == patient.id,
        PlateletAntibody.specificity == result.specificity,
        PlateletAntibody.method == result.method,
        PlateletAntibody.tested_on == result.tested_on,
        PlateletAntibody.sample_code == result.sample_code,
    )
    return session.exec(query).first()


def record_result(
    session: Session, *, patient_number: str, result: Result, today: date, actor: str, now: datetime
) -> PlateletAntibody:
    """Put a result on record. One that was withdrawn may be recorded anew: the trail keeps what it was.

    Raises NotFound, InvalidFields for a day in the future, and RefusedByRule where the test is on record.
    """
    patient = get_patient(session, patient_number)
    if result.tested_on > today:
        raise InvalidFields([FieldFault("tested_on", "tested_in_future", {"text": result.tested_on.isoformat()})])
    known = find_result(session, patient, result)
    if known is not None and known.withdrawn_at is None:
        raise RefusedByRule("platelet_result_on_record", specificity=known.specificity, result=known.result.value)
    before = {"before": result_json(known)} if known else {}
    row = known or new_row(patient, result, actor=actor, now=now)
    row.result, row.recorded_at, row.recorded_by = result.result, now, actor
    row.withdrawn_at, row.withdrawn_by, row.withdrawal_reason = None, None, ""
    session.add(row)
    session.flush()
    details = {**_named(row), "result": row.result.value, **before}
    _audit(session, "platelet_antibody_recorded", patient, details, actor, now)
    return row


def new_row(
    patient: Patient, result: Result, *, actor: str, now: datetime, batch_id: int | None = None
) -> PlateletAntibody:
    """The row of a result, not yet in a session."""
    return PlateletAntibody(
        patient_id=patient.id or 0,
        specificity=result.specificity,
        result=result.result,
        method=result.method,
        tested_on=result.tested_on,
        sample_code=result.sample_code,
        batch_id=batch_id,
        recorded_at=now,
        recorded_by=actor,
    )


def get_result(session: Session, patient: Patient, result_id: int) -> PlateletAntibody:
    """One result of this patient. Raises NotFound, also for another patient's."""
    row = session.get(PlateletAntibody, result_id) if 0 < result_id <= LARGEST_ID else None
    if row is None or row.patient_id != patient.id:
        raise NotFound("unknown_platelet_result", patient=patient.patient_number)
    return row


def withdraw_result(
    session: Session, *, patient_number: str, result_id: int, reason: str, actor: str, now: datetime
) -> PlateletAntibody:
    """Take a result out of what counts, keeping it on record. Raises NotFound, InvalidFields, RefusedByRule."""
    patient = get_patient(session, patient_number)
    row = get_result(session, patient, result_id)
    words = check_reason(reason)
    if row.withdrawn_at is not None:
        raise RefusedByRule("platelet_result_withdrawn", specificity=row.specificity)
    row.withdrawn_at, row.withdrawn_by, row.withdrawal_reason = now, actor, words
    session.add(row)
    session.flush()
    details = {**_named(row), "result": row.result.value, "reason": words}
    _audit(session, "platelet_antibody_withdrawn", patient, details, actor, now)
    return row


def check_reason(text: str) -> str:
    """A reason as it is kept. Raises InvalidFields where there is none, or no plain line of text."""
    words = text.strip()
    if not words:
        raise InvalidFields([FieldFault("reason", "patient_reason_needed")])
    if len(words) > LONGEST_REASON or not words.isprintable():
        raise InvalidFields([FieldFault("reason", "reason_unusable", {"most": LONGEST_REASON})])
    return words


def list_results(session: Session, patient: Patient) -> Sequence[PlateletAntibody]:
    """Every result of a patient, withdrawn ones too: the latest test first."""
    query = select(PlateletAntibody).where(PlateletAntibody.patient_id == patient.id)
    return session.exec(query.order_by(col(PlateletAntibody.tested_on).desc(), col(PlateletAntibody.id).desc())).all()


def positive_specificities(session: Session, patient: Patient) -> tuple[str, ...]:
    """The specificities of which any result that stands is positive, `HPA-1a` … then `CD36`.

    A later negative result does not take one off: an antibody that is no longer seen may come back with the next
    transfusion. That is for the person who writes the directive to weigh.
    """
    found = {
        row.specificity
        for row in list_results(session, patient)
        if row.withdrawn_at is None and row.result is AntibodyResult.POSITIVE
    }
    order = [antigen for system in hpa_systems().values() for antigen in (system.antigen_a, system.antigen_b)]
    return tuple(name for name in (*order, CD36) if name in found)


def positives_not_directed(session: Session, patient: Patient) -> tuple[str, ...]:
    """The positive specificities that the directive in force does not avoid; all of them where there is none."""
    row = find_current_directive(session, patient)
    return tuple(name for name in positive_specificities(session, patient) if row is None or not _avoids(row, name))


def _avoids(row: Directive, specificity: str) -> bool:
    return row.anti_cd36 if specificity == CD36 else specificity in row.hpa_antibodies


def known_methods(session: Session) -> list[str]:
    """The methods named so far, to choose from: one written otherwise would be another test."""
    return sorted(session.exec(select(PlateletAntibody.method).distinct()).all(), key=str.casefold)


def result_json(row: PlateletAntibody) -> Json:
    """One result as data."""
    return {
        "id": row.id,
        "specificity": row.specificity,
        "result": row.result.value,
        "method": row.method,
        "tested_on": row.tested_on.isoformat(),
        "sample": row.sample_code,
        "recorded_at": row.recorded_at,
        "recorded_by": row.recorded_by,
        "withdrawn_at": row.withdrawn_at,
        "withdrawn_by": row.withdrawn_by,
        "withdrawal_reason": row.withdrawal_reason,
    }


def _named(row: PlateletAntibody) -> Json:
    return {
        "specificity": row.specificity,
        "method": row.method,
        "tested_on": row.tested_on.isoformat(),
        "sample": row.sample_code,
    }


def _audit(session: Session, action: str, patient: Patient, details: Json, actor: str, now: datetime) -> None:
    record_audit(
        session,
        actor=actor,
        action=action,
        subject_type="patient",
        subject_key=patient.patient_number,
        details=details,
        now=now,
    )
