"""`flask mail`: the outbox from the command line, one round, one mail to try the settings, and a delivery report."""

import json

import pytest
from sqlmodel import select

import commands.mail
import jobs.sending
from domain.posting import Fate
from models.outbox import OutboxMessage, OutboxState
from services.notifications.senders import ConsoleSender
from tests.conftest import close
from tests.mailing import KeepingSender, emptied, make_site, messages, put_news, put_reader, refusing, senders


@pytest.fixture(scope="module")
def made(tmp_path_factory, migrated_sqlite):
    app = make_site(tmp_path_factory.mktemp("mail"), migrated_sqlite)
    yield app
    close(app)


@pytest.fixture
def app(made):
    """One site for the module, emptied before each test."""
    return emptied(made)


@pytest.fixture
def queued(app, engines):
    with engines.write_session() as session:
        put_news(session, put_reader(session), key="key", urgent=True)


def answer(runner, *words):
    done = runner.invoke(args=["mail", *words, "--format", "json"])
    return done.exit_code, json.loads(done.stdout) if done.stdout else done.stderr


def with_sender(monkeypatch, sender):
    for module in (commands.mail, jobs.sending):
        monkeypatch.setattr(module, "senders_of", senders(sender))
    return sender


def test_an_empty_outbox_is_said(runner):
    assert "No message stands here." in runner.invoke(args=["mail", "list"]).stdout


def test_messages_are_listed_with_masked_addresses(runner, queued):
    code, told = answer(runner, "list")
    assert (code, told["total"], told["states"]["queued"]) == (0, 1, 1)
    assert (told["messages"][0]["address"], told["messages"][0]["topic"]) == ("r…@example.org", "availability")
    shown = runner.invoke(args=["mail", "list", "--state", "queued"]).stdout
    assert all(words in shown for words in ("Availability of donors", "waits", "reader"))
    assert answer(runner, "list", "--state", "sent")[1]["messages"] == []


def test_a_round_sends_what_is_due(runner, queued, engines, monkeypatch):
    sender = with_sender(monkeypatch, KeepingSender())
    assert answer(runner, "send") == (0, {"states": {"sent": 1}, "fault": None})
    assert (len(sender.taken), messages(engines)["key"].state) == (1, OutboxState.SENT)
    assert runner.invoke(args=["mail", "send"]).stdout.strip() == "Sent: 0 of 0."


def test_a_server_that_fails_is_said_with_exit_code_1(runner, queued, monkeypatch):
    with_sender(monkeypatch, refusing(Fate.SERVER, "outbox_login_refused", "535"))
    code, told = answer(runner, "send")
    assert (code, told["fault"]) == (1, {"code": "outbox_login_refused", "reply": "535"})


def test_one_mail_tries_the_settings(runner, engines, monkeypatch):
    sender = with_sender(monkeypatch, KeepingSender())
    assert answer(runner, "test", "anne@example.org") == (0, {"sent": True, "code": None, "reply": ""})
    assert sender.taken[0].mail["Subject"] == "The registry can send mail"
    assert messages(engines) == {}


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("anne@example.org", 1, "This site sends no such messages (setting mail_sender)."),
        ("anne", 2, "This is no e-mail address"),
        ("", 2, "This is no e-mail address"),
    ],
)
def test_a_test_that_cannot_be_says_why(runner, address, code, words):
    done = runner.invoke(args=["mail", "test", address])
    assert (done.exit_code, done.stderr.strip().split(":")[0]) == (code, words)


def test_the_console_shows_headers_and_words(capsys, monkeypatch, runner):
    import sys

    with_sender(monkeypatch, ConsoleSender(sys.stderr))
    done = runner.invoke(args=["mail", "test", "anne@example.org"])
    text = capsys.readouterr().err + done.stderr
    assert "Subject: The registry can send mail" in text
    assert "Somebody tried the settings of the site with this message." in text


@pytest.mark.parametrize(("content", "code"), [(b"Subject: no report\n\nhello", 2), (b"", 2), (b"x" * 10_000_001, 2)])
def test_what_is_no_report_is_said(runner, content, code):
    done = runner.invoke(args=["mail", "bounce"], input=content)
    assert (done.exit_code, "no delivery report" in done.stderr) == (code, True)


def test_a_report_marks_its_message(runner, queued, engines, monkeypatch):
    with_sender(monkeypatch, KeepingSender())
    runner.invoke(args=["mail", "send"])
    with engines.read_session() as session:
        identifier = session.exec(select(OutboxMessage.message_id)).one()
    report = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {identifier}\n\n--b--\n"
    )
    done = runner.invoke(args=["mail", "bounce", "--format", "json"], input=report.encode())
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"state": "bounced"})
    assert messages(engines)["key"].state is OutboxState.BOUNCED
