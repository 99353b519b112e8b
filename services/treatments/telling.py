"""Courses of treatment as data for pages and for the API."""

from typing import Any

from sqlmodel import Session

from models.patient import Patient
from models.treatment import Treatment
from services.kept_rows import life_json, standing
from services.treatments.store import treatments_of

Json = dict[str, Any]


def treatment_json(row: Treatment) -> Json:
    """A course as data; `last_on` null is still going on."""
    plain = {"first_on": row.first_on, "last_on": row.last_on, "note": row.note}
    return {"code": row.code, "kind": row.kind.value, **plain, **life_json(row), "version": row.version_id}


def standing_treatments(session: Session, patient: Patient) -> list[Json]:
    """The courses that count, the latest first."""
    return [treatment_json(row) for row in reversed(standing(treatments_of(session, patient)))]
