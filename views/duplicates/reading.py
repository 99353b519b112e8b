"""Reads a pair for the pages that show who two donors are."""

from services.duplicates.reviewing import Review, open_review
from views.running import actor, now, runtime


def read_review(pair: int, survivor: str | None = None) -> Review:
    """The two records; the look at them is written into the trail."""
    with runtime().engines.write_session() as session:
        return open_review(session, pair_id=pair, survivor=survivor, actor=actor(), now=now())
