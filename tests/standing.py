"""Standing searches over a small registry, for the tests of what changed and why."""

from datetime import datetime, time, timedelta
from pathlib import Path

from sqlmodel import Session, select

from models.donor import Donor
from models.patient import Patient
from models.standing_search import StandingChange, StandingLook, StandingSearch
from services.directive_drafts import Wording
from services.directives import set_directive
from services.matching.snapshots import SnapshotStore
from services.standing_searches.running import look_and_keep
from services.standing_searches.watching import watch_patient
from tests.small_registry import BEADS, NOW, ON

# the serum of the small registry without its antibodies against A2
FREED = BEADS.replace("A*02:01=9000 A*02:06=7000 A*02:03=3000", "A*02:01=90 A*02:06=70 A*02:03=30")


def direct(session: Session, number: str = "P1", **asked) -> None:
    """Put a directive in force."""
    wording = Wording(**{"threshold_mfi": 1000, **asked})
    set_directive(session, patient_number=number, wording=wording, actor="doctor", now=NOW)


def watch(session: Session, number: str = "P1") -> StandingSearch:
    """Put the patient's directive under watch."""
    return watch_patient(session, number=number, actor="searcher", now=NOW)


def morning(day: int) -> datetime:
    """After the registry was put together, so many days after the day of the registry."""
    return datetime.combine(ON + timedelta(days=day), time(10), NOW.tzinfo)


def look(engines, folder: Path, day: int) -> dict:
    """The nightly look, so many days after the registry's."""
    return look_and_keep(engines, SnapshotStore(folder), on=ON + timedelta(days=day), now=morning(day))


def latest(session: Session, number: str = "P1") -> StandingLook:
    """The last look at a patient's search."""
    query = (
        select(StandingLook)
        .join(StandingSearch, StandingSearch.id == StandingLook.search_id)
        .join(Patient, Patient.id == StandingSearch.patient_id)
        .where(Patient.patient_number == number)
        .order_by(StandingLook.local_day.desc())
    )
    return session.exec(query).first()


def changes(session: Session, number: str = "P1") -> dict[str, tuple[str, str]]:
    """By donor number, the change and its cause at the last look."""
    query = select(Donor.donor_number, StandingChange).join(StandingChange, StandingChange.donor_id == Donor.id)
    rows = session.exec(query.where(StandingChange.look_id == latest(session, number).id)).all()
    return {donor: (row.change.value, row.cause.value) for donor, row in rows}


def donor(session: Session, number: str) -> Donor:
    """The donor of that number."""
    return session.exec(select(Donor).where(Donor.donor_number == number)).one()
