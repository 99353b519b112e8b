"""Accounts with an address, news for them, and a sender that keeps what it is given: for tests of the outbox."""

import uuid
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import select

from models.account import Account, AccountSession
from models.outbox import MessageChannel, OutboxMessage
from models.subscription import Notice, Subscription, Topic
from services.notifications.queue import queue_message
from services.notifications.senders import NotSent, NullSender
from tests.conftest import NOW, copy_sqlite, freeze, make_app


def make_site(folder, migrated):
    """An application at NOW, for a module of tests that empty it before each."""
    copy_sqlite(migrated, folder / "phenotheque.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'phenotheque.sqlite'}")
    freeze(app, NOW)
    return app


def emptied(app):
    """The application without accounts and messages, its keys those of the process again."""
    from tests.demo_site import take_keys

    take_keys(app)
    with app.extensions["phenotheque"].engines.write_session() as session:
        for table in (OutboxMessage, Notice, Subscription, AccountSession, Account):
            session.connection().execute(sa.delete(table))
    return app


class KeepingSender:
    """Takes every message, but those for which `refuse` (given how many were offered before) has a fault."""

    def __init__(self, refuse=lambda place: None):
        self.taken, self.offered, self.closed, self._refuse = [], 0, 0, refuse

    def send(self, outgoing):
        fault = self._refuse(self.offered)
        self.offered += 1
        if fault is not None:
            raise fault
        self.taken.append(outgoing)

    def close(self):
        self.closed += 1


def refusing(fate, code="outbox_put_off", reply="450"):
    """A sender that refuses everything so."""
    return KeepingSender(lambda _place: NotSent(fate, code, reply))


def senders(mail):
    """What `Post` takes in the place of the senders of the settings."""
    return lambda _settings: {MessageChannel.MAIL: mail, MessageChannel.SMS: NullSender()}


def later(runtime, **more):
    """The same site with its clock moved on from NOW."""
    moment = NOW + timedelta(**more)
    return replace(runtime, clock=lambda: moment)


def put_reader(session, login="reader", *, email="reader@example.org", roles=("searcher",), locale=None) -> Account:
    """An account with an address."""
    account = Account(
        login=login, display_name=login.title(), roles=list(roles), email=email, locale=locale, created_at=NOW,
        updated_at=NOW,
    )  # fmt: skip
    session.add(account)
    session.flush()
    return account


def put_news(session, account, *, topic=Topic.AVAILABILITY, scope=None, urgent=False, key=None, now=NOW) -> str:
    """News of a subscription of an account, their mail queued; the key by which the message is known."""
    subscription = Subscription(
        code=str(uuid.uuid4()), account_id=account.id, topic=topic, scope=scope or {}, created_at=now, created_by="test"
    )
    session.add(subscription)
    session.flush()
    notice = Notice(
        code=str(uuid.uuid4()), subscription_id=subscription.id, account_id=account.id, topic=topic,
        local_day=now.date(), made_at=now,
    )  # fmt: skip
    session.add(notice)
    session.flush()
    key = key or f"news:{notice.code}"
    params = {
        "topic": topic.value,
        "notice": notice.code,
        "summary_code": "outbox_round",
        "summary_params": {"sent": 3, "all": 4},
    }
    queue_message(session, account_id=account.id, kind="news", params=params, dedupe_key=key, urgent=urgent, now=now)
    return key


def messages(engines) -> dict[str, OutboxMessage]:
    """Every message by its key."""
    with engines.read_session() as session:
        return {one.dedupe_key: one for one in session.exec(select(OutboxMessage))}
