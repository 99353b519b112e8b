"""Whether the site can serve: the database reachable and migrated, the index fit to search, the jobs alive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models.database import DatabaseOutOfStep, Engines
from models.job import HEARTBEAT_ID, JobHeartbeat
from services.donors import has_donors
from services.faults import find_database_fault
from services.matching.snapshots import SnapshotStore, registry_state, state_name
from services.reference import active_name

HEARTBEAT_LASTS = timedelta(minutes=2)
State = Literal["ok", "degraded", "failed"]
STATUSES: Mapping[State, str] = {"ok": "ready", "degraded": "degraded", "failed": "unavailable"}  # best first


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the site: `failed` means that nothing can be served, the code names the sentence."""

    name: str
    state: State
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


def check_readiness(engines: Engines, store: SnapshotStore, *, now: datetime) -> list[Part]:
    """The state of each part; nothing is built or mended here, so that asking often costs little."""
    try:
        with engines.read_session() as session:
            return [Part("database", "ok", "ready_database"), _index(session, store), _jobs(session, now)]
    except DatabaseOutOfStep as error:
        return [Part("database", "failed", error.code, error.params)]
    except DBAPIError as error:
        code, params = find_database_fault(error) or ("database_unreachable", {"reason": type(error.orig).__name__})
        return [Part("database", "failed", code, params)]


def _index(session: Session, store: SnapshotStore) -> Part:
    """A missing or stale index is rebuilt by the next search; donors read with other names stop every search."""
    state = registry_state(session)
    active = active_name(session)
    if state.reference_name not in ("", active) and has_donors(session):
        return Part("index", "failed", "registry_read_with_other", {"used": state.reference_name, "active": active})
    name = state_name(state)
    held = store.opened
    if (held is not None and held.meta.registry == name) or (store.folder / name).is_dir():
        return Part("index", "ok", "ready_index")
    return Part("index", "degraded", "ready_index_later")


def _jobs(session: Session, now: datetime) -> Part:
    """Pages and searches work without the jobs process; imports wait for it."""
    beat = session.get(JobHeartbeat, HEARTBEAT_ID)
    if beat is None:
        return Part("jobs", "degraded", "ready_jobs_never")
    if now - beat.at > HEARTBEAT_LASTS:
        minutes = int((now - beat.at).total_seconds() // 60)
        return Part("jobs", "degraded", "ready_jobs_silent", {"minutes": minutes})
    return Part("jobs", "ok", "ready_jobs")
