"""The jobs process and a real mail server: nothing lost when it is killed, and other work goes on when mail cannot."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import func, select

from config import system_clock
from jobs.sending import Post
from models.outbox import OutboxMessage, OutboxState
from services.job_list import list_requests
from services.jobs import ask_for_job
from tests.jobs.test_process import ROOT, until
from tests.mailing import KeepingSender, put_news, put_reader, senders
from tests.smtp_server import Box, mail_server, make_certificate, tls_context

MAILS = 1_000


class Site:
    """An instance whose jobs process sends to a server on this machine."""

    def __init__(self, app):
        runtime = app.extensions["phenotheque"]
        self.settings, self.engines = runtime.settings, runtime.engines
        self.now = system_clock  # that of the processes: mail of the tests' own date would be too old to leave

    @contextmanager
    def process(self, port, **more):
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs"],
            cwd=ROOT,
            env=self.variables(port, **more),
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def variables(self, port, **more):
        given = {
            "instance_path": self.settings.instance_path, "database_url": self.settings.database_url, "locale": "en",
            "mail_sender": "smtp", "mail_host": "127.0.0.1", "mail_port": port, "mail_security": "none",
            "mail_from": "phenotheque@example.org", "mail_timeout_seconds": 2, **more,
        }  # fmt: skip
        return {**os.environ, **{f"PHENOTHEQUE_{name.upper()}": str(value) for name, value in given.items()}}

    def queue(self, count: int, *, box="reader@example.org") -> None:
        with self.engines.write_session() as session:
            account = put_reader(session, box, email=box)
            for _ in range(count):
                put_news(session, account, urgent=True, now=self.now())

    def states(self) -> Counter:
        with self.engines.read_session() as session:
            query = select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
            return Counter({state.value: count for state, count in session.exec(query)})

    def identifiers(self) -> Counter:
        with self.engines.read_session() as session:
            return Counter(session.exec(select(OutboxMessage.message_id)).all())

    def errors(self) -> set:
        with self.engines.read_session() as session:
            return set(session.exec(select(OutboxMessage.error_code)).all()) - {None}


def taken(box) -> Counter:
    return Counter(mail["Message-ID"] for _, mail in box.mails)


@pytest.fixture
def box():
    return Box()


@pytest.fixture
def site(database_url, app_on):
    return Site(app_on(database_url))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_mails_arrive_though_the_process_is_killed_twice(site, box):
    site.queue(MAILS)
    with mail_server(box) as port:
        for part in (MAILS // 4, MAILS // 2):
            with site.process(port) as process:
                until(lambda part=part: len(box.mails) >= part, f"{part} mails")
                process.kill()
                process.wait()
            assert site.states()["sent"] < MAILS
        with site.process(port):
            until(lambda: site.states() == {"sent": MAILS}, "the rest")
    arrived = taken(box)
    assert arrived.keys() == site.identifiers().keys()
    assert len(arrived) == MAILS
    twice = sum(count - 1 for count in arrived.values())
    assert twice <= 2, "more came twice than the process was killed"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_mail_that_the_server_took_before_the_process_died_comes_again_under_its_identifier(site, box):
    box.waits["DATA"] = 1.0
    site.queue(1)
    with mail_server(box) as port:
        with site.process(port) as process:
            until(lambda: box.mails, "the mail at the server")
            process.kill()
            process.wait()
        assert site.states() == {"sending": 1}
        box.waits.clear()
        with site.process(port):
            until(lambda: site.states() == {"sent": 1}, "the second way")
    [identifier] = site.identifiers()
    assert taken(box) == {identifier: 2}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", ["down", "slow"])
def test_other_work_goes_on_while_the_server_is_down_or_slow_and_mail_follows(site, box, fault):
    site.queue(20)
    with mail_server(box) as port:
        pass  # now nobody listens there
    if fault == "slow":
        box.waits["MAIL"] = 30
    with site.engines.write_session() as session:
        ask_for_job(session, kind="no.such.kind", params={}, actor="test", now=site.now())
    with listening(fault, box, port), site.process(port):
        begun = time.monotonic()
        until(lambda: job_ended(site), "the request")
        assert time.monotonic() - begun < 30
        until(lambda: site.errors(), "a word on the server")
    assert site.errors() == {"outbox_server_away" if fault == "down" else "outbox_server_slow"}
    assert site.states() == {"queued": 20}
    with site.engines.read_session() as session:
        assert sorted(session.exec(select(OutboxMessage.attempts)).all()) == [0] * 19 + [1]
    box.waits.clear()
    with mail_server(box, port=port), site.process(port):
        until(lambda: site.states()["sent"] == 19, "all but the one that rests")


@contextmanager
def listening(fault, box, port):
    if fault == "down":
        yield
    else:
        with mail_server(box, port=port):
            yield


def job_ended(site) -> bool:
    with site.engines.read_session() as session:
        return list_requests(session, limit=1)[0][0].finished_at is not None


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_one_refused_recipient_bounces_and_the_others_are_sent(site, box):
    box.answers["RCPT", "gone@example.org"] = "550 5.1.1 no such box"
    for address in ("a@example.org", "gone@example.org", "z@example.org"):
        site.queue(3, box=address)
    with mail_server(box) as port, site.process(port):
        until(lambda: not site.states()["queued"] and not site.states()["sending"], "the end of the queue")
    assert site.states() == {"sent": 6, "bounced": 1, "cancelled": 2}
    assert site.errors() == {"outbox_address_unknown", "outbox_address_refused"}
    assert box.seen.count("RCPT") == 7  # the refused address was tried once


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_of_two_processes_and_a_command_each_mail_is_sent_once(site, box):
    site.queue(200)
    with mail_server(box) as port, site.process(port), site.process(port):
        until(lambda: len(box.mails) > 10, "the first mails")
        command = [sys.executable, "-m", "flask", "mail", "send", "--format", "json"]
        done = subprocess.run(
            command, cwd=ROOT, env=site.variables(port), capture_output=True, text=True, timeout=120, check=False
        )
        assert (done.returncode, json.loads(done.stdout)["fault"]) == (0, None)
        until(lambda: site.states() == {"sent": 200}, "all of them")
    assert set(taken(box).values()) == {1}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_over_tls_to_an_authority_of_ones_own_and_to_no_other(site, box, tmp_path):
    key, certificate = make_certificate(tmp_path)
    site.queue(3)
    with mail_server(box, tls_context=tls_context(key, certificate), require_starttls=True) as port:
        with site.process(port, mail_security="starttls"):
            until(lambda: site.errors() == {"outbox_tls_failed"}, "a word on the certificate")
        assert box.mails == []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(certificate))
            with site.process(port, mail_security="starttls"):
                until(lambda: site.states()["sent"] == 2, "all but the one that rests")


def test_the_database_away_ends_neither_a_round_nor_a_message(site, box):
    """Between the server's yes and the note of it: the next round sends it again, under the same identifier."""
    site.queue(1)
    lost = OperationalError("UPDATE", {}, Exception("disk I/O error"))
    first = KeepingSender(lambda _place: None)
    engines = Losing(site.engines, lost, at=3)
    runtime = RuntimeLike(site.settings, engines, site.now)
    with pytest.raises(OperationalError):
        Post(runtime, senders(first)).send_due(60)
    assert site.states() == {"sending": 1}
    assert Post(RuntimeLike(site.settings, site.engines, site.now), senders(first)).send_due(60).states == {
        OutboxState.SENT: 1
    }
    assert len(first.taken) == 2
    assert len({one.mail["Message-ID"] for one in first.taken}) == 1


class Losing:
    """Engines that fail at the writing session of a number: 1 takes back, 2 claims, 3 notes."""

    def __init__(self, engines, error, *, at):
        self._engines, self._error, self._at, self._count = engines, error, at, 0
        self.write, self.read_session = engines.write, engines.read_session

    @contextmanager
    def write_session(self):
        self._count += 1
        if self._count == self._at:
            raise self._error
        with self._engines.write_session() as session:
            yield session


class RuntimeLike:
    """What sending needs of a runtime."""

    def __init__(self, settings, engines, now):
        self.settings, self.engines, self.now = settings, engines, now
