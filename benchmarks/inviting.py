"""Choosing whom a campaign invites, and its plan page, on the database of a whole registry."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

from benchmarks.registries import ON
from benchmarks.rows import MS, Row
from models.campaign import Campaign, Purpose
from models.database import make_engines
from services.campaigns.planning import open_plan, read_assumptions
from services.campaigns.selection import select_invitees

RUNS, INVITED = 3, 1_000
CRITERIA = {
    "of anybody": {},
    "of two ancestries, within 28 days": {"ancestries": ["african", "asian"], "eligible_within_days": 28},
}


def inviting_rows(url: str, donors: int) -> list[Row]:
    """The selection under two sets of criteria, and the whole plan (the same selection, and its numbers)."""
    engines = make_engines(url)
    campaign = Campaign(
        code="bench", name="bench", purpose=Purpose.STOCK, target={"kind": "cd36_negative"}, number_wanted=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC), created_by="bench",
    )  # fmt: skip
    rows = []
    for name, criteria in CRITERIA.items():
        campaign.criteria = criteria
        with engines.read_session() as session:
            taken = _best(lambda: select_invitees(session, campaign, limit=INVITED, today=ON))
        rows.append(Row(f"{donors:,} donors: whom to invite, {INVITED:,} {name}", taken, "s", 1))
    with engines.read_session() as session:
        assumed = read_assumptions(session, campaign, {})
        taken = _best(lambda: open_plan(session, campaign, assumed, today=ON))
    engines.dispose()
    return [*rows, Row(f"{donors:,} donors: the numbers of a plan", taken * MS, "ms")]


def _best(do: Callable[[], object]) -> float:
    """The shortest of a few runs, in seconds."""
    times = []
    for _ in range(RUNS):
        begun = perf_counter()
        do()
        times.append(perf_counter() - begun)
    return min(times)
