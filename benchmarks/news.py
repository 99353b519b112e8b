"""Telling the work of a day to many subscribers, and what every page asks of the inbox, on a whole registry."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

from sqlmodel import select

from benchmarks.registries import ON
from benchmarks.rows import MS, Row
from models.account import Account
from models.database import Engines, make_engines
from services.accounts.person import person_of
from services.rare_donors.refreshing import refresh_rare_donors
from services.subscriptions.delivering import deliver, standing_subscriptions
from services.subscriptions.inbox import count_unread
from services.subscriptions.subscribing import Wanted, subscribe
from services.subscriptions.topics import tellers

NOW = datetime(ON.year, ON.month, ON.day, 5, tzinfo=UTC)
SUBSCRIBERS, DAYS = 50, 5
ZONE = "Europe/Paris"


def news_rows(url: str, donors: int) -> list[Row]:
    """One day's news of `SUBSCRIBERS` coordinators, each in a transaction; the count of unread after some days."""
    engines = make_engines(url)
    with engines.write_session() as session:
        refresh_rare_donors(session, now=NOW, actor="bench")
        for number in range(SUBSCRIBERS):
            known = {"login": f"bench{number}", "display_name": "Bench", "roles": ["coordinator"]}
            account = Account(**known, created_at=NOW, updated_at=NOW)
            session.add(account)
            session.flush()
            subscribe(session, Wanted("recalls"), by=person_of(session, account), now=NOW)
    taken = [_told(engines, day) for day in range(DAYS)]
    begun = perf_counter()
    with engines.read_session() as session:
        account_id = session.exec(select(Account.id).where(Account.login == "bench0")).one() or 0
        count_unread(session, account_id)
    unread = perf_counter() - begun
    engines.dispose()
    return [
        Row(f"{donors:,} donors: the work of a day told to {SUBSCRIBERS} people", min(taken), "s", 60),
        Row(f"{donors:,} donors: the count of unread notices", unread * MS, "ms", 10),
    ]


def _told(engines: Engines, day: int) -> float:
    begun = perf_counter()
    with engines.read_session() as session:
        found = standing_subscriptions(session)
    told = tellers(ZONE)
    for one in found:
        with engines.write_session() as session:
            deliver(session, one, on=ON + timedelta(days=day), last_run_on=None, tellers=told, now=NOW)
    return perf_counter() - begun
