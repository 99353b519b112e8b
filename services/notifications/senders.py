"""By what messages leave: the contract, and the two senders that reach nobody."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol, TextIO

from domain.posting import Fate


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message in words, to one address."""

    id: str
    address: str = field(repr=False)
    mail: EmailMessage = field(repr=False)


class NotSent(Exception):
    """The message was not taken; `code` names the sentence, `reply` the numbers of the server's answer."""

    def __init__(self, fate: Fate, code: str, reply: str = "") -> None:
        super().__init__(code)
        self.fate, self.code, self.reply = fate, code, reply


class Sender(Protocol):
    """Hands messages over, one at a time; a connection may stay open from one to the next until `close`."""

    def send(self, outgoing: Outgoing) -> None:
        """Hand a message over. Raises NotSent; what then becomes of it is the caller's."""

    def close(self) -> None:
        """End what is open."""


class NullSender:
    """Sends nothing, and says so of each message."""

    def send(self, outgoing: Outgoing) -> None:
        """Refuse the message: this site sends none of its kind."""
        raise NotSent(Fate.OFF, "outbox_sender_off")

    def close(self) -> None:
        """Nothing is open."""


class ConsoleSender:
    """Writes messages to a stream, for a development machine."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def send(self, outgoing: Outgoing) -> None:
        """Write the headers and the plain text."""
        plain = outgoing.mail.get_body(("plain",))
        headers = "".join(f"{name}: {value}\n" for name, value in outgoing.mail.items())
        self._stream.write(f"{headers}\n{plain.get_content() if plain else ''}\n")
        self._stream.flush()

    def close(self) -> None:
        """Nothing is open."""
