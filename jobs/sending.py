"""Sending what waits in the outbox: for a few seconds at a time, by one process, with rest where the server fails."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

import structlog

from config import Runtime, Settings
from domain.errors import PhenothequeError
from domain.posting import Fate, QuietHours
from jobs.leader import make_mail_turn
from models.outbox import MessageChannel, OutboxState
from services.notifications.rendering import Letterhead
from services.notifications.senders import ConsoleSender, NotSent, NullSender, Outgoing, Sender
from services.notifications.sending import Terms, claim_next, has_work, record_outcome, take_back
from services.notifications.smtp import MailServer, SmtpSender

BUDGET_SECONDS = 5.0  # of one round: what else the jobs process does waits that long, and for one answer more
REST_SECONDS = 60.0  # after the server as a whole failed
log = structlog.get_logger("jobs")
Senders = Mapping[MessageChannel, Sender]


@dataclass(slots=True)
class Round:
    """What came of one round: how many messages reached each state, and the fault of the server that ended it."""

    states: Counter[OutboxState] = field(default_factory=Counter)
    fault: NotSent | None = None


class Post:
    """Sends in rounds, for the jobs process and for the command; `make_senders` is given in tests.

    A round ends after the message under way where the process is told to stop.
    """

    def __init__(
        self,
        runtime: Runtime,
        make_senders: Callable[[Settings], Senders] | None = None,
        *,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._runtime, self._terms, self._stopping = runtime, terms_of(runtime.settings), stopping
        self._make_senders = make_senders or senders_of
        self._rests_until = 0.0

    def send_due(self, budget_seconds: float = BUDGET_SECONDS) -> Round:
        """Send what is due until the budget is used; nothing while the server rests or another process sends."""
        if monotonic() < self._rests_until or not self._has_work():
            return Round()
        turn = make_mail_turn(self._runtime.engines, self._runtime.settings.instance_path)
        if not turn.try_take():
            return Round()
        senders = self._make_senders(self._runtime.settings)
        try:
            return self._round(senders, monotonic() + budget_seconds)
        except PhenothequeError as error:  # such as a key that is missing: told, and tried again after the rest
            self._rests_until = monotonic() + REST_SECONDS
            log.error("mail_round_failed", code=error.code)
            return Round()
        finally:
            for sender in senders.values():
                sender.close()
            turn.release()

    def _has_work(self) -> bool:
        with self._runtime.engines.read_session() as session:
            return has_work(session, self._terms, now=self._now())

    def _round(self, senders: Senders, until: float) -> Round:
        done = Round()
        with self._runtime.engines.write_session() as session:
            take_back(session, now=self._now())  # only who has the turn sends, so nobody is sending these
        while done.fault is None and monotonic() < until and not self._stopping():
            with self._runtime.engines.write_session() as session:
                claimed = claim_next(session, self._terms, now=self._now())
            if claimed is None:
                break
            fault = hand_over(senders[claimed.channel], claimed.outgoing)
            with self._runtime.engines.write_session() as session:
                done.states[record_outcome(session, claimed.outgoing.id, fault, now=self._now())] += 1
            if fault is not None and fault.fate is Fate.SERVER:
                done.fault = fault
                self._rests_until = monotonic() + REST_SECONDS
                log.warning("mail_server_failed", code=fault.code, reply=fault.reply)
        return done

    def _now(self) -> datetime:
        return self._runtime.now()


def hand_over(sender: Sender, outgoing: Outgoing) -> NotSent | None:
    """Hand one message over; None where it was taken, else why not. A failure nobody foresaw is one of them."""
    try:
        sender.send(outgoing)
    except NotSent as fault:
        return fault
    except Exception as error:  # one message must not end the process that the others wait for
        log.error("mail_failed", message=outgoing.id, kind=type(error).__name__)
        log.debug("mail_failed", exc_info=error)
        return NotSent(Fate.LATER, "outbox_unforeseen", type(error).__name__)
    return None


def terms_of(settings: Settings) -> Terms:
    """Under what this site sends."""
    letterhead = Letterhead(settings.mail_from, settings.site_url.rstrip("/"))
    quiet = QuietHours(settings.mail_quiet_from, settings.mail_quiet_until)
    return Terms(letterhead, settings.locale, settings.timezone, quiet)


def senders_of(settings: Settings) -> Senders:
    """By what each channel leaves: mail as the settings say, and no SMS yet."""
    return {MessageChannel.MAIL: _mail_sender(settings), MessageChannel.SMS: NullSender()}


def _mail_sender(settings: Settings) -> Sender:
    if settings.mail_sender == "console":
        return ConsoleSender(sys.stderr)
    if settings.mail_sender == "null":
        return NullSender()
    server = MailServer(
        host=settings.mail_host,
        port=settings.mail_port,
        security=settings.mail_security,
        login=settings.mail_login,
        password=settings.mail_password.get_secret_value(),
        sender=settings.mail_from,
        timeout_seconds=settings.mail_timeout_seconds,
    )
    return SmtpSender(server, monotonic)
