"""The standing searches and what their looks found, as pages and commands show them, no packed column read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from domain.errors import NotFound
from domain.list_change import Change
from models.donor import Donor
from models.patient import Patient
from models.standing_search import StandingChange, StandingLook, StandingSearch
from services.patients import find_current_directive, get_patient
from services.standing_searches.watching import find_open_search
from services.wording.alphabet import UNASSIGNED, region_order

Json = dict[str, Any]
SHOWN_LOOKS = 30
SHOWN_ENDED = 20
_READ = ("id", "search_id", "local_day", "since_day", "fault_code", "fault_params", "counts", "totals", "versions")
_COLUMNS = [getattr(StandingLook, name) for name in _READ]


@dataclass(frozen=True, slots=True)
class Look:
    """One look, without what only the next comparison needs."""

    id: int
    search_id: int
    local_day: date
    since_day: date | None
    fault_code: str | None
    fault_params: Mapping[str, Any]
    counts: Mapping[str, Any]
    totals: Mapping[str, Mapping[str, int]]
    versions: Mapping[str, Any]

    def count(self, change: Change | str) -> int:
        """How many donors have one change."""
        return sum(self.totals.get(str(change), {}).values())

    @property
    def others(self) -> int:
        """How many donors have a change that moves no count."""
        return sum(self.count(one) for one in (Change.COMING, Change.GONE, Change.CHANGED))

    @property
    def region_moves(self) -> list[tuple[str, Mapping[str, int]]]:
        """By region, in their order, what came and went, where anything did."""
        moves = self.counts.get("moves", {})
        moved = [(name or UNASSIGNED, row) for name, row in moves.items() if row["new"] or row["lost"] or row["moved"]]
        return sorted(moved, key=lambda one: region_order(one[0]))


@dataclass(frozen=True, slots=True)
class Watched:
    """A standing search with its last look, if it had any yet."""

    search: StandingSearch
    patient: str
    look: Look | None


@dataclass(frozen=True, slots=True)
class Row:
    """One donor's change."""

    donor: str
    change: str
    cause: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SearchFile:
    """A patient's standing search: its looks, the latest first, and one of them donor by donor."""

    patient: str
    search: StandingSearch
    looks: Sequence[Look]
    look: Look | None
    rows: Sequence[Row]
    case_changes: Sequence[tuple[str, str, str]]  # what, before, now

    def rows_of(self, change: str) -> list[Row]:
        """The donors kept of one change."""
        return [row for row in self.rows if row.change == change]


def list_searches(session: Session) -> list[Watched]:
    """The standing searches that have not ended, by patient number."""
    last = (
        select(StandingLook.search_id, sa.func.max(StandingLook.local_day).label("day"))
        .group_by(col(StandingLook.search_id))
        .subquery()
    )
    query = sa.select(*_COLUMNS).join(
        last, sa.and_(col(StandingLook.search_id) == last.c.search_id, col(StandingLook.local_day) == last.c.day)
    )
    looks = {look.search_id: look for look in _looks(session, query)}
    rows = _searches(session).where(col(StandingSearch.ended_at).is_(None)).order_by(col(Patient.patient_number))
    return [Watched(search, number, looks.get(search.id or 0)) for search, number in session.execute(rows)]


def list_ended(session: Session) -> list[Watched]:
    """The standing searches that ended last."""
    rows = _searches(session).where(col(StandingSearch.ended_at).is_not(None))
    rows = rows.order_by(col(StandingSearch.ended_at).desc(), col(StandingSearch.id).desc()).limit(SHOWN_ENDED)
    return [Watched(search, number, None) for search, number in session.execute(rows)]


def open_search_file(session: Session, *, number: str, day: date | None) -> SearchFile:
    """A patient's latest standing search with one look: of the day asked, else the last in which something changed.

    Raises NotFound where the patient was never watched, or not on that day.
    """
    patient = get_patient(session, number)
    query = select(StandingSearch).where(StandingSearch.patient_id == patient.id)
    search = session.exec(query.order_by(col(StandingSearch.id).desc())).first()
    if search is None:
        raise NotFound("standing_never_watched", patient=number)
    looks = looks_of(session, search.id or 0)
    chosen = _chosen(looks, day)
    if day is not None and chosen is None:
        raise NotFound("standing_no_such_look", patient=number, on=day.isoformat())
    rows = _rows(session, chosen.id) if chosen else []
    return SearchFile(number, search, looks, chosen, rows, _case_changes(looks, chosen))


def looks_of(session: Session, search_id: int) -> list[Look]:
    """The last looks at one search, the latest first."""
    query = sa.select(*_COLUMNS).where(col(StandingLook.search_id) == search_id)
    return _looks(session, query.order_by(col(StandingLook.local_day).desc()).limit(SHOWN_LOOKS))


def _chosen(looks: Sequence[Look], day: date | None) -> Look | None:
    if day is not None:
        return next((look for look in looks if look.local_day == day), None)
    return next((look for look in looks if look.totals), looks[0] if looks else None)


def _searches(session: Session) -> Any:
    return sa.select(StandingSearch, col(Patient.patient_number)).join(
        Patient, col(Patient.id) == col(StandingSearch.patient_id)
    )


def _looks(session: Session, query: Any) -> list[Look]:
    return [Look(*row) for row in session.execute(query)]


def _rows(session: Session, look_id: int) -> list[Row]:
    query = (
        sa.select(col(Donor.donor_number), StandingChange.change, StandingChange.cause, StandingChange.details)  # type: ignore[call-overload]
        .join(Donor, col(Donor.id) == col(StandingChange.donor_id))
        .where(col(StandingChange.look_id) == look_id)
        .order_by(col(StandingChange.id))
    )
    return [Row(number, change.value, cause.value, said) for number, change, cause, said in session.execute(query)]


def _case_changes(looks: Sequence[Look], look: Look | None) -> list[tuple[str, str, str]]:
    """What the case and the tables were at the look compared with, and are, where they differ."""
    base = next((one for one in looks if look and one.local_day == look.since_day), None)
    if look is None or base is None or not base.versions or not look.versions:
        return []
    told = []
    for name, before in _told(base.versions).items():
        after = _told(look.versions)[name]
        if before != after:
            told.append((name, before, after))
    return told


def _told(versions: Mapping[str, Any]) -> dict[str, str]:
    tables = versions["tables"]
    names = ("nomenclature", "allele_codes", "creg", "eplets", "eligibility")
    case = {"sera": ", ".join(versions["sera"]), "directive": str(versions["directive"] or "")}
    return {**case, "threshold_mfi": str(versions["threshold_mfi"]), **{name: tables[name] for name in names}}


@dataclass(frozen=True, slots=True)
class WatchState:
    """Whether a patient is watched, and if not whether they can be."""

    search: StandingSearch | None
    can_watch: bool


def watch_state(session: Session, *, number: str) -> WatchState:
    """What the patient's own page offers. Raises NotFound."""
    patient = get_patient(session, number)
    search = find_open_search(session, patient.id or 0)
    return WatchState(search, search is None and find_current_directive(session, patient) is not None)


def changed_today(session: Session, *, on: date) -> list[Watched]:
    """The standing searches whose look of a day found a change or could not be read."""
    query = sa.select(*_COLUMNS).where(col(StandingLook.local_day) == on)
    looks = {look.search_id: look for look in _looks(session, query) if look.totals or look.fault_code}
    rows = _searches(session).where(col(StandingSearch.ended_at).is_(None)).order_by(col(Patient.patient_number))
    return [Watched(search, number, looks[search.id]) for search, number in session.execute(rows) if search.id in looks]
