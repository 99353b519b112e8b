"""The report of a day: what its snapshot says, beside the one before, of the country or of one region."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from domain.availability import Expected, Giving, Need
from domain.errors import NotFound, UnusableInput
from models.availability import AvailabilityDay, AvailabilityRow
from models.campaign import Campaign
from services.availability.counting import Figures, by_abo, figures_of
from services.availability.reading import (
    Point,
    find_day,
    find_previous,
    giving_in,
    rows_of,
    snapshot_days,
    trend_of_directives,
    trend_of_patient,
)
from services.availability.snapshot import NATION, is_late, need_in
from services.patients import get_patient
from services.wording.alphabet import region_order

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One directive: its donors now and in the snapshot before, what may be expected, what is needed and lacks.

    `gaps` are units that each of the coming weeks lacks; None where donors cannot be counted.
    """

    patient: str
    row: AvailabilityRow
    figures: Figures
    before: Figures | None
    expected: Expected | None
    need: Need
    gaps: tuple[float, ...] | None

    @property
    def lacks_donors(self) -> bool:
        """Whether this week's need is not met even if every donor who can give in it does."""
        return self.gaps is not None and self.need.lacks_donors(self.figures.within_7)


@dataclass(frozen=True, slots=True)
class Group:
    """Directives of one hospital or of one ABO group; donors are not summed, one may fit several patients."""

    name: str | None
    directives: int
    none_week: int
    need: int
    gap: float


@dataclass(frozen=True, slots=True)
class Report:
    """One day. `entries` and `groups` are empty for who may not see patients."""

    day: AvailabilityDay
    previous: AvailabilityDay | None
    late: bool
    region: str | None
    regions: Sequence[str]
    days: Sequence[date]
    giving: Giving
    registry: Figures
    registry_before: Figures | None
    registry_by_abo: Mapping[str, Figures]
    registry_by_region: Mapping[str, Figures]
    campaign_names: Mapping[str, str]
    trend: Sequence[Point]
    entries: Sequence[Entry] = ()
    centres: Sequence[Group] = ()
    abo_groups: Sequence[Group] = ()

    @property
    def summary(self) -> Mapping[str, int]:
        """Counts of directives."""
        found: Mapping[str, int] = self.day.facts["directives"][self.region or NATION]
        return found

    @property
    def summary_before(self) -> Mapping[str, int] | None:
        """The same in the snapshot before; None where it has none of this region."""
        return None if self.previous is None else self.previous.facts["directives"].get(self.region or NATION)

    @property
    def need(self) -> Need:
        """The units still to find for all open requests."""
        whole = self.day.facts["need"]
        return Need(tuple(whole["weeks"]), whole["later"])

    @property
    def expected(self) -> Expected | None:
        """The units that all searchable donors may be expected to give in a week, whomever they fit."""
        return self.giving.a_week(self.registry.donors)


@dataclass(frozen=True, slots=True)
class PatientReport:
    """One patient's part of a day."""

    report: Report
    entry: Entry
    by_region: Mapping[str, Figures]
    by_abo: Mapping[str, Figures]


def find_report(session: Session, *, on: date | None, region: str | None, patients: bool, zone: str) -> Report | None:
    """The report of the latest snapshot up to a day; None where there is none. Raises UnusableInput for a region."""
    day = find_day(session, on)
    if day is None:
        return None
    regions = sorted((one for one in day.facts["directives"] if one != NATION), key=region_order)
    if region is not None and region not in regions:
        raise UnusableInput("unknown_region", region=region, known=", ".join(regions))
    previous, registry = find_previous(session, day), day.facts["registry"]
    entries = _entries(session, day, previous, region) if patients else []
    return Report(
        day=day,
        previous=previous,
        late=is_late(day, zone),
        region=region,
        regions=regions,
        days=snapshot_days(session),
        giving=giving_in(day),
        registry=figures_of(registry, region=region),
        registry_before=figures_of(previous.facts["registry"], region=region) if previous else None,
        registry_by_abo=by_abo(registry, region),
        registry_by_region={one: figures_of(registry, region=one) for one in regions if one in registry},
        campaign_names=_names(session, day),
        trend=trend_of_directives(session, day.local_day, region),
        entries=entries,
        centres=groups_of(entries, "centre"),
        abo_groups=groups_of(entries, "abo"),
    )


def open_patient_report(
    session: Session, *, patient: str, on: date | None, region: str | None, zone: str
) -> PatientReport:
    """One patient's part of the report. Raises NotFound for an unknown patient, or one whom the snapshot lacks."""
    person = get_patient(session, patient)
    report = find_report(session, on=on, region=region, patients=True, zone=zone)
    entry = next((one for one in report.entries if one.patient == person.patient_number), None) if report else None
    if report is None or entry is None:
        raise NotFound("availability_not_counted", patient=person.patient_number)
    counts = entry.row.counts
    return PatientReport(
        report=report,
        entry=entry,
        by_region={one: figures_of(counts, region=one) for one in sorted(counts, key=region_order)},
        by_abo=by_abo(counts, region),
    )


def patient_trend(session: Session, found: PatientReport) -> Sequence[Point]:
    """The donors of the patient over the last days."""
    report = found.report
    return trend_of_patient(session, report.day.local_day, found.entry.row.patient_id, report.region)


def groups_of(entries: Sequence[Entry], attribute: str) -> list[Group]:
    """The directives by a column of their patients; those of whom it is not known last."""
    parts: dict[str | None, list[Entry]] = defaultdict(list)
    for one in entries:
        parts[getattr(one.row, attribute)].append(one)
    return [
        Group(
            name=name,
            directives=len(part),
            none_week=sum(one.gaps is not None and not one.figures.within_7 for one in part),
            need=sum(one.need.this_week for one in part),
            gap=sum(one.gaps[0] if one.gaps is not None else one.need.this_week for one in part),
        )
        for name, part in sorted(parts.items(), key=lambda item: (item[0] is None, item[0] or ""))
    ]


def _entries(
    session: Session, day: AvailabilityDay, previous: AvailabilityDay | None, region: str | None
) -> list[Entry]:
    before = rows_of(session, previous) if previous else {}
    giving = giving_in(day)
    found = [_entry(number, row, before.get(number), giving, region) for number, row in rows_of(session, day).items()]
    return sorted(found, key=_pressing)


def _entry(
    number: str, row: AvailabilityRow, before: AvailabilityRow | None, giving: Giving, region: str | None
) -> Entry:
    need, figures = need_in(row), figures_of(row.counts, region=region)
    counted = row.fault_code is None
    expected = giving.a_week(figures.donors) if counted else None
    was = figures_of(before.counts, region=region) if counted and before and before.fault_code is None else None
    gaps = need.gaps(expected) if counted else None
    return Entry(number, row, figures, was, expected, need, gaps)


def _pressing(entry: Entry) -> tuple[bool, float, int, str]:
    """What nobody could count first, then the largest gap of this week, then the fewest donors."""
    return entry.gaps is not None, -(entry.gaps[0] if entry.gaps else 0), entry.figures.within_7, entry.patient


def _names(session: Session, day: AvailabilityDay) -> Mapping[str, str]:
    codes = [one["code"] for one in day.facts["campaigns"]]
    return dict(session.exec(select(Campaign.code, Campaign.name).where(col(Campaign.code).in_(codes))).all())
