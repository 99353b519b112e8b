"""The daily snapshot of what the registry has for every directive."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from config import Runtime
from services.availability.snapshot import count_day, keep_day
from services.matching.snapshots import SnapshotStore


def snapshot_availability(runtime: Runtime, on: date) -> Mapping[str, Any]:
    """Count a day and keep it: see services.availability.snapshot; nobody waits for the counting to write."""
    zone = runtime.settings.timezone
    with runtime.engines.read_session() as session:
        counted = count_day(session, SnapshotStore(runtime.snapshots_path), on=on, zone=zone)
    with runtime.engines.write_session() as session:
        return keep_day(session, counted, now=runtime.now(), zone=zone)
