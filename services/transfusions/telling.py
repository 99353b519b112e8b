"""Transfusions as data for pages and files: what was given, what it did, what the series says."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlmodel import Session

from domain.errors import UnusableInput
from domain.refractoriness import Series, Step, series
from domain.transfusion import Verdict
from domain.transfusion_outcome import Outcome
from models.patient import Patient
from models.transfusion import Transfusion
from services.transfusions.entry import FLAGS, TIME_OF
from services.transfusions.judging import judge_all, read_series, standing, transfused_of
from services.transfusions.rules import outcome_rules, outcome_tables
from services.transfusions.store import donor_numbers, get_transfusion, transfusions_of

Json = dict[str, Any]
PLAIN = (
    "code", "ended_at", "product_number", "content", "age_hours", *FLAGS, *TIME_OF, *TIME_OF.values(), "weight_kg",
    "height_cm", "note", "recorded_at", "recorded_by", "changed_at", "changed_by", "withdrawn_at", "withdrawn_by",
    "withdrawal_reason",
)  # fmt: skip


def summary_of(session: Session, patient: Patient, *, on: date) -> Json | None:
    """The state of a patient and the latest transfusion, for the record's page; None without a transfusion."""
    told = tell_patient(session, patient, on=on)
    found = told["transfusions"]
    return {"series": told["series"], "latest": found[-1], "count": len(found)} if found else None


def tell_patient(session: Session, patient: Patient, *, on: date) -> Json:
    """The state of a patient and each standing transfusion with what it did, in the order of time."""
    rows = transfusions_of(session, patient)
    judged = judge_all(patient, rows, rules=outcome_rules(on))
    read = read_series(session, patient, rows, judged)
    return {"series": series_json(read), "transfusions": tell_all(session, standing(rows), judged, read)}


def tell_one(session: Session, patient: Patient, code: str, *, on: date) -> Json:
    """One transfusion with what it did; nothing of one that was withdrawn. Raises NotFound."""
    row = get_transfusion(session, patient, code)
    if row.withdrawn_at is None:
        return next(one for one in tell_patient(session, patient, on=on)["transfusions"] if one["code"] == code)
    return {**row_json(row, donor_numbers(session, [row]).get(row.donor_id or 0, "")), "outcome": None, "step": None}


def transfusions_before(told: Sequence[Json], *, after: str | None, limit: int) -> list[Json]:
    """At most so many of these, the latest first, those before the transfusion `after`.

    Raises UnusableInput for a cursor that is none of them.
    """
    latest = list(reversed(told))
    codes = [one["code"] for one in latest]
    if after is not None and after not in codes:
        raise UnusableInput("cursor_unknown")
    begins = codes.index(after) + 1 if after is not None else 0
    return latest[begins : begins + limit]


def banner_chip(session: Session, patient: Patient, *, on: date) -> Json | None:
    """The state of a patient and the latest corrected increment that was judged; None without a transfusion.

    Of one transfusion the later window comes first. The page of a day before the first table is judged by that table.
    """
    rows = transfusions_of(session, patient)
    rules = outcome_rules(max(on, outcome_tables()[0].effective_from))
    judged = judge_all(patient, rows, rules=rules)
    if not judged:
        return None
    kept = standing(rows)
    read = series([transfused_of(row, judged[row.code]) for row in kept], causes=(), rules=(), known={})
    return {"state": read.state.value, "lead": read.lead.value if read.lead else "", "latest": _latest(kept, judged)}


def _latest(kept: Sequence[Transfusion], judged: Mapping[str, Outcome]) -> Json | None:
    """The latest judged CCI (10⁹/L) with its window, its verdict and when the transfusion ended."""
    for row in reversed(kept):
        for one in reversed(judged[row.code].windows):
            if one.verdict is not Verdict.NOT_JUDGED:
                return {
                    "cci": one.value("cci"),
                    "window": one.window.value,
                    "verdict": one.verdict.value,
                    "at": row.ended_at,
                }
    return None


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


def tell_all(session: Session, rows: Sequence[Transfusion], judged: Mapping[str, Outcome], read: Series) -> list[Json]:
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
