"""The nightly look at the standing searches."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from config import Runtime
from services.matching.snapshots import SnapshotStore
from services.standing_searches.running import look_and_keep


def look_at_standing_searches(runtime: Runtime, on: date) -> Mapping[str, Any]:
    """What changed for each patient whose directive is watched: see services.standing_searches."""
    return look_and_keep(runtime.engines, SnapshotStore(runtime.snapshots_path), on=on, now=runtime.now())
