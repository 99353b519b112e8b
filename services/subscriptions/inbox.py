"""A person's inbox: what was told, read or not, and what of it they may still read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, and_, col, func, or_, select

from domain.errors import NotFound
from models.account import Account
from models.subscription import Notice, Subscription
from services.accounts.person import Person
from services.subscriptions.subscribing import Shown, show
from services.subscriptions.topics import OF_STATES, may_follow, sees_all

KeptLine = Mapping[str, Any]  # code, params, address: a Line as it is stored


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice in the list; `summary` is None where it is no longer the person's to read."""

    code: str
    topic: str
    day: date
    read_at: datetime | None
    summary: KeptLine | None


@dataclass(frozen=True, slots=True)
class Told:
    """One line; `is_new` says that the notice before did not say it, None where that means nothing."""

    line: KeptLine
    is_new: bool | None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One notice opened: `readable` is False where a permission was lost, and then nothing of it is here.

    `gone` are the lines of the notice before, of `before_on`, that are said no more. `older` and `newer` are codes.
    """

    row: NoticeRow
    subscription: Shown
    readable: bool
    lines: Sequence[Told] = ()
    gone: Sequence[KeptLine] = ()
    before_on: date | None = None
    address: str = ""
    older: str | None = None
    newer: str | None = None


def count_unread(session: Session, account_id: int) -> int:
    """How many notices of an account nobody has opened."""
    query = (
        select(func.count()).select_from(Notice).where(Notice.account_id == account_id, col(Notice.read_at).is_(None))
    )
    return session.exec(query).one()


def list_notices(session: Session, *, by: Person, limit: int, offset: int = 0) -> tuple[list[NoticeRow], int]:
    """One page of the inbox, the unread first and then the latest, and how many notices there are."""
    query = (
        select(Notice, Subscription)
        .join(Subscription, col(Subscription.id) == col(Notice.subscription_id))
        .where(Notice.account_id == by.account_id)
        .order_by(col(Notice.read_at).is_not(None), col(Notice.local_day).desc(), col(Notice.id).desc())
    )
    total = session.exec(select(func.count()).select_from(Notice).where(Notice.account_id == by.account_id)).one()
    rows = session.exec(query.limit(limit).offset(offset)).all()
    return [_row(notice, may_read(notice, subscription, by)) for notice, subscription in rows], total


def mark_read(session: Session, *, code: str, by: Person, now: datetime) -> None:
    """Keep when a notice was first opened. Raises NotFound, also for a notice of somebody else."""
    notice = _get(session, code, by)
    notice.read_at = notice.read_at or now
    session.add(notice)


def open_notice(session: Session, *, code: str, by: Person) -> NoticePage:
    """One notice as the person may read it. Raises NotFound, also for a notice of somebody else."""
    notice = _get(session, code, by)
    subscription = session.get_one(Subscription, notice.subscription_id)
    login = session.get_one(Account, notice.account_id).login
    page: dict[str, Any] = {"subscription": show(session, subscription, login, by=by)}
    page |= {"older": _neighbour(session, notice, older=True), "newer": _neighbour(session, notice, older=False)}
    if not may_read(notice, subscription, by):
        return NoticePage(_row(notice, may=False), readable=False, **page)
    before = _before(session, notice)
    if before and not may_read(before, subscription, by):  # made with a permission that was lost since
        before = None
    known = {_identity(line) for line in before.news["lines"]} if before else None
    said = {_identity(line) for line in notice.news["lines"]}
    return NoticePage(
        _row(notice, may=True),
        readable=True,
        lines=[Told(line, None if known is None else _identity(line) not in known) for line in notice.news["lines"]],
        gone=[line for line in before.news["lines"] if _identity(line) not in said] if before else (),
        before_on=before.local_day if before else None,
        address=notice.news["address"],
        **page,
    )


def mark_all_read(session: Session, *, by: Person, now: datetime) -> int:
    """Mark every notice of the person as read; gives how many were not."""
    unread = count_unread(session, by.account_id)
    session.execute(
        update(Notice).where(col(Notice.account_id) == by.account_id, col(Notice.read_at).is_(None)).values(read_at=now)
    )
    return unread


def may_read(notice: Notice, subscription: Subscription, by: Person) -> bool:
    """Whether a notice is still the person's to read: the topic's permission, and all by which its lines were made."""
    return may_follow(by.permissions, subscription.topic, subscription.scope) and sees_all(by.permissions, notice)


def _get(session: Session, code: str, by: Person) -> Notice:
    query = select(Notice).where(Notice.code == code, Notice.account_id == by.account_id)
    notice = session.exec(query).first() if code.isprintable() else None
    if notice is None:
        raise NotFound("notice_unknown")
    return notice


def _row(notice: Notice, may: bool) -> NoticeRow:
    summary = notice.news["summary"] if may else None
    return NoticeRow(notice.code, notice.topic.value, notice.local_day, notice.read_at, summary)


def _before(session: Session, notice: Notice) -> Notice | None:
    """The notice before of the same subscription, where both tell how things stand."""
    if notice.topic not in OF_STATES:
        return None
    query = select(Notice).where(Notice.subscription_id == notice.subscription_id, Notice.local_day < notice.local_day)
    return session.exec(query.order_by(col(Notice.local_day).desc()).limit(1)).first()


def _neighbour(session: Session, notice: Notice, *, older: bool) -> str | None:
    """The code of the notice just before or after in time, over all subscriptions of the person."""
    day, key = col(Notice.local_day), col(Notice.id)
    if older:
        where = or_(day < notice.local_day, and_(day == notice.local_day, key < notice.id))
        ordered = select(Notice.code).order_by(day.desc(), key.desc())
    else:
        where = or_(day > notice.local_day, and_(day == notice.local_day, key > notice.id))
        ordered = select(Notice.code).order_by(day, key)
    return session.exec(ordered.where(Notice.account_id == notice.account_id, where).limit(1)).first()


def _identity(line: KeptLine) -> str:
    """What makes two lines the same: without the query of their page, which names the day of the notice."""
    return json.dumps([line["code"], line["params"], line["address"].partition("?")[0]], sort_keys=True)
