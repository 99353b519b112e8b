"""What there is to tell on a day: lines that only the person's own page shows, and a count that a mail may carry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from models.subscription import Subscription


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
