"""The way of one message: claimed in a short transaction, handed over in none, its outcome noted in another.

A process that dies between handing over and noting leaves the message `sending`; whoever sends next sends it again
under the same Message-ID, by which the receiver knows it. Only one process sends at a time (jobs.sending).
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from domain.posting import Fate, QuietHours, next_wait
from models.account import Account
from models.outbox import MessageChannel, OutboxMessage, OutboxState
from services.audit import record_audit
from services.notifications.kinds import KINDS
from services.notifications.queue import find_fault_of_address
from services.notifications.rendering import Envelope, Letterhead, mail_of
from services.notifications.senders import NotSent, Outgoing

ACTOR = "jobs"


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a site sends: its letterhead, the language of those who chose none, and its quiet hours."""

    letterhead: Letterhead
    locale: str
    timezone: str
    quiet: QuietHours

    def is_quiet(self, now: datetime) -> bool:
        """Whether only urgent messages go at this moment."""
        return self.quiet.hold(now.astimezone(ZoneInfo(self.timezone)).time())


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to be handed over now, by its channel."""

    channel: MessageChannel
    outgoing: Outgoing


def has_work(session: Session, terms: Terms, *, now: datetime) -> bool:
    """Whether a message is due, or one was left behind by a process that died."""
    left = select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.SENDING)
    return _find_due(session, terms, now) is not None or session.exec(left.limit(1)).first() is not None


def _find_due(session: Session, terms: Terms, now: datetime) -> str | None:
    """The id of the message whose turn it is: urgent ones first, then the one due for longest."""
    query = select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.QUEUED, OutboxMessage.next_try_at <= now)
    if terms.is_quiet(now):
        query = query.where(col(OutboxMessage.urgent))
    order = (col(OutboxMessage.urgent).desc(), col(OutboxMessage.next_try_at), col(OutboxMessage.id))
    return session.exec(query.order_by(*order).limit(1)).first()


def take_back(session: Session, *, now: datetime) -> int:
    """Queue what a dead process left `sending`, or give it up after too many attempts; how many there were."""
    left = session.exec(select(OutboxMessage).where(OutboxMessage.state == OutboxState.SENDING)).all()
    for message in left:
        message.error_code, message.reply = "outbox_interrupted", ""
        if next_wait(message.attempts, message.id) is None:
            _end(message, OutboxState.FAILED, now)
        else:
            message.state, message.next_try_at = OutboxState.QUEUED, now
        session.add(message)
    return len(left)


def claim_next(session: Session, terms: Terms, *, now: datetime) -> Claimed | None:
    """Claim the message whose turn it is and put it into words; None where none is due.

    One that may not go any more is cancelled, one that this program cannot put into words is failed, each with its
    reason, and the next is looked at.
    """
    while (due := _find_due(session, terms, now)) is not None:
        message = session.get_one(OutboxMessage, due)
        account = session.get_one(Account, message.account_id)
        ended = _end_found(session, message, account)
        if ended is None:
            message.message_id = message.message_id or terms.letterhead.message_id(message.id)
            mail = _mail(message, account, terms, now)
            if mail is not None:
                return _claim(session, message, account, mail, now)
            ended = OutboxState.FAILED, "outbox_unspeakable"
        state, message.error_code = ended
        _end(message, state, now)
        session.add(message)
        session.flush()
    return None


def _end_found(session: Session, message: OutboxMessage, account: Account) -> tuple[OutboxState, str] | None:
    kind = KINDS.get(message.kind)
    if kind is None:
        return OutboxState.FAILED, "outbox_kind_unknown"
    if not account.active:
        return OutboxState.CANCELLED, "outbox_account_closed"
    fault = find_fault_of_address(account) or kind.find_fault(session, account, message.params)
    return (OutboxState.CANCELLED, fault) if fault else None


def _mail(message: OutboxMessage, account: Account, terms: Terms, now: datetime) -> EmailMessage | None:
    """The message in words; None where this program cannot say it, as after a change of what a kind holds."""
    envelope = Envelope(account.email or "", account.locale or terms.locale, message.message_id or "", now)
    try:
        return mail_of(KINDS[message.kind].say(message.params), terms.letterhead, envelope)
    except (KeyError, TypeError, ValueError):
        return None


def _claim(session: Session, message: OutboxMessage, account: Account, mail: EmailMessage, now: datetime) -> Claimed:
    message.state, message.claimed_at, message.address = OutboxState.SENDING, now, account.email or ""
    message.attempts += 1
    session.add(message)
    return Claimed(message.channel, Outgoing(message.id, message.address, mail))


def record_outcome(session: Session, message_id: str, fault: NotSent | None, *, now: datetime) -> OutboxState:
    """Note what came of a message: sent, to be tried again, or ended; a refused address gets nothing more."""
    message = session.get_one(OutboxMessage, message_id)
    message.error_code, message.reply = (fault.code, fault.reply) if fault else (None, "")
    wait = next_wait(message.attempts, message.id) if fault and fault.fate in (Fate.LATER, Fate.SERVER) else None
    if wait is not None:
        message.state, message.next_try_at = OutboxState.QUEUED, now + wait
    else:
        _end(message, OutboxState.SENT if fault is None else ENDS[fault.fate], now)
    session.add(message)
    if fault is not None and fault.fate is Fate.ADDRESS:
        mark_address(session, message, now=now)
    return message.state


ENDS = {
    Fate.LATER: OutboxState.FAILED,
    Fate.SERVER: OutboxState.FAILED,
    Fate.MESSAGE: OutboxState.FAILED,
    Fate.ADDRESS: OutboxState.BOUNCED,
    Fate.OFF: OutboxState.CANCELLED,
}


def mark_address(session: Session, message: OutboxMessage, *, now: datetime) -> None:
    """Send nothing more to the address of a message until it is changed; one changed meanwhile is not marked."""
    account = session.get_one(Account, message.account_id)
    if account.email != message.address or account.email_refused_at is not None:
        return
    account.email_refused_at = now
    session.add(account)
    record_audit(
        session, actor=ACTOR, action="email_refused", subject_type="account", subject_key=account.login,
        details={"message": message.id, "reply": message.reply}, now=now,
    )  # fmt: skip


def _end(message: OutboxMessage, state: OutboxState, now: datetime) -> None:
    message.state, message.ended_at = state, now
