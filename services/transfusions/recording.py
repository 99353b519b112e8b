"""Transfusions put on record, corrected and withdrawn; each change in the trail, nothing erased."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session

from domain.errors import FieldFault, InvalidFields, RefusedByRule
from domain.reservation import Timing
from models.donor import Donor
from models.patient import Patient
from models.transfusion import Transfusion
from services.explanations import find_donor
from services.imports.single_row import faults_of, read_single_row
from services.kept_rows import audit_row, birth_faults, lacking, text_of, told_changes
from services.patients import get_patient
from services.platelet_antibodies import check_reason
from services.reference import core_reference
from services.transfusions.entry import COLUMNS, KEY, Entry, entry_of
from services.transfusions.own_units import own_unit_faults, with_own_unit
from services.transfusions.plausible import impossible
from services.transfusions.reading import FIELDS, settle_entry
from services.transfusions.rules import outcome_rules
from services.transfusions.store import (
    check_version,
    donor_numbers,
    find_near,
    find_withdrawn,
    get_transfusion,
)


def judge_typed(typed: Mapping[str, str], *, timing: Timing) -> Entry:
    """A transfusion typed in a form, judged as a row of a file. Raises InvalidFields with every fault at once."""
    texts = {name: typed.get(name, "") for name in FIELDS if name != KEY}
    names = (KEY, *texts)
    given = {KEY: typed.get(KEY, ""), **texts}
    row = read_single_row(given, fields=FIELDS, key=KEY, reference=core_reference(), now=timing.now)
    places = {name: place for place, name in enumerate(names)}
    entry = settle_entry(row, places, timing=timing, rules=outcome_rules(timing.today))
    if faults := [_in_form_words(fault) for fault in faults_of(row)]:
        raise InvalidFields(faults)
    if entry is None:
        raise TypeError("a row without an error is a transfusion")
    return entry


def _in_form_words(fault: FieldFault) -> FieldFault:
    """The sentence of an empty cell speaks of a column; a form has none."""
    return FieldFault(fault.field, f"transfusion_needs.{fault.field}") if fault.code == "cell_empty" else fault


def record_transfusion(
    session: Session, *, patient_number: str, entry: Entry, actor: str, timing: Timing
) -> Transfusion:
    """Put a transfusion on record, with what its donor or the patient's own unit says of the product.

    Raises NotFound, and InvalidFields for a product that cannot be this patient's, or where another transfusion ended
    at about that time.
    """
    patient = get_patient(session, patient_number)
    check_free(session, patient, entry, timing=timing)
    entry = with_product_facts(session, entry)
    row = new_row(session, patient, entry, actor=actor, now=timing.now)
    session.add(row)
    session.flush()
    audit_row(session, patient, "transfusion_recorded", _named(row), actor=actor, now=timing.now)
    return row


def edit_transfusion(
    session: Session,
    *,
    patient_number: str,
    code: str,
    entry: Entry,
    version: int,
    reason: str,
    actor: str,
    timing: Timing,
) -> list[str]:
    """Correct a transfusion; the names of what changed. What it was stays in the trail.

    Raises NotFound, InvalidFields, and RefusedByRule where somebody changed or withdrew it meanwhile.
    """
    patient = get_patient(session, patient_number)
    row = get_transfusion(session, patient, code)
    check_version(row, version)
    why = check_reason(reason)
    check_free(session, patient, entry, timing=timing, but=row.id)
    entry, donor = with_product_facts(session, entry), _donor(session, entry)
    changes = changes_of(session, row, entry)
    if not changes:
        return []
    _fill(row, entry, donor)
    row.changed_at, row.changed_by = timing.now, actor
    session.add(row)
    session.flush()
    details = {**_named(row), "transfusion_changes": told_changes(changes), "reason": why}
    audit_row(session, patient, "transfusion_edited", details, actor=actor, now=timing.now)
    return sorted(changes)


def complete_transfusion(
    session: Session, patient: Patient, row: Transfusion, entry: Entry, *, actor: str, timing: Timing
) -> Literal["updated", "unchanged"]:
    """Add to a transfusion what it lacked, as a later file tells it; nothing that is known changes.

    Raises RefusedByRule where the file says otherwise than the record, InvalidFields where both cannot be true at once.
    """
    stored = _values(entry_of(row, _number_of(session, row)))
    donor = _donor(session, entry)
    given = _values(entry) | {"donor_number": donor.donor_number if donor else ""}  # a merged record's own number
    added = lacking(stored, given)
    if not added:
        return "unchanged"
    merged = {**stored, **added}
    whole = _entry(merged)
    if faults := [*impossible(merged, outcome_rules(timing.today)), *own_unit_faults(session, patient, whole)]:
        raise InvalidFields(faults)
    _fill(row, whole, donor or _donor_of(session, row))
    row.changed_at, row.changed_by = timing.now, actor
    session.add(row)
    session.flush()
    details = {**_named(row), "added": sorted(added)}
    audit_row(session, patient, "transfusion_edited", details, actor=actor, now=timing.now)
    return "updated"


def withdraw_transfusion(
    session: Session, *, patient_number: str, code: str, version: int, reason: str, actor: str, now: datetime
) -> Transfusion:
    """Take a transfusion out of what counts, keeping it. Raises NotFound, InvalidFields, RefusedByRule."""
    patient = get_patient(session, patient_number)
    row = get_transfusion(session, patient, code)
    check_version(row, version)
    row.withdrawal_reason = check_reason(reason)
    row.withdrawn_at, row.withdrawn_by = now, actor
    session.add(row)
    session.flush()
    audit_row(session, patient, "transfusion_withdrawn", _named(row), actor=actor, now=now)
    return row


def check_free(session: Session, patient: Patient, entry: Entry, *, timing: Timing, but: int | None = None) -> None:
    """Raises InvalidFields where another transfusion ended at about that time, or this one cannot be this patient's.

    That is a moment before the birth, an unknown donor, another patient's own unit, or an own unit said to be
    something else.
    """
    moments = {"ended_at": entry.ended_at, "pre_at": entry.pre_at}
    faults = birth_faults(patient, {name: timing.local(at).date() for name, at in moments.items() if at})
    minutes = outcome_rules(timing.today).same_time_minutes
    near = find_near(session, patient, entry.ended_at, minutes=minutes, but=but)
    if near is not None:
        local = f"{timing.local(near.ended_at):%Y-%m-%d %H:%M}"
        faults.append(FieldFault("ended_at", "transfusion_same_time", {"moment": local, "minutes": minutes}))
    if entry.donor_number and find_donor(session, entry.donor_number) is None:
        faults.append(FieldFault("donor_number", "unknown_donor", {"donor": entry.donor_number}))
    faults += own_unit_faults(session, patient, entry)
    if faults:
        raise InvalidFields(faults)


def check_not_withdrawn(session: Session, patient: Patient, entry: Entry) -> None:
    """Raises RefusedByRule where this very transfusion was withdrawn: only a person goes back on that."""
    if find_withdrawn(session, patient, entry.ended_at) is not None:
        raise RefusedByRule("transfusion_was_withdrawn")


def new_row(
    session: Session, patient: Patient, entry: Entry, *, actor: str, now: datetime, batch_id: int | None = None
) -> Transfusion:
    """The row of a transfusion, not yet in a session."""
    row = Transfusion(
        code=str(uuid.uuid4()),
        patient_id=patient.id or 0,
        ended_at=entry.ended_at,
        batch_id=batch_id,
        recorded_at=now,
        recorded_by=actor,
        changed_at=now,
        changed_by=actor,
    )
    _fill(row, entry, _donor(session, entry))
    return row


def with_record(entry: Entry, patient: Patient) -> Entry:
    """The transfusion with the weight and the height on the patient's record where it says none."""
    weight = patient.weight_kg if entry.weight_kg is None else entry.weight_kg
    height = patient.height_cm if entry.height_cm is None else entry.height_cm
    return replace(entry, weight_kg=weight, height_cm=height)


