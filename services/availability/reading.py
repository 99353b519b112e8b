"""Snapshots read again: the one of a day, the one before it, and the days behind a trend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from domain.availability import Giving
from models.availability import AvailabilityDay, AvailabilityRow
from models.patient import Patient
from services.availability.counting import figures_of
from services.availability.snapshot import NATION

TREND_DAYS = 90


@dataclass(frozen=True, slots=True)
class Point:
    """One day of a trend; a value is None where the directive could not be counted."""

    on: date
    values: Mapping[str, int | None]


def find_day(session: Session, on: date | None) -> AvailabilityDay | None:
    """The latest snapshot of a day or before it; of all where no day is asked; None where there is none."""
    query = select(AvailabilityDay).order_by(col(AvailabilityDay.local_day).desc()).limit(1)
    return session.exec(query if on is None else query.where(AvailabilityDay.local_day <= on)).first()


def find_previous(session: Session, day: AvailabilityDay) -> AvailabilityDay | None:
    """The last snapshot before another."""
    return find_day(session, day.local_day - timedelta(days=1))


def snapshot_days(session: Session) -> Sequence[date]:
    """Every day that has a snapshot, the latest first."""
    return session.exec(select(col(AvailabilityDay.local_day)).order_by(col(AvailabilityDay.local_day).desc())).all()


def rows_of(session: Session, day: AvailabilityDay, patient_id: int | None = None) -> dict[str, AvailabilityRow]:
    """The directives of a day by the number of their patient, or the one of one patient."""
    query = (
        select(Patient.patient_number, AvailabilityRow)
        .join(Patient, col(Patient.id) == col(AvailabilityRow.patient_id))
        .where(AvailabilityRow.day_id == day.id)
        .order_by(Patient.patient_number)
    )
    if patient_id is not None:
        query = query.where(AvailabilityRow.patient_id == patient_id)
    return dict(session.exec(query).all())


def is_counted(session: Session, number: str) -> bool:
    """Whether the latest snapshot holds a patient, so that there is a report to open."""
    day = find_day(session, None)
    query = select(AvailabilityRow.id).join(Patient, col(Patient.id) == col(AvailabilityRow.patient_id))
    return day is not None and bool(
        session.exec(query.where(AvailabilityRow.day_id == day.id, Patient.patient_number == number)).first()
    )


def giving_in(day: AvailabilityDay) -> Giving:
    """How often donors gave, as the snapshot holds it."""
    return Giving(**day.facts["giving"])


def trend_of_directives(session: Session, until: date, region: str | None) -> list[Point]:
    """Directives without a donor on the day, and within the week, over the last days; nobody is named."""
    first = until - timedelta(days=TREND_DAYS)
    query = select(AvailabilityDay).where(AvailabilityDay.local_day <= until, AvailabilityDay.local_day > first)
    found = []
    for day in session.exec(query.order_by(col(AvailabilityDay.local_day))).all():
        counts = day.facts["directives"].get(region or NATION)
        if counts is not None:
            found.append(Point(day.local_day, {name: counts[name] for name in ("none_now", "none_week", "short")}))
    return found


def trend_of_patient(session: Session, until: date, patient_id: int, region: str | None) -> list[Point]:
    """The donors of one directive over the last days: compatible, and those who could give on each."""
    query = (
        select(col(AvailabilityDay.local_day), AvailabilityRow)
        .join(AvailabilityRow, col(AvailabilityRow.day_id) == col(AvailabilityDay.id))
        .where(
            AvailabilityRow.patient_id == patient_id,
            AvailabilityDay.local_day <= until,
            AvailabilityDay.local_day > until - timedelta(days=TREND_DAYS),
        )
        .order_by(col(AvailabilityDay.local_day))
    )
    return [Point(on, _values(row, region)) for on, row in session.exec(query).all()]


def _values(row: AvailabilityRow, region: str | None) -> Mapping[str, int | None]:
    if row.fault_code is not None:
        return {"donors": None, "now": None}
    figures = figures_of(row.counts, region=region)
    return {"donors": figures.donors, "now": figures.now}
