"""The look of a day, read and then written: for the nightly job and for whoever asks at once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from models.database import Engines
from services.matching.snapshots import SnapshotStore
from services.standing_searches.keeping import keep_night
from services.standing_searches.looking import look_at_all


def look_and_keep(engines: Engines, store: SnapshotStore, *, on: date, now: datetime) -> Mapping[str, Any]:
    """Look at every standing search and keep what was seen; again on the same day gives the same where nothing changed.

    Two transactions: the long one only reads, and whoever ends a search meanwhile is respected by the short one.
    """
    with engines.read_session() as session:
        night = look_at_all(session, store, on=on, now=now)
    with engines.write_session() as session:
        return keep_night(session, night, now=now)
