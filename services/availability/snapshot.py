"""The snapshot of a day: counted first, then kept; replacing itself on its own day, never by a later day's registry."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, delete, select

from domain.availability import Giving, Need
from domain.errors import PhenothequeError
from domain.reservation import Timing
from models.availability import AvailabilityDay, AvailabilityRow
from models.patient import Patient
from services.availability.counting import Census, figures_of
from services.availability.giving import giving_of, needs_by_patient
from services.availability.national import (
    autologous_facts,
    campaign_facts,
    quality_facts,
    rare_facts,
    rare_of_day,
)
from services.directives_in_force import InForce, directives_in_force
from services.matching.index import RegistryIndex
from services.matching.snapshots import SnapshotStore, current_index
from services.reference import active_name, core_reference
from services.registry_list import count_donors
from services.rule_tables import eligibility_rules

Json = dict[str, Any]
NATION = ""
UNDIRECTED = "availability_undirected"
KEPT_DAYS = 400  # of single patients: the same day of last year can still be compared; counts of the whole are kept


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything a snapshot holds, before it is kept."""

    on: date
    versions: Json
    facts: Json
    rows: list[AvailabilityRow]  # without their day


def count_day(session: Session, store: SnapshotStore, *, on: date, zone: str) -> Counted:
    """Count a day from the registry as it is now. Raises UnusableInput where it was read with another nomenclature."""
    index, _ = current_index(session, store)
    census, giving = Census(index, on), giving_of(session, on)
    needs = needs_by_patient(session, on, zone)
    patients = {one.patient_number: one for one in session.exec(select(Patient)).all()}
    rows = [
        _row(patients[number], found, census, needs.get(patients[number].id or 0, Need()))
        for number, found in directives_in_force(session, index, on=on)
    ]
    rows += _undirected(patients.values(), needs, {row.patient_id for row in rows})
    timing = Timing(datetime.combine(on, time(12), ZoneInfo(zone)).astimezone(UTC), zone, hold_hours=0)
    rare = rare_of_day(session, timing)
    facts = {
        "donors": count_donors(session),
        "registry": census.count(),
        "giving": asdict(giving),
        "need": asdict(_whole_need(needs.values())),
        "directives": _summaries(rows, giving, census.places),
        "rare": rare_facts(rare, on),
        "campaigns": campaign_facts(session),
        "autologous": autologous_facts(session, timing),
        "quality": quality_facts(session, index, rare),
    }
    return Counted(on, _versions(session, index, on), facts, rows)


def keep_day(session: Session, counted: Counted, *, now: datetime, zone: str) -> Mapping[str, int]:
    """Keep what was counted; a day that has its snapshot from the day itself keeps it against a later replay.

    Returns how many directives were read and not, how many patients have none, how many old rows were dropped.
    """
    day = session.exec(select(AvailabilityDay).where(AvailabilityDay.local_day == counted.on)).first()
    made_late = now.astimezone(ZoneInfo(zone)).date() > counted.on
    if day is not None and made_late and not is_late(day, zone):
        return {"read": 0, "unreadable": 0, "undirected": 0, "dropped": 0, "kept": 1}
    if day is None:
        day = AvailabilityDay(local_day=counted.on, made_at=now)
    day.made_at, day.versions, day.facts = now, counted.versions, counted.facts
    session.add(day)
    session.flush()
    session.execute(delete(AvailabilityRow).where(col(AvailabilityRow.day_id) == day.id))
    for row in counted.rows:
        row.day_id = day.id or 0
        session.add(row)
    whole = counted.facts["directives"][NATION]
    said = {name: whole[name] for name in ("read", "unreadable", "undirected")}
    return {**said, "dropped": _drop_old(session, counted.on), "kept": 0}


def is_late(day: AvailabilityDay, zone: str) -> bool:
    """Whether a snapshot was made after its day, from a registry that had moved on."""
    return day.made_at.astimezone(ZoneInfo(zone)).date() > day.local_day


def summary_of(rows: list[AvailabilityRow], giving: Giving, region: str | None) -> Json:
    """Counts of directives: read and not, without a donor at all, on the day, in the week, short of units this week.

    `undirected` are patients for whom units are asked without a directive in force.
    """
    read = [row for row in rows if row.fault_code is None]
    figures = [(row, figures_of(row.counts, region=region)) for row in read]
    return {
        "read": len(read),
        "unreadable": sum(row.fault_code not in (None, UNDIRECTED) for row in rows),
        "undirected": sum(row.fault_code == UNDIRECTED for row in rows),
        "none": sum(not one.donors for _, one in figures),
        "none_now": sum(not one.now for _, one in figures),
        "none_week": sum(not one.within_7 for _, one in figures),
        "short": sum(need_in(row).gaps(giving.a_week(one.donors))[0] > 0 for row, one in figures),
    }


def need_in(row: AvailabilityRow) -> Need:
    """The need that a row holds."""
    return Need(tuple(row.need["weeks"]), row.need["later"])


def _row(patient: Patient, found: InForce | PhenothequeError, census: Census, need: Need) -> AvailabilityRow:
    if isinstance(found, PhenothequeError):
        row = _bare_row(patient, need, found.code)
        values = found.params.items()
        row.fault_params = {name: one if isinstance(one, int | float) else str(one) for name, one in values}
        return row
    row = _bare_row(patient, need, None)
    row.directive_version = found.case.directive_row.version if found.case.directive_row else None
    row.threshold_mfi = found.threshold_mfi
    row.counts = dict(census.count(census.compatible(found.matching, found.threshold_mfi)))
    return row


def _bare_row(patient: Patient, need: Need, fault: str | None) -> AvailabilityRow:
    return AvailabilityRow(
        day_id=0,
        patient_id=patient.id or 0,
        abo=patient.abo,
        region=patient.region,
        centre=patient.centre,
        need=asdict(need),
        fault_code=fault,
    )


def _undirected(patients: Iterable[Patient], needs: Mapping[int, Need], directed: set[int]) -> list[AvailabilityRow]:
    """Patients for whom units are asked while no directive is in force: nobody may count donors for them."""
    without = [one for one in patients if one.id not in directed and needs.get(one.id or 0, Need()).units]
    return [_bare_row(one, needs[one.id or 0], UNDIRECTED) for one in without]


def _summaries(rows: list[AvailabilityRow], giving: Giving, regions: list[str]) -> Json:
    return {NATION: summary_of(rows, giving, None)} | {one: summary_of(rows, giving, one) for one in regions}


def _whole_need(needs: Any) -> Need:
    found = list(needs)
    weeks = [sum(week) for week in zip(*(one.weeks for one in found), strict=True)] if found else Need().weeks
    return Need(tuple(weeks), sum(one.later for one in found))


def _versions(session: Session, index: RegistryIndex, on: date) -> Json:
    return {
        "nomenclature": active_name(session),
        "core": core_reference().name,
        "eligibility": eligibility_rules(on).name,
        "snapshot": index.meta.snapshot,
    }


def _drop_old(session: Session, on: date) -> int:
    last = on - timedelta(days=KEPT_DAYS)
    old = select(AvailabilityDay.id).where(AvailabilityDay.local_day < last)
    done = session.execute(delete(AvailabilityRow).where(col(AvailabilityRow.day_id).in_(old)))
    return int(getattr(done, "rowcount", 0))
