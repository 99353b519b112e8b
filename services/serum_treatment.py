"""The treatment of a serum before its assay, stated or corrected by a person: sera of two treatments never mix."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from domain.errors import FieldFault, InvalidFields, NotFound
from models.antibody import SerumSample
from models.patient import Patient
from services.audit import record_audit
from services.patients import get_patient
from services.platelet_antibodies import LARGEST_ID, check_reason

LONGEST_TREATMENT = 80
Json = dict[str, Any]


def get_serum(session: Session, patient: Patient, serum_id: int) -> SerumSample:
    """One serum of this patient. Raises NotFound, also for another patient's."""
    row = session.get(SerumSample, serum_id) if 0 < serum_id <= LARGEST_ID else None
    if row is None or row.patient_id != patient.id:
        raise NotFound("unknown_serum", patient=patient.patient_number)
    return row


def serum_treatment(session: Session, *, patient_number: str, serum_id: int) -> Json:
    """What is on record of the serum. Raises NotFound."""
    row = get_serum(session, get_patient(session, patient_number), serum_id)
    return {"code": row.sample_code, "kit_lot": row.kit_lot, "run_on": row.run_on, "treatment": row.treatment}


def record_treatment(
    session: Session, *, patient_number: str, serum_id: int, treatment: str, reason: str, actor: str, now: datetime
) -> SerumSample:
    """Write how the serum was treated, empty for neat; both words are kept in the trail.

    Raises NotFound, and InvalidFields for a text that is no short line, a missing reason, or nothing changed.
    """
    patient = get_patient(session, patient_number)
    row = get_serum(session, patient, serum_id)
    words = checked_treatment(treatment)
    why = check_reason(reason)
    if words == row.treatment:
        raise InvalidFields([FieldFault("treatment", "treatment_unchanged")])
    details = {"sample": row.sample_code, "before": {"treatment": row.treatment}, "after": {"treatment": words}}
    row.treatment = words
    session.add(row)
    session.flush()
    record_audit(
        session, actor=actor, action="serum_treatment_recorded", subject_type="patient",
        subject_key=patient.patient_number, details={**details, "reason": why}, now=now,
    )  # fmt: skip
    return row


def checked_treatment(text: str) -> str:
    """A treatment as it is kept. Raises InvalidFields for what is no short line of text."""
    words = " ".join(text.split())
    if len(words) > LONGEST_TREATMENT or not words.isprintable():
        raise InvalidFields([FieldFault("treatment", "treatment_unusable", {"most": LONGEST_TREATMENT})])
    return words
