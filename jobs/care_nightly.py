"""What is looked after every night: holds that ran out, what is old, the search index and the audit trail."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from config import Runtime
from domain.reservation import Timing
from jobs.failing import RunFailed
from services.audit import verify_audit
from services.donors import mark_registry_changed
from services.index_care import Digest, digest_of_database, digest_of_index, find_index_to_check
from services.matching.index import DamagedSnapshot
from services.matching.snapshots import SnapshotStore, rebuild_index
from services.noted_seal import find_noted_seal
from services.reservations.occupancy import expire_holds
from services.retention import Kept, delete_old


def release_holds(runtime: Runtime, _on: date) -> Mapping[str, Any]:
    """Mark the holds that nobody confirmed in time, each with its row in the trail; those marked before stay so."""
    settings = runtime.settings
    timing = Timing(runtime.now(), settings.timezone, settings.hold_hours)
    with runtime.engines.write_session() as session:
        return {"holds": expire_holds(session, timing=timing)}


def delete_what_is_old(runtime: Runtime, _on: date) -> Mapping[str, Any]:
    """Delete what is older than the settings keep: see services.retention."""
    kept = Kept(**{name: getattr(runtime.settings, name) for name in Kept.__dataclass_fields__})
    with runtime.engines.write_session() as session:
        return delete_old(session, kept, now=runtime.now(), today=runtime.today())


def verify_audit_trail(runtime: Runtime, _on: date) -> Mapping[str, Any]:
    """Check every seal of the trail, and that the last one noted is still in it. Raises RunFailed."""
    with runtime.engines.read_session() as session:
        found = verify_audit(session, noted_hash=find_noted_seal(session))
    if found.fault:
        raise RunFailed("audit_trail_broken", fault=found.fault, row=found.broken_id, rows=found.rows)
    return {"rows": found.rows, "seal": found.last_hash if found.rows else None}


def verify_index(runtime: Runtime, _on: date) -> Mapping[str, Any]:
    """Compare the index with the database, and build it where there is none of the registry as it is.

    One that differs or is damaged is built anew, and the run fails all the same: searches were answered from it.
    Raises RunFailed.
    """
    store = SnapshotStore(runtime.snapshots_path)
    with runtime.engines.read_session() as session:
        try:
            index = find_index_to_check(session, store)
            if index is None:
                return {**_rebuild(runtime, store), "rebuilt": "index_stale"}
            seen, held = digest_of_database(session), digest_of_index(index)
        except DamagedSnapshot as error:
            seen, held, damaged = None, None, str(error)[:100]
    if seen is None or held is None:
        raise RunFailed("index_was_damaged", **_replace(runtime, store), damaged=damaged)
    if seen != held:
        raise RunFailed("index_differed", **_replace(runtime, store), **_told(seen, held))
    return {"donors": seen.donors, "regions": len(seen.regions), "fingerprint": seen.fingerprint}


def _told(seen: Digest, held: Digest) -> dict[str, Any]:
    names = sorted(seen.regions.keys() | held.regions.keys())
    differing = [name for name in names if seen.regions.get(name, 0) != held.regions.get(name, 0)]
    return {"donors_of_database": seen.donors, "donors_of_index": held.donors, "regions_differing": differing}


def _replace(runtime: Runtime, store: SnapshotStore) -> dict[str, Any]:
    """A new index under a new name: a process that has the old one open meets the name and opens the new one."""
    with runtime.engines.write_session() as session:
        mark_registry_changed(session, now=runtime.now())
    return _rebuild(runtime, store)


def _rebuild(runtime: Runtime, store: SnapshotStore) -> dict[str, Any]:
    """Build the index and compare it at once. Raises RunFailed where even a new one differs."""
    with runtime.engines.read_session() as session:
        built, seen = rebuild_index(session, store), digest_of_database(session)
    if (held := digest_of_index(built)) != seen:
        raise RunFailed("index_still_differs", **_told(seen, held))
    return {"donors": seen.donors, "snapshot": built.meta.snapshot}
