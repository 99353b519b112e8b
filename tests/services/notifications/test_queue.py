"""A message is queued with its fact, once for the same news and person, and never with a person's data."""

import uuid

import pytest
import sqlalchemy as sa

from domain.errors import UnusableInput
from models.outbox import OutboxState
from models.subscription import Topic
from services.accounts.emails import checked_email
from services.notifications.kinds import KINDS
from services.notifications.queue import queue_message
from services.wording.catalogue import messages as sentences
from tests.conftest import NOW
from tests.mailing import messages, put_news, put_reader

NEWS = {"topic": "availability", "notice": "n", "summary_code": "outbox_round", "summary_params": {"sent": 3, "all": 4}}


def queue(session, account_id, **changed):
    terms = {"kind": "news", "params": NEWS, "dedupe_key": "key", "urgent": False, "now": NOW, **changed}
    queue_message(session, account_id=account_id, **terms)


def test_a_fact_that_is_rolled_back_is_told_to_nobody(engines):
    with engines.write_session() as session:
        account = put_reader(session)
    with engines.write_session() as session:
        queue(session, account.id)
        session.rollback()
    assert messages(engines) == {}


def test_the_same_news_to_the_same_person_is_one_message(engines):
    with engines.write_session() as session:
        one, other = put_reader(session), put_reader(session, "other")
        queue(session, one.id)
        queue(session, other.id)
    with engines.write_session() as session:
        queue(session, one.id, urgent=True)
        assert session.connection().scalar(sa.text("SELECT count(*) FROM outbox_message")) == 2


@pytest.mark.parametrize(
    ("email", "refused_at", "code"),
    [(None, None, "outbox_no_address"), ("a@example.org", NOW, "outbox_address_refused")],
)
def test_without_a_usable_address_the_row_says_so_and_nothing_waits(engines, email, refused_at, code):
    with engines.write_session() as session:
        account = put_reader(session, email=email)
        account.email_refused_at = refused_at
        queue(session, account.id)
    message = messages(engines)["key"]
    assert (message.state, message.error_code, message.ended_at) == (OutboxState.CANCELLED, code, NOW)


@pytest.mark.parametrize("value", ["P0042", "Anne Martin", "2026-11-22 Anne", None, ["D000042"]])
def test_news_that_name_somebody_are_not_queued(engines, value):
    params = {**NEWS, "summary_params": {"count": 3, "who": value}}
    with pytest.raises(ValueError, match="counts and days alone: who"), engines.write_session() as session:
        queue(session, put_reader(session).id, params=params)
    assert messages(engines) == {}


def test_a_day_may_stand_in_news(engines):
    with engines.write_session() as session:
        queue(session, put_reader(session).id, params={**NEWS, "summary_params": {"count": 3, "on": "2026-11-22"}})
    assert messages(engines)["key"].state is OutboxState.QUEUED


def test_a_kind_that_is_not_known_is_not_queued(engines):
    with pytest.raises(KeyError), engines.write_session() as session:
        queue(session, put_reader(session).id, kind="gossip")


def test_every_topic_has_a_subject():
    subjects = [KINDS["news"].say({**NEWS, "topic": topic.value}).subject.code for topic in Topic]
    assert [code for code in [*subjects, "mail.address_set", "mail.address_set.body"] if code not in sentences()] == []


def test_the_database_holds_no_address_and_no_counts_in_clear(engines):
    with engines.write_session() as session:
        put_news(session, put_reader(session, email="anne.martin@example.org"))
    with engines.read_session() as session:
        rows = session.connection().execute(sa.text("SELECT * FROM account, outbox_message")).all()
    text = repr(rows)
    assert len(rows) == 1
    assert "anne.martin" not in text
    assert "summary_params" not in text


@pytest.mark.parametrize(
    ("text", "kept"),
    [("", None), ("  ", None), (" Anne@Hôpital.FR ", "Anne@xn--hpital-ixa.fr"), ("a.b+c@d-e.org", "a.b+c@d-e.org")],
)
def test_an_address_is_kept_as_servers_write_it(text, kept):
    assert checked_email(text) == kept


@pytest.mark.parametrize(
    "text",
    ["anne", "anne@", "@c.fr", "a b@c.fr", "anne@@c.fr", "é@c.fr", "a@c.fr, b@c.fr", "a@c.fr\r\nBcc: b@c.fr", "a@localhost",
     "Anne <a@c.fr>", f"{'x' * 300}@c.fr", "a@\x00.fr"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text):
    with pytest.raises(UnusableInput, match="email_unusable"):
        checked_email(text)


def test_ids_are_uuids(engines):
    with engines.write_session() as session:
        put_news(session, put_reader(session), key="k")
    assert uuid.UUID(messages(engines)["k"].id).version == 4
