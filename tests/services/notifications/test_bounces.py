"""Delivery reports (RFC 3464): which mark a message and its address, and what is no report."""

import pytest
from sqlmodel import select

from domain.errors import NotFound, UnusableInput
from jobs.sending import Post
from models.account import Account
from models.outbox import OutboxState
from services.notifications.bounces import record_bounce
from tests.conftest import NOW
from tests.mailing import KeepingSender, messages, put_news, put_reader, senders

REPORT = """\
From: MAILER-DAEMON@mail.example.org
To: phenotheque@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <report-1@mail.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="border"

--border
Content-Type: text/plain

It could not be delivered.

--border
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
Arrival-Date: Sun, 22 Nov 2026 09:30:00 +0000

Final-Recipient: rfc822; reader@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} said so

--border
Content-Type: {returned}

From: phenotheque@example.org
Message-ID: {identifier}
Subject: News

--border--
"""


@pytest.fixture
def sent(runtime, engines):
    with engines.write_session() as session:
        put_news(session, put_reader(session), key="key")
    Post(runtime, senders(KeepingSender())).send_due(60)
    return messages(engines)["key"].message_id


def report(identifier, action="failed", status="5.1.1", returned="text/rfc822-headers"):
    return REPORT.format(identifier=identifier, action=action, status=status, returned=returned).encode()


def take(engines, content):
    with engines.write_session() as session:
        return record_bounce(session, content, now=NOW)


def refused_at(engines):
    with engines.read_session() as session:
        return session.exec(select(Account)).one().email_refused_at


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_permanent_failure_marks_the_message_and_its_address(engines, sent, returned):
    assert take(engines, report(sent, returned=returned)) is OutboxState.BOUNCED
    message = messages(engines)["key"]
    assert (message.state, message.error_code, message.reply) == (OutboxState.BOUNCED, "outbox_came_back", "5.1.1")
    assert refused_at(engines) == NOW
    assert take(engines, report(sent)) is OutboxState.BOUNCED  # the same report again


@pytest.mark.parametrize(("status", "marked"), [("5.2.1", True), ("5.2.2", False), ("5.7.1", False)])
def test_a_full_box_or_a_policy_does_not_condemn_the_address(engines, sent, status, marked):
    assert take(engines, report(sent, status=status)) is OutboxState.BOUNCED
    assert (refused_at(engines) is not None) is marked


@pytest.mark.parametrize(
    ("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("failed", "4.4.7"), ("failed", "odd")]
)
def test_what_is_no_failure_for_good_changes_nothing(engines, sent, action, status):
    assert take(engines, report(sent, action, status)) is OutboxState.SENT
    assert refused_at(engines) is None


def test_an_address_changed_meanwhile_is_not_marked(engines, sent):
    with engines.write_session() as session:
        session.exec(select(Account)).one().email = "new@example.org"
    assert take(engines, report(sent)) is OutboxState.BOUNCED
    assert refused_at(engines) is None


def test_a_report_about_another_message_is_said(engines, sent):
    with pytest.raises(NotFound):
        take(engines, report("<other@example.org>"))


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00", b"Subject: hello\n\nI am on holiday", report("<x@y>").split(b"--border\n")[0]]
)
def test_what_is_no_report_is_refused(engines, content):
    with pytest.raises(UnusableInput):
        take(engines, content)
