"""Crossmatches put on record, corrected and withdrawn; each change in the trail, nothing erased."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields, RefusedByRule
from models.antibody import SerumSample
from models.crossmatch import Crossmatch
from models.donor import Donor
from models.patient import Patient
from services.crossmatches.entry import Entry
from services.crossmatches.store import crossmatches_of, get_crossmatch
from services.explanations import find_donor
from services.kept_rows import audit_row, birth_faults, change, check_version, lacking, new_life, standing, withdraw
from services.matching.donor_rows import load_numbers
from services.patients import get_patient
from services.platelet_antibodies import check_reason


def record_crossmatch(
    session: Session, *, patient_number: str, entry: Entry, actor: str, now: datetime, batch_id: int | None = None
) -> Crossmatch:
    """Put a crossmatch on record, of a merged donor under the record that took over.

    Raises NotFound, and InvalidFields for an unknown donor, a day before the patient's birth, another patient's serum,
    or a test on record already.
    """
    patient = get_patient(session, patient_number)
    donor = _donor(session, entry)
    check_days(patient, entry)
    check_serum(session, patient, entry)
    check_new(entry, donor, crossmatches_of(session, patient))
    row = Crossmatch(
        patient_id=patient.id or 0, **_values(entry, donor), **new_life(actor=actor, now=now, batch_id=batch_id)
    )
    session.add(row)
    session.flush()
    audit_row(session, patient, "crossmatch_recorded", _named(row, donor), actor=actor, now=now)
    return row


def edit_crossmatch(
    session: Session, *, patient_number: str, code: str, entry: Entry, version: int, reason: str, actor: str,
    now: datetime,
) -> list[str]:  # fmt: skip
    """Correct a crossmatch; the names of what changed. What it was stays in the trail.

    Raises NotFound, InvalidFields, and RefusedByRule where somebody changed or withdrew it meanwhile.
    """
    patient = get_patient(session, patient_number)
    row = get_crossmatch(session, patient, code)
    check_version(row, version)
    why = check_reason(reason)
    donor = _donor(session, entry)
    check_days(patient, entry)
    check_serum(session, patient, entry)
    check_new(entry, donor, [one for one in crossmatches_of(session, patient) if one.id != row.id])
    before = row.donor_id
    changes = change(session, row, _values(entry, donor), actor=actor, now=now)
    if "donor_id" in changes:
        numbers = load_numbers(session, [before, row.donor_id])
        changes["donor_number"] = [numbers[before], numbers[row.donor_id]]
        del changes["donor_id"]
    if changes:
        details = {**_named(row, donor), "row_changes": changes, "reason": why}
        audit_row(session, patient, "crossmatch_edited", details, actor=actor, now=now)
    return sorted(changes)


def withdraw_crossmatch(
    session: Session, *, patient_number: str, code: str, version: int, reason: str, actor: str, now: datetime
) -> Crossmatch:
    """Take a crossmatch out of what counts, keeping it. Raises NotFound, InvalidFields, RefusedByRule."""
    patient = get_patient(session, patient_number)
    row = get_crossmatch(session, patient, code)
    check_version(row, version)
    withdraw(session, row, reason=reason, actor=actor, now=now)
    donor = session.get_one(Donor, row.donor_id)
    audit_row(session, patient, "crossmatch_withdrawn", _named(row, donor), actor=actor, now=now)
    return row


def take_crossmatch(
    session: Session, *, patient_number: str, entry: Entry, actor: str, now: datetime, batch_id: int | None
) -> Literal["created", "updated", "unchanged"]:
    """Take a crossmatch out of a file: recorded, completed with what it lacked, or on record already.

    Raises NotFound, InvalidFields, and RefusedByRule where the record says otherwise or a person withdrew the test.
    """
    patient = get_patient(session, patient_number)
    donor = _donor(session, entry)
    same = [row for row in crossmatches_of(session, patient) if _is_same(row, entry, donor)]
    row = next((one for one in standing(same) if one.result is entry.result), None)
    if row is None:
        if any(one.result is entry.result for one in same):
            raise RefusedByRule("row_was_withdrawn")
        record_crossmatch(session, patient_number=patient_number, entry=entry, actor=actor, now=now, batch_id=batch_id)
        return "created"
    added = lacking({"serum_on": row.serum_on, "note": row.note}, {"serum_on": entry.serum_on, "note": entry.note})
    if not added:
        return "unchanged"
    check_days(patient, entry)
    changes = change(session, row, added, actor=actor, now=now)
    details = {**_named(row, donor), "row_changes": changes}
    audit_row(session, patient, "crossmatch_edited", details, actor=actor, now=now)
    return "updated"


def check_days(patient: Patient, entry: Entry) -> None:
    """Raises InvalidFields for a test, or a serum drawn, before the patient's birth."""
    if faults := birth_faults(patient, {"tested_on": entry.tested_on, "serum_on": entry.serum_on}):
        raise InvalidFields(faults)


def check_serum(session: Session, patient: Patient, entry: Entry) -> None:
    """Raises InvalidFields where the serum on record under this code is another patient's."""
    if not entry.serum_code:
        return
    owners = set(
        session.exec(select(SerumSample.patient_id).where(col(SerumSample.sample_code) == entry.serum_code)).all()
    )
    if owners and patient.id not in owners:
        raise InvalidFields([FieldFault("serum_code", "crossmatch_serum_of_other", {"text": entry.serum_code})])


def check_new(entry: Entry, donor: Donor, others: Sequence[Crossmatch]) -> None:
    """Raises InvalidFields where the same test stands on record, whatever it found; it is said what that was."""
    for row in standing(others):
        if _is_same(row, entry, donor):
            code = "crossmatch_on_record" if row.result is entry.result else "crossmatch_result_differs"
            raise InvalidFields([FieldFault("result", code, {"why": f"crossmatch_result.{row.result.value}"})])


def _is_same(row: Crossmatch, entry: Entry, donor: Donor) -> bool:
    """Whether both are the same test: the same donor, cells, method, serum and day."""
    return (
        (row.donor_id, row.kind, row.tested_on) == (donor.id, entry.kind, entry.tested_on)
        and row.method.casefold() == entry.method.casefold()
        and row.serum_code == entry.serum_code
    )


def _donor(session: Session, entry: Entry) -> Donor:
    donor = find_donor(session, entry.donor_number)
    if donor is None:
        raise InvalidFields([FieldFault("donor_number", "unknown_donor", {"donor": entry.donor_number})])
    return donor


def _values(entry: Entry, donor: Donor) -> dict[str, Any]:
    values = asdict(entry)
    del values["donor_number"]
    return {**values, "donor_id": donor.id or 0}


def _named(row: Crossmatch, donor: Donor) -> dict[str, object]:
    found = {"crossmatch": row.kind.value, "result": row.result.value, "tested_on": row.tested_on.isoformat()}
    return {"row": row.code, "donor": donor.donor_number, **found}
