"""A real mail server on this machine (aiosmtpd), which can refuse, be slow, want TLS, and keeps what it took."""

import asyncio
import smtplib
import ssl
import subprocess
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP

CONNECT = smtplib.SMTP.connect  # as it was before a test forbade real mail


class Box:
    """Keeps every mail; `answers` gives another answer at a command, `waits` seconds before it."""

    def __init__(self):
        self.mails, self.answers, self.waits, self.seen = [], {}, {}, []

    def _planned(self, command, usual, address=""):
        return self.answers.get((command, address)) or self.answers.get(command) or usual

    async def _answer(self, command, answer):
        self.seen.append(command)
        await asyncio.sleep(self.waits.get(command, 0))
        return answer

    async def handle_MAIL(self, _server, _session, envelope, address, options):  # noqa: N802 - named by aiosmtpd
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._answer("MAIL", self._planned("MAIL", "250 ok"))

    async def handle_RCPT(self, _server, _session, envelope, address, options):  # noqa: N802
        answer = self._planned("RCPT", "250 ok", address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return await self._answer("RCPT", answer)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        answer = self._planned("DATA", "250 taken")
        if answer.startswith("2"):  # a slow server has the mail before it says so
            self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return await self._answer("DATA", answer)


@contextmanager
def mail_server(box, *, port=0, ssl_context=None, **more):
    """A server on the loopback; gives its port. It ends with what stands in it, connections too."""
    loop = asyncio.new_event_loop()
    protocols = []

    def make():
        protocols.append(SMTP(box, loop=loop, hostname="mail.example.org", **more))
        return protocols[-1]

    server = loop.run_until_complete(loop.create_server(make, "127.0.0.1", port, ssl=ssl_context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server, protocols), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _end(server, protocols):
    server.close()
    for protocol in protocols:
        if protocol.transport is not None:
            protocol.transport.abort()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def make_certificate(folder):
    """A key and a certificate for 127.0.0.1, trusted by whom the file is given to alone."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail.example.org",
        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return key, certificate


def tls_context(key, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
