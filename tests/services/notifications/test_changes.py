"""Another attempt, an end, what is forgotten; a list that shows no address."""

from datetime import timedelta

import pytest
from sqlmodel import select

from domain.errors import NotFound, RefusedByRule
from domain.posting import Fate
from jobs.sending import Post
from models.account import Account
from models.audit import AuditEvent
from models.outbox import OutboxMessage, OutboxState
from services.notifications.changes import cancel_message, forget_messages, send_again
from services.notifications.listing import ORDER, count_states, count_unsent, list_messages, mask_address
from tests.conftest import NOW
from tests.mailing import KeepingSender, messages, put_news, put_reader, refusing, senders


def put(runtime, state=None, *, ended_at=None):
    with runtime.engines.write_session() as session:
        put_news(session, put_reader(session), key="key")
        message = session.exec(select(OutboxMessage)).one()
        message.state, message.ended_at = state or OutboxState.QUEUED, ended_at
        return message.id


@pytest.mark.parametrize("state", OutboxState)
def test_only_what_ended_unsent_goes_again_and_only_what_waits_is_cancelled(runtime, engines, state):
    message_id = put(runtime, state)
    for change, allowed in (
        (send_again, state in (OutboxState.FAILED, OutboxState.BOUNCED, OutboxState.CANCELLED)),
        (cancel_message, state is OutboxState.QUEUED),
    ):
        with engines.write_session() as session:
            if allowed:
                change(session, message_id, actor="admin", now=NOW)
                session.rollback()
            else:
                with pytest.raises(RefusedByRule):
                    change(session, message_id, actor="admin", now=NOW)
    assert messages(engines)["key"].state is state


def test_a_message_that_bounced_goes_again_with_its_identifier_and_its_address_is_tried_once_more(runtime, engines):
    message_id = put(runtime)
    Post(runtime, senders(refusing(Fate.ADDRESS, "outbox_address_unknown", "550 5.1.1"))).send_due(60)
    identifier = messages(engines)["key"].message_id
    with engines.write_session() as session:
        send_again(session, message_id, actor="admin", now=NOW)
    sender = KeepingSender()
    Post(runtime, senders(sender)).send_due(60)
    assert [one.mail["Message-ID"] for one in sender.taken] == [identifier]
    with engines.read_session() as session:
        assert session.exec(select(Account)).one().email_refused_at is None
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "message_sent_again")).one()
    assert (event.actor, event.subject_type, event.subject_key) == ("admin", "message", message_id)


def test_what_was_cancelled_does_not_leave(runtime, engines):
    message_id = put(runtime)
    with engines.write_session() as session:
        cancel_message(session, message_id, actor="admin", now=NOW)
    sender = KeepingSender()
    Post(runtime, senders(sender)).send_due(60)
    assert (sender.offered, messages(engines)["key"].error_code) == (0, "outbox_cancelled_by_person")


@pytest.mark.parametrize("change", [send_again, cancel_message])
def test_a_message_that_is_not_there_is_said(engines, change):
    with pytest.raises(NotFound), engines.write_session() as session:
        change(session, "no such", actor="admin", now=NOW)


def test_what_ended_long_ago_is_forgotten_and_what_waits_never(runtime, engines):
    with engines.write_session() as session:
        account = put_reader(session)
        for days, state in ((91, "sent"), (89, "sent"), (200, "failed"), (None, "queued")):
            put_news(session, account, key=f"{state}-{days}")
            message = session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == f"{state}-{days}")).one()
            message.state = OutboxState(state)
            message.ended_at = NOW - timedelta(days=days) if days else None
            message.created_at = NOW - timedelta(days=300)
    with engines.write_session() as session:
        assert forget_messages(session, now=NOW) == 2
    assert set(messages(engines)) == {"sent-89", "queued-None"}


def test_the_list_begins_with_what_failed_and_masks_addresses(runtime, engines):
    with engines.write_session() as session:
        account = put_reader(session, email="anne.martin@example.org")
        for state in OutboxState:
            put_news(session, account, key=state.value)
            session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == state.value)).one().state = state
    with engines.read_session() as session:
        rows, total = list_messages(session, limit=50)
        sent, sents = list_messages(session, state=OutboxState.SENT, limit=50)
        counts = count_states(session)
    assert ([row.state for row in rows], total) == (list(ORDER), 6)
    assert ([row.state for row in sent], sents) == ([OutboxState.SENT], 1)
    assert counts == dict.fromkeys(ORDER, 1)
    assert {row.address for row in rows} == {"a…@example.org"}
    assert "anne.martin" not in repr(rows)


def test_only_what_was_lost_lately_needs_somebody(runtime, engines):
    with engines.write_session() as session:
        account = put_reader(session)
        for n, (state, days) in enumerate(
            (("failed", 1), ("bounced", 6), ("failed", 8), ("cancelled", 1), ("sent", 1))
        ):
            put_news(session, account, key=str(n))
            message = session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == str(n))).one()
            message.state, message.ended_at = OutboxState(state), NOW - timedelta(days=days)
    with engines.read_session() as session:
        assert count_unsent(session, now=NOW) == 2


@pytest.mark.parametrize(("address", "masked"), [("a@b.fr", "a…@b.fr"), ("anne@b.fr", "a…@b.fr"), ("", ""), ("x", "")])
def test_a_mask_leaves_one_sign_and_the_domain(address, masked):
    assert mask_address(address) == masked
