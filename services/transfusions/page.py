"""What the pages of transfusions show: the follow-up of a patient, one transfusion, and the form as it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.errors import InvalidFields
from domain.refractoriness import Series, Step
from domain.reservation import Timing
from domain.transfusion_outcome import Outcome
from models.audit import AuditEvent
from models.patient import Patient
from models.transfusion import Transfusion
from services.patient_file import open_banner
from services.patients import get_patient
from services.transfusions.entry import FLAGS, KEY, MOMENTS, TIME_OF
from services.transfusions.judging import judge, judge_all, judge_entry, read_series, standing
from services.transfusions.recording import judge_typed
from services.transfusions.rules import outcome_rules, shown_rules
from services.transfusions.store import donor_numbers, get_transfusion, transfusions_of

Json = dict[str, Any]
ACTIONS = ("transfusion_recorded", "transfusion_edited", "transfusion_withdrawn")
PLAIN = (
    "code", "ended_at", "product_number", "content", "age_hours", *FLAGS, *TIME_OF, *TIME_OF.values(), "weight_kg",
    "height_cm", "note", "recorded_at", "recorded_by", "changed_at", "changed_by", "withdrawn_at", "withdrawn_by",
    "withdrawal_reason",
)  # fmt: skip


def open_follow_up(session: Session, *, number: str, timing: Timing) -> Json:
    """Every transfusion of a patient with what it did, the state they make, and the table. Raises NotFound."""
    patient = get_patient(session, number)
    rows, rules = transfusions_of(session, patient), outcome_rules(timing.today)
    judged = judge_all(patient, rows, rules=rules)
    read = read_series(session, patient, rows, judged)
    return {
        **open_banner(session, number=number, on=timing.today),
        "transfusions": _told(session, standing(rows), judged, read),
        "withdrawn": [row_json(row) for row in rows if row.withdrawn_at is not None],
        "series": series_json(read),
        "rules": rules,
        "shown_rules": shown_rules(rules),
    }


def summary_of(session: Session, patient: Patient, *, on: date) -> Json | None:
    """The state of a patient and the latest transfusion, for the record's page; None without a transfusion."""
    rows = transfusions_of(session, patient)
    judged = judge_all(patient, rows, rules=outcome_rules(on))
    if not judged:
        return None
    read = read_series(session, patient, rows, judged)
    told = _told(session, standing(rows), judged, read)
    return {"series": series_json(read), "latest": told[-1], "count": len(told)}


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
    except InvalidFields as error:
        return {"outcome": None, "entry_faults": error.faults}
    others = [one.ended_at for one in standing(transfusions_of(session, patient)) if one.code != code]
    found = judge(entry, patient_abo=patient.abo, others=others, rules=outcome_rules(timing.today))
    return {"outcome": outcome_json(found), "entry_faults": []}


def beginning(session: Session, *, number: str) -> dict[str, str]:
    """What an empty form begins with: the weight and the height on record. Raises NotFound."""
    patient = get_patient(session, number)
    return {name: _number(getattr(patient, name)) for name in ("weight_kg", "height_cm")}


def form_values(session: Session, *, number: str, code: str, timing: Timing) -> dict[str, str]:
    """A transfusion on record as its form is filled. Raises NotFound."""
    row = get_transfusion(session, get_patient(session, number), code)
    numbers = donor_numbers(session, [row])
    moments = {name: _local(getattr(row, name), timing) for name in MOMENTS}
    figures = ("content", "age_hours", *TIME_OF, "weight_kg", "height_cm")
    return {
        **moments,
        **{name: _number(getattr(row, name)) for name in figures},
        **{name: _yes_no(getattr(row, name)) for name in FLAGS},
        **{name: _yes_no(seen) for name, seen in row.causes.items()},
        "product_number": row.product_number,
        "donor_number": numbers.get(row.donor_id or 0, ""),
        "selection": row.selection.value if row.selection else "",
        "product_abo": row.product_abo or "",
        "note": row.note,
        "version": str(row.version_id),
    }


def row_json(row: Transfusion, donor_number: str = "") -> Json:
    """A transfusion as data, without what it did."""
    return {
        **{name: getattr(row, name) for name in PLAIN},
        "donor_number": donor_number,
        "selection": row.selection.value if row.selection else "",
        "product_abo": row.product_abo or "",
        "causes": dict(row.causes),
    }


def outcome_json(judged: Outcome) -> Json:
    """What a transfusion did, as data: by window each measure with its limit, the verdict and its reasons."""
    return {
        "rules": judged.rules,
        "body": asdict(judged.body),
        "splenic_factor": judged.splenic_factor,
        "valid": judged.valid.value,
        "findings": [asdict(one) for one in judged.findings],
        "windows": [
            {
                "window": one.window.value,
                "hours": one.hours,
                "verdict": one.verdict.value,
                "measures": {
                    each.name: {"value": each.value, "limit": each.limit, "effective": each.effective}
                    for each in one.measures
                },
                "reasons": [asdict(each) for each in one.reasons],
                "notes": [asdict(each) for each in one.notes],
            }
            for one in judged.windows
        ],
    }


def series_json(read: Series) -> Json:
    """What the series says, as data."""
    return {
        "state": read.state.value,
        "lead": read.lead.value if read.lead else "",
        "since": read.since,
        "failures": len(read.failures),
        "causes": [{"name": one.name, "seen": one.seen} for one in read.causes],
        "todo": [asdict(one) for one in read.todo],
    }


def _told(session: Session, rows: Sequence[Transfusion], judged: Mapping[str, Outcome], read: Series) -> list[Json]:
    """Each transfusion with what it did and what it adds to the series, in the order of time."""
    numbers = donor_numbers(session, rows)
    steps: Mapping[str, Step] = {step.code: step for step in read.steps}
    return [
        {
            **row_json(row, numbers.get(row.donor_id or 0, "")),
            "outcome": outcome_json(judged[row.code]),
            "step": {
                "result": steps[row.code].result.value,
                "reason": steps[row.code].reason,
                "state": steps[row.code].state.value,
                "change": steps[row.code].change,
            },
        }
        for row in rows
    ]


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


def _local(moment: datetime | None, timing: Timing) -> str:
    return f"{timing.local(moment):%Y-%m-%dT%H:%M}" if moment else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _yes_no(seen: bool | None) -> str:
    return "" if seen is None else "yes" if seen else "no"
