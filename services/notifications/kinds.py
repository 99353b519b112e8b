"""The kinds of messages the site sends: what each says, to whom it may still go, and nothing that names a person."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, select

from models.account import Account
from models.outbox import MessageChannel
from models.subscription import Notice, Subscription, Topic
from services.accounts.permissions import permissions_of
from services.subscriptions.topics import may_follow, sees_all

DAY = re.compile(r"\d{4}-\d\d-\d\d")
Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence by its code of services.wording, with counts and days alone."""

    code: str
    params: Mapping[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saying:
    """What a message says: its subject, one sentence, and two pages of the site (from "/").

    `address` shows more; on `settings` the recipient ends or changes what is sent to them.
    """

    subject: Words
    body: Words
    address: str
    settings: str = "/account"


@dataclass(frozen=True, slots=True)
class Kind:
    """How messages of a kind are put into words, and why one is not the account's to know any more (None: it is).

    `say` raises ValueError for values that a message must not carry: it is asked when the message is queued.
    """

    say: Callable[[Params], Saying]
    find_fault: Callable[[Session, Account, Params], str | None]
    channel: MessageChannel = MessageChannel.MAIL


# --- news of a subscription ---------------------------------------------------------------------------------------


def say_news(params: Params) -> Saying:
    """The topic as the subject and the counts as the sentence; what the counts are of stands in the inbox."""
    topic, counts = Topic(params["topic"]), dict(params["summary_params"])
    if strangers := [name for name, value in counts.items() if not _says_nobody(value)]:
        raise ValueError(f"a mail carries counts and days alone: {', '.join(sorted(strangers))}")
    subject, body = Words(f"mail.news.{topic.value}"), Words(params["summary_code"], counts)
    return Saying(subject, body, f"/inbox/{params['notice']}", "/subscriptions")


def _says_nobody(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and DAY.fullmatch(value) is not None)


def find_fault_of_news(session: Session, account: Account, params: Params) -> str | None:
    """A right that was lost, a subscription that ended, or news that are not kept any more."""
    query = select(Subscription, Notice).join(Notice)
    found = session.exec(query.where(Notice.code == params["notice"], Notice.account_id == account.id)).first()
    if found is None:
        return "outbox_subscription_ended"
    subscription, notice = found
    ended_at = subscription.ended_at
    if ended_at is not None and notice.made_at < ended_at:  # the news of the end itself still go
        return "outbox_subscription_ended"
    permissions = permissions_of(account.roles)
    may = may_follow(permissions, subscription.topic, subscription.scope) and sees_all(permissions, notice)
    return None if may else "outbox_right_lost"


# --- the account itself -------------------------------------------------------------------------------------------


def say_address_set(_params: Params) -> Saying:
    """That this address was given to an account, so that whoever gave it sees that it works."""
    return Saying(Words("mail.address_set"), Words("mail.address_set.body"), "/account")


def find_no_fault(_session: Session, _account: Account, _params: Params) -> str | None:
    """Nothing beyond an open account is needed."""
    return None


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "news": Kind(say_news, find_fault_of_news),
        "address_set": Kind(say_address_set, find_no_fault),
    }
)
