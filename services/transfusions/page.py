"""What the pages of transfusions show: the follow-up of a patient, one transfusion, and the form as it stands."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from domain.errors import InvalidFields
from domain.reservation import Timing
from models.audit import AuditEvent
from models.patient import Patient
from models.transfusion import Transfusion
from services.patient_file import open_banner
from services.patients import get_patient
from services.transfusions.beginning import clock, to_record, written
from services.transfusions.entry import FLAGS, KEY, MOMENTS, TIME_OF
from services.transfusions.judging import judge, judge_all, judge_entry, read_series, standing
from services.transfusions.recording import check_free, judge_typed, with_product_facts
from services.transfusions.rules import outcome_rules, shown_rules
from services.transfusions.store import donor_numbers, get_transfusion, transfusions_of
from services.transfusions.telling import outcome_json, row_json, series_json, tell_all

Json = dict[str, Any]
ACTIONS = ("transfusion_recorded", "transfusion_edited", "transfusion_withdrawn")


def open_follow_up(session: Session, *, number: str, timing: Timing) -> Json:
    """Every transfusion of a patient with what it did, the state they make, and the table. Raises NotFound."""
    patient = get_patient(session, number)
    rows, rules = transfusions_of(session, patient), outcome_rules(timing.today)
    judged = judge_all(patient, rows, rules=rules)
    read = read_series(session, patient, rows, judged)
    return {
        **open_banner(session, number=number, on=timing.today),
        "transfusions": tell_all(session, standing(rows), judged, read),
        "withdrawn": [row_json(row) for row in rows if row.withdrawn_at is not None],
        "series": series_json(read),
        "to_record": to_record(session, patient, rows, timing=timing),
        "rules": rules,
        "shown_rules": shown_rules(rules),
    }


def open_transfusion(session: Session, *, number: str, code: str, timing: Timing) -> Json:
    """One transfusion with what it did, and what was done with it. Raises NotFound."""
    patient = get_patient(session, number)
    row = get_transfusion(session, patient, code)
    numbers = donor_numbers(session, [row])
    return {
        **open_banner(session, number=number, on=timing.today),
        "one": row_json(row, numbers.get(row.donor_id or 0, "")),
        "outcome": outcome_json(judge_entry(session, patient, row, on=timing.today)),
        "events": _events(session, patient, row),
        "version": row.version_id,
    }


def open_entry(session: Session, *, number: str, typed: Mapping[str, str], timing: Timing, code: str = "") -> Json:
    """What a form says as it stands: the outcome, or every fault; nothing is written. Raises NotFound.

    Before the end of the transfusion is given there is nothing to say.
    """
    patient = get_patient(session, number)
    if not typed.get("ended_at", "").strip():
        return {"outcome": None, "entry_faults": []}
    try:
        entry = judge_typed({**typed, KEY: number}, timing=timing)
        rows = transfusions_of(session, patient)
        check_free(session, patient, entry, timing=timing, but=next((one.id for one in rows if one.code == code), None))
    except InvalidFields as error:
        return {"outcome": None, "entry_faults": error.faults}
    others = [one.ended_at for one in standing(rows) if one.code != code]
    found = judge(
        with_product_facts(session, entry), patient_abo=patient.abo, others=others, rules=outcome_rules(timing.today)
    )
    return {"outcome": outcome_json(found), "entry_faults": []}


def form_values(session: Session, *, number: str, code: str, timing: Timing) -> dict[str, str]:
    """A transfusion on record as its form is filled. Raises NotFound."""
    row = get_transfusion(session, get_patient(session, number), code)
    numbers = donor_numbers(session, [row])
    moments = {name: clock(getattr(row, name), timing) for name in MOMENTS}
    figures = ("content", "age_hours", *TIME_OF, "weight_kg", "height_cm")
    return {
        **moments,
        **{name: written(getattr(row, name)) for name in figures},
        **{name: _yes_no(getattr(row, name)) for name in FLAGS},
        **{name: _yes_no(seen) for name, seen in row.causes.items()},
        "product_number": row.product_number,
        "donor_number": numbers.get(row.donor_id or 0, ""),
        "selection": row.selection.value if row.selection else "",
        "product_abo": row.product_abo or "",
        "note": row.note,
        "version": str(row.version_id),
    }


def _events(session: Session, patient: Patient, row: Transfusion) -> list[Json]:
    """What was done with a transfusion, the latest first."""
    query = select(AuditEvent).where(
        AuditEvent.subject_type == "patient",
        AuditEvent.subject_key == patient.patient_number,
        col(AuditEvent.action).in_(ACTIONS),
    )
    events = session.exec(query.order_by(col(AuditEvent.id).desc())).all()
    return [
        {"at": one.at, "actor": one.actor, "action": one.action, "details": one.details}
        for one in events
        if (one.details or {}).get("transfusion") == row.code
    ]


def _yes_no(seen: bool | None) -> str:
    return "" if seen is None else "yes" if seen else "no"
