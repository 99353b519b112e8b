"""The way of a message: when it leaves, to whom no more, how often it is tried, and what a refusal leaves behind."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from domain.posting import WAITS, Fate
from jobs.sending import Post
from models.account import Account
from models.audit import AuditEvent
from models.outbox import MessageChannel, OutboxMessage, OutboxState
from models.subscription import Subscription, Topic
from services.notifications.senders import NotSent
from tests.conftest import NOW
from tests.mailing import KeepingSender, later, messages, put_news, put_reader, refusing, senders

LONG = {"days": 40}


def send(runtime, sender=None, **moved):
    sender = sender or KeepingSender()
    return Post(later(runtime, **moved), senders(sender)).send_due(60), sender


def put(runtime, **more):
    with runtime.engines.write_session() as session:
        return put_news(session, put_reader(session), **more)


def account_of(engines, login="reader"):
    with engines.read_session() as session:
        return session.exec(select(Account).where(Account.login == login)).one()


def change(engines, **values):
    with engines.write_session() as session:
        account = session.exec(select(Account)).one()
        for name, value in values.items():
            setattr(account, name, value)


# --- sent once ------------------------------------------------------------------------------------------------------


def test_what_is_queued_is_sent_once_and_noted(runtime, engines):
    key = put(runtime)
    done, sender = send(runtime, minutes=1)
    again, _ = send(runtime, sender, minutes=2)
    [outgoing] = sender.taken
    message = messages(engines)[key]
    assert (done.states, again.states) == ({OutboxState.SENT: 1}, {})
    assert (outgoing.address, outgoing.mail["Message-ID"]) == ("reader@example.org", message.message_id)
    assert (message.state, message.attempts, message.ended_at) == (OutboxState.SENT, 1, NOW + timedelta(minutes=1))
    assert sender.closed == 1  # the second round had nothing to open a connection for


def test_urgent_messages_leave_first_then_those_due_for_longest(runtime, engines):
    with engines.write_session() as session:
        account = put_reader(session)
        keys = [put_news(session, account, key=f"k{n}", urgent=n == 2) for n in range(4)]
        for n, key in enumerate(keys):
            message = session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == key)).one()
            message.next_try_at = NOW - timedelta(minutes=n)
    _, sender = send(runtime)
    ids = {one.id: key for key, one in messages(engines).items()}
    assert [ids[one.id] for one in sender.taken] == ["k2", "k3", "k1", "k0"]


@pytest.mark.parametrize("hour", [5, 6, 18, 19, 23])
def test_in_quiet_hours_only_urgent_messages_leave(runtime, engines, hour):
    with engines.write_session() as session:
        account = put_reader(session)
        put_news(session, account, key="calm")
        put_news(session, account, key="urgent", urgent=True)
    moment = datetime(2026, 11, 23, hour, 30, tzinfo=UTC)  # an hour later in Paris
    sender = KeepingSender()
    Post(replace(runtime, clock=lambda: moment), senders(sender)).send_due(60)
    quiet = not 7 <= (hour + 1) % 24 < 20
    states = {key: one.state for key, one in messages(engines).items()}
    assert states == {"calm": OutboxState.QUEUED if quiet else OutboxState.SENT, "urgent": OutboxState.SENT}


def test_a_round_ends_with_its_budget_and_the_next_goes_on(runtime):
    with runtime.engines.write_session() as session:
        account = put_reader(session)
        for n in range(5):
            put_news(session, account, key=f"k{n}")
    sender = KeepingSender()
    post = Post(runtime, senders(sender))
    assert post.send_due(0).states == {}
    assert post.send_due(60).states == {OutboxState.SENT: 5}


def test_a_process_told_to_stop_ends_its_round_after_the_message_under_way(runtime, engines):
    with engines.write_session() as session:
        account = put_reader(session)
        for n in range(5):
            put_news(session, account, key=f"k{n}")
    sender = KeepingSender()
    done = Post(runtime, senders(sender), stopping=lambda: sender.offered == 2).send_due(60)
    assert done.states == {OutboxState.SENT: 2}
    assert Counter(one.state.value for one in messages(engines).values()) == {"sent": 2, "queued": 3}


def test_one_process_sends_at_a_time(runtime):
    put(runtime)
    inner = []

    class Nosy(KeepingSender):
        def send(self, outgoing):
            inner.append(Post(runtime, senders(KeepingSender())).send_due(60).states)
            super().send(outgoing)

    done, _ = send(runtime, Nosy())
    assert (inner, done.states) == ([{}], {OutboxState.SENT: 1})


# --- a process that died ----------------------------------------------------------------------------------------------


def test_what_a_dead_process_left_is_sent_again_under_the_same_identifier(runtime, engines):
    key = put(runtime)

    class Dying(KeepingSender):
        def send(self, outgoing):
            super().send(outgoing)
            raise KeyboardInterrupt  # after the server's yes, before the note

    dying = Dying()
    with pytest.raises(KeyboardInterrupt):
        send(runtime, dying)
    assert messages(engines)[key].state is OutboxState.SENDING
    _, sender = send(runtime, minutes=1)
    assert [one.mail["Message-ID"] for one in sender.taken] == [one.mail["Message-ID"] for one in dying.taken]
    assert (messages(engines)[key].state, messages(engines)[key].attempts) == (OutboxState.SENT, 2)


def test_a_message_that_each_time_takes_its_process_with_it_is_given_up(runtime, engines):
    key = put(runtime)
    with engines.write_session() as session:
        message = session.exec(select(OutboxMessage)).one()
        message.state, message.attempts = OutboxState.SENDING, len(WAITS) + 1
    _, sender = send(runtime)
    assert sender.taken == []
    assert (messages(engines)[key].state, messages(engines)[key].error_code) == (
        OutboxState.FAILED,
        "outbox_interrupted",
    )


# --- refusals -------------------------------------------------------------------------------------------------------


def test_a_passing_refusal_is_tried_again_after_longer_and_longer_waits_then_given_up(runtime, engines):
    key, minutes, rests = put(runtime, urgent=True), 0.0, []
    for attempt in range(1, len(WAITS) + 2):
        send(runtime, refusing(Fate.LATER), minutes=minutes)
        message = messages(engines)[key]
        assert message.attempts == attempt
        assert (message.error_code, message.reply) == ("outbox_put_off", "450")
        if message.state is OutboxState.QUEUED:
            rests.append(message.next_try_at - (NOW + timedelta(minutes=minutes)))
            minutes = (message.next_try_at - NOW) / timedelta(minutes=1)
            assert send(runtime, minutes=minutes - 0.1)[1].offered == 0
    assert (message.state, len(rests)) == (OutboxState.FAILED, len(WAITS))
    assert all(wait <= rest <= wait * 1.2 for wait, rest in zip(WAITS, rests, strict=True))
    assert send(runtime, **LONG)[1].offered == 0


def test_one_refused_recipient_does_not_hold_the_others_back_and_is_not_written_to_again(runtime, engines):
    with engines.write_session() as session:
        for n in range(3):
            put_news(session, put_reader(session, f"r{n}", email=f"r{n}@example.org"), key=f"k{n}")
        put_news(session, session.exec(select(Account).where(Account.login == "r1")).one(), key="next")
        middle = session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == "k1")).one().id

    class OneBadBox(KeepingSender):
        def send(self, outgoing):
            if outgoing.id == middle:
                raise NotSent(Fate.ADDRESS, "outbox_address_unknown", "550 5.1.1")
            super().send(outgoing)

    with engines.write_session() as session:  # its first message leaves before the other to the same box
        session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == "next")).one().next_try_at = (
            NOW + timedelta(hours=1)
        )
    send(runtime, OneBadBox())
    _, sender = send(runtime, hours=2)
    found = {key: (one.state.value, one.error_code) for key, one in messages(engines).items()}
    assert found == {
        "k0": ("sent", None),
        "k1": ("bounced", "outbox_address_unknown"),
        "k2": ("sent", None),
        "next": ("cancelled", "outbox_address_refused"),
    }
    assert (sender.offered, account_of(engines, "r1").email_refused_at) == (0, NOW)
    with engines.read_session() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "email_refused")).one()
    assert (event.subject_key, event.details["reply"]) == ("r1", "550 5.1.1")
    assert "example.org" not in repr(event.details)


def test_an_address_changed_while_its_mail_was_on_the_way_is_not_marked(runtime, engines):
    put(runtime)

    class Slow(KeepingSender):
        def send(self, _outgoing):
            change(engines, email="new@example.org")
            raise NotSent(Fate.ADDRESS, "outbox_address_unknown", "550 5.1.1")

    send(runtime, Slow())
    assert account_of(engines).email_refused_at is None


def test_a_refused_message_ends_without_a_word_on_the_address(runtime, engines):
    key = put(runtime)
    send(runtime, refusing(Fate.MESSAGE, "outbox_message_refused", "554"))
    assert messages(engines)[key].state is OutboxState.FAILED
    assert account_of(engines).email_refused_at is None


def test_where_the_server_fails_the_round_ends_and_the_other_messages_keep_their_attempts(runtime, engines):
    with engines.write_session() as session:
        account = put_reader(session)
        for n in range(4):
            put_news(session, account, key=f"k{n}")
    sender = refusing(Fate.SERVER, "outbox_server_away", "")
    post = Post(runtime, senders(sender))
    done = post.send_due(60)
    assert (done.fault.code, sender.offered) == ("outbox_server_away", 1)
    assert sorted(one.attempts for one in messages(engines).values()) == [0, 0, 0, 1]
    assert (post.send_due(60).states, sender.offered) == ({}, 1)  # the server rests
    assert Post(runtime, senders(KeepingSender())).send_due(60).states == {OutboxState.SENT: 3}


def test_a_failure_nobody_foresaw_is_one_of_the_message_and_told_by_its_type(runtime, engines):
    key = put(runtime)
    done, _ = send(runtime, KeepingSender(lambda _place: RuntimeError("reader@example.org")))
    message = messages(engines)[key]
    assert done.states == {OutboxState.QUEUED: 1}
    assert (message.error_code, message.reply) == ("outbox_unforeseen", "RuntimeError")


def test_a_site_without_a_sender_cancels_and_says_so(runtime, engines):
    key = put(runtime)
    done = Post(runtime).send_due(60)
    assert done.states == {OutboxState.CANCELLED: 1}
    assert messages(engines)[key].error_code == "outbox_sender_off"


def test_an_sms_has_a_sender_that_sends_none(runtime, engines):
    key = put(runtime)
    with engines.write_session() as session:
        session.exec(select(OutboxMessage)).one().channel = MessageChannel.SMS
    _, sender = send(runtime)
    assert (sender.offered, messages(engines)[key].error_code) == (0, "outbox_sender_off")


# --- not theirs to know any more --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"active": False}, "outbox_account_closed"),
        ({"roles": []}, "outbox_right_lost"),
        ({"roles": ["administrator"]}, "outbox_right_lost"),
        ({"email": None}, "outbox_no_address"),
        ({"email_refused_at": NOW}, "outbox_address_refused"),
    ],
)
def test_who_may_not_know_it_any_more_gets_nothing(runtime, engines, values, code):
    key = put(runtime)
    change(engines, **values)
    _, sender = send(runtime)
    message = messages(engines)[key]
    assert (sender.offered, message.state, message.error_code) == (0, OutboxState.CANCELLED, code)
    assert message.attempts == 0


@pytest.mark.parametrize(
    ("topic", "scope", "role", "sent"),
    [
        (Topic.STANDING_SEARCHES, {}, "searcher", True),
        (Topic.STANDING_SEARCHES, {}, "coordinator", False),
        (Topic.AVAILABILITY, {}, "coordinator", True),
        (Topic.AVAILABILITY, {"region": "Bretagne"}, "coordinator", True),
        (Topic.AVAILABILITY, {"patient": 7}, "coordinator", False),
        (Topic.AVAILABILITY, {"patient": 7}, "laboratory", True),
        (Topic.RECALLS, {}, "coordinator", True),
        (Topic.RECALLS, {}, "administrator", False),
        (Topic.JOB_FAILURES, {}, "administrator", True),
        (Topic.JOB_FAILURES, {}, "scientist", False),
        (Topic.AVAILABILITY, {}, "reader", False),
    ],
)
def test_each_topic_asks_for_its_own_right_when_the_message_leaves(runtime, topic, scope, role, sent):
    with runtime.engines.write_session() as session:
        put_news(session, put_reader(session, roles=(role,)), topic=topic, scope=scope)
    assert len(send(runtime)[1].taken) == sent


def test_news_of_a_subscription_that_ended_do_not_leave(runtime, engines):
    key = put(runtime)
    with engines.write_session() as session:
        session.exec(select(Subscription)).one().ended_at = NOW + timedelta(hours=1)
    assert send(runtime)[1].offered == 0
    assert messages(engines)[key].error_code == "outbox_subscription_ended"


def test_the_news_that_a_subscription_ended_do_leave(runtime, engines):
    put(runtime)
    with engines.write_session() as session:
        session.exec(select(Subscription)).one().ended_at = NOW  # the very moment at which they were made
    assert len(send(runtime)[1].taken) == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [({"kind": "later_kind"}, "outbox_kind_unknown"), ({"params": {"topic": "x"}}, "outbox_unspeakable")],
)
def test_a_message_this_program_cannot_say_fails_and_the_next_is_sent(runtime, engines, values, code):
    with engines.write_session() as session:
        account = put_reader(session)
        put_news(session, account, key="strange")
        put_news(session, account, key="plain")
        strange = session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == "strange")).one()
        for name, value in values.items():
            setattr(strange, name, {**strange.params, **value} if name == "params" else value)
    send(runtime)
    found = messages(engines)
    assert (found["strange"].state, found["strange"].error_code) == (OutboxState.FAILED, code)
    assert found["plain"].state is OutboxState.SENT
