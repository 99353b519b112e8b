"""When a message is tried again, when it is given up, which hours are quiet, and what a mail server's answer means."""

import uuid
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=1),
    timedelta(days=1),
)  # after each failed attempt; after the one that follows the last wait, the message is given up
MOST_LATER_SHARE = 0.2  # of a wait, added so that messages that failed together are not all tried again together


def next_wait(attempts: int, message: str) -> timedelta | None:
    """How long a message (UUID text) rests after that many failed attempts; None: it is given up.

    The added part of a wait is taken from the message itself: the same message always waits the same time.
    """
    if not 1 <= attempts <= len(WAITS):
        return None
    share = uuid.UUID(message).int % 1000 / 1000
    return WAITS[attempts - 1] * (1 + MOST_LATER_SHARE * share)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of a day in which only urgent messages go: from one full hour to another; equal hours: none."""

    from_hour: int
    until_hour: int

    def hold(self, local: time) -> bool:
        """Whether it is quiet at a time of day, past midnight where the first hour is the later one."""
        if self.from_hour <= self.until_hour:
            return self.from_hour <= local.hour < self.until_hour
        return local.hour >= self.from_hour or local.hour < self.until_hour


class Stage(StrEnum):
    """Where in the exchange with a mail server an answer came."""

    SENDER = "sender"  # MAIL FROM
    RECIPIENT = "recipient"  # RCPT TO
    CONTENT = "content"  # DATA


class Fate(StrEnum):
    """What becomes of a message that was not taken."""

    LATER = "later"  # this message is tried again
    SERVER = "server"  # the server takes nothing from us now: tried again, and no other before a rest
    MESSAGE = "message"  # refused for good
    ADDRESS = "address"  # the recipient's address is refused for good
    OFF = "off"  # this site sends none


# answers that are about us and not about who is written to: log in first, TLS first, relaying denied, policy
_ABOUT_US = frozenset({503, 523, 530, 534, 535, 538})


def fate_of(stage: Stage, code: int, enhanced: str = "") -> Fate:
    """What a refusal means, by its stage, its code (RFC 5321) and its enhanced code ("5.1.1", RFC 3463), if any."""
    if code == 421 or not 400 <= code <= 599:  # the server closes, or does not speak SMTP
        return Fate.SERVER
    if stage is Stage.SENDER or code in _ABOUT_US:
        return Fate.SERVER
    if code < 500:
        return Fate.LATER
    if stage is Stage.CONTENT:
        return Fate.MESSAGE
    return _fate_of_recipient(code, enhanced)


def _fate_of_recipient(code: int, enhanced: str) -> Fate:
    subject = enhanced.split(".")[1] if enhanced.count(".") == 2 else ""
    if subject == "2":  # the box: full or over its size passes, switched off does not
        return Fate.ADDRESS if enhanced.endswith(".1") else Fate.LATER
    if code == 552:  # too much at once, which RFC 5321 4.5.3.1.10 asks to be taken for 452
        return Fate.LATER
    if subject:
        return Fate.ADDRESS if subject == "1" else Fate.SERVER if subject == "7" else Fate.MESSAGE
    return Fate.ADDRESS if code in (550, 551, 553) else Fate.MESSAGE
