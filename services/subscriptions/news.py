"""What there is to tell on a day: lines that only the person's own page shows, and a count that a mail may carry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from models.subscription import Notice, Subscription


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the news by its code of services.wording; its values may name a patient or a donor."""

    code: str
    params: dict[str, Any]
    address: str = ""  # the page of the site that shows more, beginning with "/"


@dataclass(frozen=True, slots=True)
class News:
    """The lines of a topic for one subscription, most important first; `address` is the page that the mail links to.

    `summary` is one sentence for the mail and the head of the notice: counts only, never a person's number or name.
    """

    summary: Line
    lines: tuple[Line, ...]
    address: str


# a session that only reads, the subscription, the day of the news, and the day of the last news (None: the first);
# None where nothing happened: no change, no message
Teller = Callable[[Session, Subscription, date, date | None], News | None]


def told_at(session: Session, subscription: Subscription, since: date | None) -> datetime | None:
    """When the last news until that day were made: what came to be after them was not told, not even of its own day."""
    if since is None:
        return None
    query = select(func.max(Notice.made_at)).where(
        Notice.subscription_id == subscription.id, col(Notice.local_day) <= since
    )
    return session.exec(query).one()
