"""News of a day brought to an inbox: once for a subscription and a day, to whoever may still know."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from models.account import Account
from models.job import JobRun, JobStatus
from models.patient import Patient
from models.subscription import Notice, Subscription, Topic
from services.accounts.permissions import permissions_of
from services.notifications.queue import queue_message
from services.subscriptions.mailing import message_about
from services.subscriptions.news import Line, News, Teller
from services.subscriptions.rhythm import last_due_on
from services.subscriptions.subscribing import end_subscription, is_closed
from services.subscriptions.topics import OF_DIRECTIVES, OF_STATES, PATIENT, USED, may_follow

JOB, ACTOR = "deliver_news", "jobs"
FAREWELL_PAGE = "/subscriptions"


class Outcome(StrEnum):
    """What came of one subscription."""

    TOLD = "told"
    NOTHING = "nothing"  # nothing to tell: no message
    ALREADY = "already"  # told before, on this day or on the day of the rhythm that is made up for
    ENDED = "ended"  # nobody may be told any more


def standing_subscriptions(session: Session) -> Sequence[int]:
    """The subscriptions that have not ended, the oldest first."""
    query = select(Subscription.id).where(col(Subscription.ended_at).is_(None)).order_by(col(Subscription.id))
    return [one for one in session.exec(query).all() if one is not None]


def last_run_before(session: Session, on: date) -> date | None:
    """The last day before this one whose news were all made."""
    query = select(func.max(JobRun.local_day)).where(
        JobRun.job == JOB, JobRun.status == JobStatus.DONE, JobRun.local_day < on
    )
    return session.exec(query).one()


def deliver(
    session: Session,
    subscription_id: int,
    *,
    on: date,
    last_run_on: date | None,
    tellers: Mapping[Topic, Teller],
    now: datetime,
) -> Outcome | None:
    """Make the news of one subscription for a day, in a write session; None where the day is not one of its rhythm.

    Asked again for a day it does nothing. What may no longer be told ends the subscription, whatever its rhythm.
    """
    row = session.get_one(Subscription, subscription_id)
    if row.ended_at is not None or on < row.created_at.date():
        return None
    account = session.get_one(Account, row.account_id)
    if (reason := _find_end(session, row, account)) is not None:
        if reason == "patient_closed":
            _keep_farewell(session, row, account, on=on, now=now)
        end_subscription(session, row, reason=reason, actor=ACTOR, now=now)
        return Outcome.ENDED
    due_on = last_due_on(row.rhythm, on=on, since=last_run_on)
    if due_on is None:
        return None
    told_on = _told_days(session, row)
    later = row.topic not in OF_STATES  # what happened until a day is told once: later news told of it too
    if any(due_on <= day and (later or day <= on) for day in told_on):
        return Outcome.ALREADY
    news = tellers[row.topic](session, row, on, _told_until(row, told_on, on))
    if news is None:
        return Outcome.NOTHING
    keep_notice(session, row, account, news, on=on, now=now)
    return Outcome.TOLD


def keep_notice(
    session: Session, row: Subscription, account: Account, news: News, *, on: date, now: datetime
) -> Notice:
    """Put news into the inbox, with the permissions by which they were made: they are asked again at reading."""
    seen_with = sorted(USED[row.topic] & permissions_of(account.roles))
    notice = Notice(
        code=str(uuid.uuid4()),
        subscription_id=row.id or 0,
        account_id=row.account_id,
        topic=row.topic,
        local_day=on,
        news={
            "summary": _kept(news.summary),
            "lines": [_kept(line) for line in news.lines],
            "address": news.address,
            "seen_with": [one.value for one in seen_with],
        },
        made_at=now,
    )
    session.add(notice)
    session.flush()
    if row.by_mail:
        queue_message(session, **message_about(row, notice), now=now)
    return notice


def _kept(line: Line) -> dict[str, Any]:
    return {"code": line.code, "params": line.params, "address": line.address}


def _told_until(row: Subscription, told_on: list[date], on: date) -> date | None:
    """The day from which on news are new: of the last ones, else of the subscription; None on that day itself."""
    return max((day for day in (*told_on, row.created_at.date()) if day < on), default=None)


def _told_days(session: Session, row: Subscription) -> list[date]:
    return list(session.scalars(sa.select(col(Notice.local_day)).where(col(Notice.subscription_id) == row.id)))


def _find_end(session: Session, row: Subscription, account: Account) -> str | None:
    """Why nobody may be told any more, the last word of a code `subscription_end.…`; None where it goes on."""
    if not account.active:
        return "account_closed"
    if not may_follow(permissions_of(account.roles), row.topic, row.scope):
        return "right_lost"
    about_directive = PATIENT in row.scope and row.topic in OF_DIRECTIVES
    return "patient_closed" if about_directive and is_closed(session, row.scope[PATIENT]) else None


def _keep_farewell(session: Session, row: Subscription, account: Account, *, on: date, now: datetime) -> None:
    """Say once that the patient's directive was closed; where news of the day are there already, the page says it."""
    if on in _told_days(session, row):
        return
    number = session.get_one(Patient, row.scope[PATIENT]).patient_number
    line = Line("news.patient_closed", {"subject": number}, FAREWELL_PAGE)
    news = News(Line("news.patient_closed_summary", {}), (line,), FAREWELL_PAGE)
    keep_notice(session, row, account, news, on=on, now=now)
