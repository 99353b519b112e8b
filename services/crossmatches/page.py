"""What the pages of crossmatches show: the crossmatches of a patient, and one as its form is filled."""

from datetime import date
from typing import Any

from sqlmodel import Session

from services.crossmatches.store import crossmatches_of, get_crossmatch
from services.crossmatches.telling import crossmatches_json
from services.kept_rows import changes_by_row
from services.patient_file import open_banner
from services.patients import get_patient

Json = dict[str, Any]


def open_crossmatches(session: Session, *, number: str, on: date) -> Json:
    """Every crossmatch of a patient, the latest first, with what was corrected of each. Raises NotFound."""
    patient = get_patient(session, number)
    rows = crossmatches_json(session, crossmatches_of(session, patient)[::-1])
    return {
        **open_banner(session, number=number, on=on),
        "crossmatches": [one for one in rows if one["withdrawn_at"] is None],
        "withdrawn": [one for one in rows if one["withdrawn_at"] is not None],
        "corrections": changes_by_row(session, patient, "crossmatch_edited"),
    }


def open_crossmatch(session: Session, *, number: str, code: str, on: date) -> Json:
    """One crossmatch of a patient. Raises NotFound."""
    row = get_crossmatch(session, get_patient(session, number), code)
    return {**open_banner(session, number=number, on=on), "one": crossmatches_json(session, [row])[0]}


def form_values(one: Json) -> dict[str, str]:
    """A crossmatch on record as its form is filled."""
    days = {name: one[name].isoformat() if one[name] else "" for name in ("tested_on", "serum_on")}
    texts = {name: one[name] for name in ("donor_number", "kind", "method", "result", "serum_code", "note")}
    return {**texts, **days, "version": str(one["version"])}
