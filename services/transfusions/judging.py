"""Transfusions on record as the domain judges them: each by itself, then the series that they make."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter

from sqlmodel import Session, col, select

from domain import abo
from domain.refractoriness import Series, Transfused, series
from domain.transfusion import Count, OutcomeRules, TransfusionFacts, Window
from domain.transfusion_outcome import Outcome, outcome
from models.antibody import HlaClass, SerumSample
from models.patient import Patient
from models.transfusion import Transfusion
from services.platelet_antibodies import CD36, list_results
from services.rule_tables import abo_groups
from services.transfusions.entry import Entry, entry_of
from services.transfusions.rules import causes, next_rules, outcome_rules
from services.transfusions.store import transfusions_of


def judge(entry: Entry, *, patient_abo: str | None, others: Sequence[datetime], rules: OutcomeRules) -> Outcome:
    """What a transfusion did; `others` are the ends of the patient's other transfusions."""
    counts = {
        Window.EARLY: _count(entry.count_1h, entry.count_1h_at),
        Window.LATE: _count(entry.count_24h, entry.count_24h_at),
    }
    facts = TransfusionFacts(
        ended_at=entry.ended_at,
        pre=_count(entry.pre_count, entry.pre_at),
        counts={window: count for window, count in counts.items() if count},
        content=entry.content,
        age_hours=entry.age_hours,
        abo=abo.relation(patient_abo, entry.product_abo, abo_groups()),
        weight_kg=entry.weight_kg,
        height_cm=entry.height_cm,
        bleeding=entry.causes.get("bleeding"),
        others=tuple(others),
    )
    return outcome(facts, rules)


def judge_entry(session: Session, patient: Patient, row: Transfusion, *, on: date) -> Outcome:
    """What a transfusion on record did, among the patient's others."""
    ends = [one.ended_at for one in standing(transfusions_of(session, patient)) if one.id != row.id]
    return judge(entry_of(row), patient_abo=patient.abo, others=ends, rules=outcome_rules(on))


def judge_all(patient: Patient, rows: Sequence[Transfusion], *, rules: OutcomeRules) -> Mapping[str, Outcome]:
    """What each standing transfusion did, by code."""
    kept = standing(rows)
    ends = sorted((row.ended_at, row.id or 0) for row in kept)
    return {
        row.code: judge(entry_of(row), patient_abo=patient.abo, others=_ends_within(row, ends), rules=rules)
        for row in kept
    }


def _ends_within(row: Transfusion, ends: Sequence[tuple[datetime, int]]) -> list[datetime]:
    """The others' ends from the first to the last moment of a transfusion, all that its counts can be spoilt by."""
    moments = [at for at in (row.pre_at, row.ended_at, row.count_1h_at, row.count_24h_at) if at is not None]
    near = ends[
        bisect_left(ends, min(moments), key=itemgetter(0)) : bisect_right(ends, max(moments), key=itemgetter(0))
    ]
    return [at for at, key in near if key != row.id]


def standing(rows: Sequence[Transfusion]) -> list[Transfusion]:
    """Those that were not withdrawn."""
    return [row for row in rows if row.withdrawn_at is None]


def read_series(
    session: Session, patient: Patient, rows: Sequence[Transfusion], judged: Mapping[str, Outcome]
) -> Series:
    """What the series of a patient's standing transfusions says."""
    transfused = [transfused_of(row, judged[row.code]) for row in standing(rows)]
    return series(transfused, causes=causes(), rules=next_rules(), known=known_of(session, patient))


def known_of(session: Session, patient: Patient) -> Mapping[str, bool]:
    """Which of the tests that a lead asks for are on record, whatever they found."""
    query = select(SerumSample.id).where(
        SerumSample.patient_id == patient.id,
        SerumSample.hla_class == HlaClass.I,
        col(SerumSample.rejected).is_(False),
    )
    tested = {row.specificity for row in list_results(session, patient) if row.withdrawn_at is None}
    return {
        "hla_tested": session.exec(query).first() is not None,
        "hpa_tested": bool(tested - {CD36}),
        "cd36_tested": CD36 in tested,
        "hla_typed": bool(patient.hla_a_1 and patient.hla_b_1),
    }


def transfused_of(row: Transfusion, judged: Outcome) -> Transfused:
    """One transfusion on record as the series reads it."""
    early, late = (one.verdict for one in judged.windows)
    told = {
        name: seen for name in ("pathogen_reduced", "additive_solution") if (seen := getattr(row, name)) is not None
    }
    return Transfused(row.code, row.ended_at, early, late, judged.valid, row.selection, {**row.causes, **told})


def _count(value: float | None, at: datetime | None) -> Count | None:
    return Count(value, at) if value is not None and at is not None else None
