"""Mail by SMTP: what a server answers, and how long it takes, turned into what becomes of the message."""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.policy import SMTP as AS_MAIL
from typing import Any, Literal

from domain.posting import Fate, Stage, fate_of
from services.notifications.senders import NotSent, Outgoing

ENHANCED = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and as whom; `sender` is the address that bounces come back to."""

    host: str
    port: int
    security: Literal["none", "starttls", "ssl"]
    login: str
    password: str = field(repr=False)
    sender: str
    timeout_seconds: float


class _Punctual(smtplib.SMTP):
    """An SMTP connection of which every answer has to come before one moment (`until`, on the clock `tick`)."""

    def __init__(self, *args: Any, until: float, tick: Callable[[], float], **more: Any) -> None:
        self.until, self.tick = until, tick
        super().__init__(*args, **more)

    def getreply(self) -> tuple[int, bytes]:
        """The next answer. Raises TimeoutError where there is no time left, SMTPServerDisconnected where none comes."""
        left = self.until - self.tick()
        if left <= 0 or self.sock is None:
            self.close()  # raised while connecting, nobody else would
            raise TimeoutError
        self.sock.settimeout(left)
        return super().getreply()


class _PunctualSsl(_Punctual, smtplib.SMTP_SSL):
    """The same, in TLS from the first byte."""


class SmtpSender:
    """Hands mail to one server, over one connection for as long as that lasts."""

    def __init__(self, server: MailServer, tick: Callable[[], float]) -> None:
        self._server, self._tick = server, tick
        self._connection: _Punctual | None = None

    def send(self, outgoing: Outgoing) -> None:
        """Hand a mail over within the seconds of the server. Raises NotSent."""
        until = self._tick() + self._server.timeout_seconds
        try:
            connection = self._connection or self._connect(until)
            connection.until = until
            self._connection = connection
            self._hand_over(connection, outgoing)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise NotSent(Fate.SERVER, _code_of(error), _reply_of(error)) from error
        except NotSent as refusal:
            if refusal.fate is Fate.SERVER:
                self._drop()
            raise

    def close(self) -> None:
        """Say goodbye, if a connection is open."""
        if self._connection is not None:
            self._connection.until = self._tick() + self._server.timeout_seconds
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._drop()  # it is gone already
            self._connection = None

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self, until: float) -> _Punctual:
        server = self._server
        given: dict[str, Any] = {
            "local_hostname": server.sender.rpartition("@")[2],  # asking the network for ours may take long
            "timeout": server.timeout_seconds,
            "until": until,
            "tick": self._tick,
        }
        context = ssl.create_default_context()
        if server.security == "ssl":
            connection: _Punctual = _PunctualSsl(server.host, server.port, context=context, **given)
        else:
            connection = _Punctual(server.host, server.port, **given)
        try:
            connection.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                connection.starttls(context=context)  # refused by the server: nothing goes in clear
                connection.ehlo_or_helo_if_needed()  # what was said before TLS counts no more (RFC 3207)
            if server.login:
                connection.login(server.login, server.password)
        except (OSError, smtplib.SMTPException):
            connection.close()
            raise
        return connection

    def _hand_over(self, connection: _Punctual, outgoing: Outgoing) -> None:
        _take(connection, Stage.SENDER, *connection.mail(self._server.sender))
        _take(connection, Stage.RECIPIENT, *connection.rcpt(outgoing.address))
        try:
            answer = connection.data(outgoing.mail.as_bytes(policy=AS_MAIL))
        except smtplib.SMTPDataError as error:
            answer = (error.smtp_code, _as_bytes(error.smtp_error))
        _take(connection, Stage.CONTENT, *answer)


def _take(connection: _Punctual, stage: Stage, code: int, text: bytes) -> None:
    """Go on where the server agreed; else begin anew with the next message. Raises NotSent."""
    if 200 <= code <= 299:
        return
    found = ENHANCED.match(text)
    enhanced = found.group(1).decode() if found else ""
    fate = fate_of(stage, code, enhanced)
    if fate is not Fate.SERVER:
        connection.rset()
    raise NotSent(fate, FAULTS[fate], f"{code} {enhanced}".strip())


FAULTS = {
    Fate.LATER: "outbox_put_off",
    Fate.SERVER: "outbox_server_refuses",
    Fate.MESSAGE: "outbox_message_refused",
    Fate.ADDRESS: "outbox_address_unknown",
}


def _code_of(error: Exception) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):  # smtplib wraps one in its own
        return "outbox_server_slow"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "outbox_login_refused"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "outbox_server_lacks"
    if isinstance(error, ssl.SSLError):
        return "outbox_tls_failed"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "outbox_server_hung_up"
    return "outbox_server_refuses" if isinstance(error, smtplib.SMTPResponseException) else "outbox_server_away"


def _reply_of(error: Exception) -> str:
    """The numbers of the answer; its text may repeat the address."""
    if not isinstance(error, smtplib.SMTPResponseException):
        return ""
    found = ENHANCED.match(_as_bytes(error.smtp_error))
    return f"{error.smtp_code} {found.group(1).decode() if found else ''}".strip()


def _as_bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
