"""Mail to a real server on this machine: taken, refused, slow, away, with TLS and without."""

import shutil
import smtplib
import socket
from time import monotonic

import pytest

from domain.posting import Fate
from services.notifications.kinds import KINDS
from services.notifications.rendering import Envelope, Letterhead, mail_of
from services.notifications.senders import NotSent, Outgoing
from services.notifications.smtp import MailServer, SmtpSender
from tests.conftest import NOW
from tests.smtp_server import CONNECT, Box, mail_server, make_certificate, tls_context

LETTERHEAD = Letterhead("phenotheque@example.org", "https://registry.example.org")
TO = "reader@example.org"


@pytest.fixture(autouse=True)
def mail_on_this_machine(monkeypatch):
    monkeypatch.setattr(smtplib.SMTP, "connect", CONNECT)


@pytest.fixture
def box():
    return Box()


@pytest.fixture
def server(box):
    with mail_server(box) as port:
        yield port


def to(port, **changed):
    terms = {
        "host": "127.0.0.1", "port": port, "security": "none", "login": "", "password": "",
        "sender": "phenotheque@example.org", "timeout_seconds": 5, **changed,
    }  # fmt: skip
    return SmtpSender(MailServer(**terms), monotonic)


def a_mail(n=0, address=TO):
    envelope = Envelope(address, "fr", f"<{n}@example.org>", NOW)
    return Outgoing(str(n), address, mail_of(KINDS["address_set"].say({}), LETTERHEAD, envelope))


def fault_of(sender, outgoing=None):
    with pytest.raises(NotSent) as caught:
        sender.send(outgoing or a_mail())
    return caught.value.fate, caught.value.code, caught.value.reply


def test_mails_are_taken_over_one_connection_with_their_accents(server, box):
    sender = to(server)
    for n in range(3):
        sender.send(a_mail(n))
    sender.close()
    assert [mail["Message-ID"] for _, mail in box.mails] == ["<0@example.org>", "<1@example.org>", "<2@example.org>"]
    recipients, mail = box.mails[0]
    assert recipients == [TO]
    assert (mail["From"].addresses[0].display_name, mail["Subject"]) == (
        "Phénothèque", "Cette adresse reçoit les nouvelles du registre",
    )  # fmt: skip
    assert "prévenez votre administrateur" in mail.get_body(("plain",)).get_content()
    assert '<a href="https://registry.example.org/account">' in mail.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    ("command", "answer", "fault"),
    [
        ("RCPT", "550 5.1.1 <reader@example.org> no such box", (Fate.ADDRESS, "outbox_address_unknown", "550 5.1.1")),
        ("RCPT", "450 4.2.0 greylisted", (Fate.LATER, "outbox_put_off", "450 4.2.0")),
        ("RCPT", "550 5.7.1 relaying denied", (Fate.SERVER, "outbox_server_refuses", "550 5.7.1")),
        ("MAIL", "553 5.1.8 who are you", (Fate.SERVER, "outbox_server_refuses", "553 5.1.8")),
        ("DATA", "554 5.6.0 spam", (Fate.MESSAGE, "outbox_message_refused", "554 5.6.0")),
        ("DATA", "451 later", (Fate.LATER, "outbox_put_off", "451")),
        ("DATA", "421 4.3.2 going down", (Fate.SERVER, "outbox_server_refuses", "421 4.3.2")),
    ],
)
def test_a_refusal_is_told_by_its_numbers_and_the_next_mail_is_taken(server, box, command, answer, fault):
    sender = to(server)
    box.answers[command] = answer
    assert fault_of(sender) == fault
    box.answers.clear()
    sender.send(a_mail(1))
    sender.close()
    assert [mail["Message-ID"] for _, mail in box.mails] == ["<1@example.org>"]


def test_of_two_recipients_the_refused_one_holds_nobody_back(server, box):
    box.answers["RCPT", "gone@example.org"] = "550 5.1.1 unknown"
    sender = to(server)
    assert fault_of(sender, a_mail(address="gone@example.org"))[0] is Fate.ADDRESS
    sender.send(a_mail(1))
    sender.close()
    assert [recipients for recipients, _ in box.mails] == [[TO]]


def test_a_server_that_is_away_fails_as_a_whole():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    assert fault_of(to(port)) == (Fate.SERVER, "outbox_server_away", "")


@pytest.mark.parametrize("command", ["MAIL", "DATA"])
def test_a_slow_server_is_waited_for_no_longer_than_the_settings_say(server, box, command):
    box.waits[command] = 1.5
    begun = monotonic()
    assert fault_of(to(server, timeout_seconds=0.3)) == (Fate.SERVER, "outbox_server_slow", "")
    assert monotonic() - begun < 1.2


def test_a_server_that_never_greets_is_slow():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert fault_of(to(silent.getsockname()[1], timeout_seconds=0.3))[1] == "outbox_server_slow"


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"security": "starttls"}, "outbox_server_lacks"), ({"login": "me", "password": "x"}, "outbox_server_lacks")],
)
def test_a_server_without_the_tls_or_login_of_the_settings_gets_nothing(server, box, changed, code):
    assert fault_of(to(server, **changed)) == (Fate.SERVER, code, "")
    assert "MAIL" not in box.seen


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_tls_is_used_where_it_is_trusted_and_nothing_goes_where_it_is_not(box, tmp_path, monkeypatch):
    key, certificate = make_certificate(tmp_path)
    with mail_server(box, tls_context=tls_context(key, certificate), require_starttls=True) as port:
        assert fault_of(to(port, security="starttls")) == (Fate.SERVER, "outbox_tls_failed", "")
        assert fault_of(to(port))[0] is Fate.SERVER  # it wants TLS first
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        sender = to(port, security="starttls")
        sender.send(a_mail())
        sender.close()
    assert len(box.mails) == 1
    with mail_server(box, ssl_context=tls_context(key, certificate)) as port:
        sender = to(port, security="ssl")
        sender.send(a_mail(1))
        sender.close()
    assert len(box.mails) == 2


def test_a_password_that_is_refused_is_told_as_such_and_stands_in_no_text(box):
    with mail_server(box, authenticator=lambda *_: _refusal(), auth_require_tls=False) as port:
        sender = to(port, login="me", password="a long secret")
        assert fault_of(sender)[:2] == (Fate.SERVER, "outbox_login_refused")
        assert "a long secret" not in repr(sender._server)


def _refusal():
    from aiosmtpd.smtp import AuthResult

    return AuthResult(success=False, handled=False)