def with_product_facts(session: Session, entry: Entry) -> Entry:
    """The transfusion with the ABO of its donor, or what the patient's own unit says, where it says nothing."""
    entry, donor = with_own_unit(session, entry), _donor(session, entry)
    return replace(entry, product_abo=donor.abo) if donor and entry.product_abo is None else entry


def changes_of(session: Session, row: Transfusion, entry: Entry) -> dict[str, tuple[Any, Any]]:
    """What an edit would change: from what to what, by name."""
    before, after = _values(entry_of(row, _number_of(session, row))), _values(entry)
    return {name: (before.get(name), after.get(name)) for name in before | after if before.get(name) != after.get(name)}


def _fill(row: Transfusion, entry: Entry, donor: Donor | None) -> None:
    for name in COLUMNS:
        setattr(row, name, getattr(entry, name))
    row.causes = dict(entry.causes)
    row.donor_id = donor.id if donor else None


def _donor(session: Session, entry: Entry) -> Donor | None:
    return find_donor(session, entry.donor_number) if entry.donor_number else None


def _donor_of(session: Session, row: Transfusion) -> Donor | None:
    return session.get(Donor, row.donor_id) if row.donor_id is not None else None


def _number_of(session: Session, row: Transfusion) -> str:
    return donor_numbers(session, [row]).get(row.donor_id or 0, "")


def _values(entry: Entry) -> dict[str, Any]:
    """Every value by name, each cause under its own."""
    values = {name: getattr(entry, name) for name in (*COLUMNS, "donor_number")}
    return values | {f"cause.{name}": seen for name, seen in entry.causes.items()}


def _entry(values: Mapping[str, Any]) -> Entry:
    causes = {name.removeprefix("cause."): value for name, value in values.items() if name.startswith("cause.")}
    plain = {name: value for name, value in values.items() if not name.startswith("cause.")}
    return Entry(**plain, causes=causes)


def _named(row: Transfusion) -> dict[str, object]:
    return {"transfusion": row.code, "ended_at": text_of(row.ended_at), "product": row.product_number}
