"""What the pages of treatments show: the courses of a patient, and one course as its form is filled."""

from datetime import date
from typing import Any

from sqlmodel import Session

from services.kept_rows import changes_by_row
from services.patient_file import open_banner
from services.patients import get_patient
from services.treatments.store import get_treatment, treatments_of
from services.treatments.telling import treatment_json

Json = dict[str, Any]


def open_treatments(session: Session, *, number: str, on: date) -> Json:
    """Every course of a patient, the latest first, with what was corrected of each. Raises NotFound."""
    patient = get_patient(session, number)
    rows = [treatment_json(row) for row in reversed(treatments_of(session, patient))]
    return {
        **open_banner(session, number=number, on=on),
        "treatments": [one for one in rows if one["withdrawn_at"] is None],
        "withdrawn": [one for one in rows if one["withdrawn_at"] is not None],
        "corrections": changes_by_row(session, patient, "treatment_edited"),
    }


def open_treatment(session: Session, *, number: str, code: str, on: date) -> Json:
    """One course of a patient. Raises NotFound."""
    row = get_treatment(session, get_patient(session, number), code)
    return {**open_banner(session, number=number, on=on), "one": treatment_json(row)}


def form_values(one: Json) -> dict[str, str]:
    """A course on record as its form is filled."""
    days = {name: one[name].isoformat() if one[name] else "" for name in ("first_on", "last_on")}
    return {"kind": one["kind"], **days, "note": one["note"], "version": str(one["version"])}
