"""The work to do as news: for each subscriber what of it they may see, and no more."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session

from domain.reservation import Timing
from models.account import Account
from models.patient import Patient
from models.subscription import Subscription
from services.accounts.person import person_of
from services.recalls.kinds import Item
from services.recalls.listing import mine, work_items
from services.subscriptions.news import Line, News, Teller

MORNING = time(5)  # as the day begins for the daily jobs: a day told again later is told alike
MOST_LINES = 200
PAGE = "/recalls"


def teller_of_recalls(timezone: str) -> Teller:
    """What tells the work of a day where the registry is kept; all subscribers of one run share one reading of it."""
    read: dict[date, list[Item]] = {}

    def tell(session: Session, subscription: Subscription, on: date, _since: date | None) -> News | None:
        if on not in read:
            now = datetime.combine(on, MORNING, ZoneInfo(timezone))
            read[on] = work_items(session, lambda _permission: True, Timing(now, timezone, hold_hours=0))
        account = session.get_one(Account, subscription.account_id)
        items = mine(read[on], person_of(session, account).may)
        return news_of([one for one in items if _in_scope(session, subscription, one)], on)

    return tell


def news_of(items: list[Item], on: date) -> News | None:
    """The news of some work, None where there is none; beyond the first lines it is counted."""
    if not items:
        return None
    overdue = sum(one.count for one in items if one.due_on < on)
    summary = Line("recall.summary", {"count": sum(one.count for one in items), "overdue": overdue}, PAGE)
    lines = [Line(one.code, {**one.params, "subject": one.subject}, one.address) for one in items[:MOST_LINES]]
    if len(items) > MOST_LINES:
        lines.append(Line("recall.more", {"count": len(items) - MOST_LINES}, PAGE))
    return News(summary, tuple(lines), PAGE)


def _in_scope(session: Session, subscription: Subscription, item: Item) -> bool:
    scope = subscription.scope
    if "patient" in scope:
        patient = session.get(Patient, scope["patient"])
        return patient is not None and item.patient == patient.patient_number
    return "region" not in scope or item.regions is None or scope["region"] in item.regions
