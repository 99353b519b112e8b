"""The small registry with a directive, requests, and snapshots made on days of the test's choice."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from models.availability import AvailabilityDay, AvailabilityRow
from models.patient import Patient
from models.request import TransfusionRequest
from services.availability.report import find_report
from services.availability.snapshot import count_day, keep_day
from services.directives import Wording, set_directive
from tests.small_registry import NOW, ON

ZONE = "Europe/Paris"


def direct(engines, patient="P1", threshold=2_000, **more) -> None:
    with engines.write_session() as session:
        wording = Wording(threshold_mfi=threshold, **more)
        set_directive(session, patient_number=patient, wording=wording, actor="scientist", now=NOW)


def ask(session: Session, patient: str, units: int, days: int, code: str) -> None:
    """An open request for so many units, needed so many days after the day of the tests."""
    patient_id = session.exec(select(Patient.id).where(Patient.patient_number == patient)).one()
    columns = {"urgency": "planned", "created_at": NOW, "created_by": "searcher"}
    due = NOW + timedelta(days=days)
    session.add(
        TransfusionRequest(code=code, patient_id=patient_id, hospital="CHU", units=units, needed_by=due, **columns)
    )
    session.flush()


@pytest.fixture
def snapshot(registry, fresh) -> Callable:
    """Makes the snapshot of a day: `snapshot()`, `snapshot(on, now=…)`; returns what the job tells."""

    def make(on: date = ON, *, now: datetime | None = None):
        made = now or NOW + (on - ON)
        with registry.read_session() as session:
            counted = count_day(session, fresh(), on=on, zone=ZONE)
        with registry.write_session() as session:
            return keep_day(session, counted, now=made, zone=ZONE)

    return make


@pytest.fixture
def report(registry) -> Callable:
    """Opens the report of a day, of a region, with or without patients."""

    def read(on: date | None = None, region: str | None = None, *, patients: bool = True):
        with registry.read_session() as session:
            return find_report(session, on=on, region=region, patients=patients, zone=ZONE)

    return read


def rows(engines) -> list[tuple[date, int, dict]]:
    """Every row kept, with its day."""
    with engines.read_session() as session:
        query = select(AvailabilityDay.local_day, AvailabilityRow).join(AvailabilityRow)
        return [(day, row.patient_id, row.counts) for day, row in session.exec(query.order_by(AvailabilityRow.id))]
