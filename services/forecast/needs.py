"""What patients need: the open requests without a donor yet, and what a person wrote down as needed every week."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields, NotFound, RefusedByRule
from domain.supply_forecast import spread_units
from domain.supply_span import WEEK_DAYS, Span
from models.patient import Patient
from models.patient_need import PatientNeed
from services.audit import record_audit
from services.imports.shape import cell_fault
from services.imports.values import DateOrder, Fault, parse_date, parse_whole
from services.patients import get_patient
from services.requests import list_open_requests

LEAST_UNITS, MOST_UNITS = 1, 21  # three a day, every day
LONGEST_REASON = 500
FURTHEST = timedelta(days=5 * 366)  # beyond it the year is a slip
MOST_REQUESTS = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """The units of one open request that have no donor yet, needed on a local day."""

    code: str
    hospital: str
    units: int
    needed_on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """Units a week from a day on, to a last day where one is given, and why."""

    code: str
    units_per_week: int
    from_on: date
    until_on: date | None
    reason: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Needs:
    """All that one patient needs."""

    asked: tuple[Asked, ...] = ()
    standing: tuple[Standing, ...] = ()

    @property
    def any(self) -> bool:
        """Whether any need is on record."""
        return bool(self.asked or self.standing)

    def days(self, on: date, span: Span) -> list[int]:
        """The day of each unit, counted from `on`; a need of every week falls on spread days of each week ahead.

        The first week begins on the day for which a donation of `on` is ready.
        """
        found = [(one.needed_on - on).days for one in self.asked for _ in range(one.units)]
        for one in self.standing:
            first = (one.from_on - on).days
            last = (one.until_on - on).days if one.until_on else span.days + span.ready_days
            for week in range(span.weeks):
                begins = week * WEEK_DAYS + span.ready_days
                days = (begins + day for day in spread_units(one.units_per_week))
                found += [day for day in days if first <= day <= last]
        return found


def needs_by_patient(session: Session, zone: str) -> Mapping[str, Needs]:
    """By patient's number, whatever is needed; a request is due on its local day."""
    asked: dict[str, list[Asked]] = defaultdict(list)
    rows, _ = list_open_requests(session, limit=MOST_REQUESTS)
    for one in rows:
        if one["remaining"]:
            day = one["needed_by"].astimezone(ZoneInfo(zone)).date()
            asked[one["patient"]].append(Asked(one["code"], one["hospital"], one["remaining"], day))
    standing: dict[str, list[Standing]] = defaultdict(list)
    query = select(PatientNeed, Patient.patient_number).join(Patient, col(Patient.id) == col(PatientNeed.patient_id))
    query = query.where(col(PatientNeed.ended_at).is_(None)).order_by(col(PatientNeed.from_on), col(PatientNeed.id))
    for row, number in session.exec(query):
        standing[number].append(_standing(row))
    return {number: Needs(tuple(asked[number]), tuple(standing[number])) for number in {*asked, *standing}}


def record_need(
    session: Session, *, patient_number: str, typed: Mapping[str, str], actor: str, now: datetime, today: date
) -> PatientNeed:
    """Write down what a patient needs every week.

    Raises NotFound, InvalidFields with every fault at once, and RefusedByRule where another need counts on these days.
    """
    patient = get_patient(session, patient_number)
    units, from_on, until_on, reason = _judge(typed, today)
    for other in _counting(session, patient):
        if from_on <= (other.until_on or date.max) and other.from_on <= (until_on or date.max):
            raise RefusedByRule("need_on_record", units=other.units_per_week, from_on=other.from_on.isoformat())
    row = PatientNeed(
        code=str(uuid.uuid4()), patient_id=patient.id or 0, units_per_week=units, from_on=from_on, until_on=until_on,
        reason=reason, recorded_at=now, recorded_by=actor,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _audit(session, "need_recorded", patient, row, actor, now)
    return row


def end_need(session: Session, *, patient_number: str, code: str, actor: str, now: datetime) -> None:
    """Let a need count no longer. Raises NotFound, and RefusedByRule where it was ended before."""
    patient = get_patient(session, patient_number)
    query = select(PatientNeed).where(PatientNeed.code == code, PatientNeed.patient_id == patient.id)
    row = session.exec(query).first() if code.isprintable() else None
    if row is None:
        raise NotFound("unknown_need", patient=patient_number)
    if row.ended_at is not None:
        raise RefusedByRule("need_ended_already")
    row.ended_at, row.ended_by = now, actor
    session.add(row)
    session.flush()
    _audit(session, "need_ended", patient, row, actor, now)


def _counting(session: Session, patient: Patient) -> Sequence[PatientNeed]:
    query = select(PatientNeed).where(PatientNeed.patient_id == patient.id, col(PatientNeed.ended_at).is_(None))
    return session.exec(query).all()


def _standing(row: PatientNeed) -> Standing:
    return Standing(
        row.code, row.units_per_week, row.from_on, row.until_on, row.reason, row.recorded_by, row.recorded_at
    )


def _judge(typed: Mapping[str, str], today: date) -> tuple[int, date, date | None, str]:
    """The values typed. Raises InvalidFields with every fault at once."""
    faults: list[FieldFault] = []

    def take(field: str, value: object) -> object:
        if isinstance(value, Fault):
            faults.append(FieldFault(field, value.code, {"text": typed.get(field, "")[:80], **value.params}))
            return None
        return value

    units = take("units_per_week", _units(typed.get("units_per_week", "")))
    from_on = take("from_on", _day(typed.get("from_on", "")) or today)
    until_on = take("until_on", _day(typed.get("until_on", "")))
    reason = take("reason", _reason(typed.get("reason", "")))
    if isinstance(from_on, date) and abs(from_on - today) > FURTHEST:
        faults.append(FieldFault("from_on", "need_too_far"))
    if isinstance(until_on, date):
        if isinstance(from_on, date) and until_on < from_on:
            faults.append(FieldFault("until_on", "need_reversed"))
        elif until_on < today:
            faults.append(FieldFault("until_on", "need_over"))
        elif until_on > today + FURTHEST:
            faults.append(FieldFault("until_on", "need_too_far"))
    if faults:
        raise InvalidFields(faults)
    return units, from_on, until_on, reason  # type: ignore[return-value]


def _units(text: str) -> int | Fault:
    if not text.strip():
        return Fault("need_needs.units_per_week")
    number = parse_whole(text.strip())
    if not isinstance(number, Fault) and not LEAST_UNITS <= number <= MOST_UNITS:
        return Fault("number_out_of_range", {"low": LEAST_UNITS, "high": MOST_UNITS})
    return number


def _day(text: str) -> date | Fault | None:
    """Day first, or ISO; None where nothing is typed."""
    return parse_date(text.strip(), DateOrder.DAY_FIRST) if text.strip() else None


def _reason(text: str) -> str | Fault:
    words = " ".join(text.split())
    if not words:
        return Fault("need_needs.reason")
    if fault := cell_fault(words):
        return fault
    return Fault("text_too_long", {"limit": LONGEST_REASON}) if len(words) > LONGEST_REASON else words


def _audit(session: Session, action: str, patient: Patient, row: PatientNeed, actor: str, now: datetime) -> None:
    """The reason may name somebody: it stays on record, not in the trail."""
    details = {
        "need": row.code, "units_per_week": row.units_per_week, "from_on": row.from_on.isoformat(),
        "until_on": row.until_on.isoformat() if row.until_on else None,
    }  # fmt: skip
    record_audit(
        session, actor=actor, action=action, subject_type="patient", subject_key=patient.patient_number,
        details=details, now=now,
    )  # fmt: skip
