"""What an administrator does with a message: another attempt, or none at all; and what is forgotten in the end."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from domain.errors import NotFound, RefusedByRule
from models.account import Account
from models.outbox import OutboxMessage, OutboxState
from services.audit import record_audit
from services.notifications.listing import AGAIN

ENDED_KEPT = timedelta(days=90)


def send_again(session: Session, message_id: str, *, actor: str, now: datetime) -> None:
    """Queue a message that ended without being sent, with all its attempts anew; its Message-ID stays.

    A refused address is tried once more: whoever asks knows that its box works again. Raises NotFound, and
    RefusedByRule where the message waits or was sent.
    """
    message = _get(session, message_id)
    if message.state not in AGAIN:
        raise RefusedByRule("outbox_not_ended")
    account = session.get_one(Account, message.account_id)
    if account.email_refused_at is not None:
        account.email_refused_at = None
        session.add(account)
    message.state, message.attempts, message.next_try_at = OutboxState.QUEUED, 0, now
    message.error_code, message.reply, message.ended_at = None, "", None
    _keep(session, message, "message_sent_again", actor, now)


def cancel_message(session: Session, message_id: str, *, actor: str, now: datetime) -> None:
    """Cancel a message that waits. Raises NotFound, and RefusedByRule where it does not wait any more."""
    message = _get(session, message_id)
    if message.state is not OutboxState.QUEUED:
        raise RefusedByRule("outbox_not_waiting")
    message.state, message.error_code, message.ended_at = OutboxState.CANCELLED, "outbox_cancelled_by_person", now
    _keep(session, message, "message_cancelled", actor, now)


def forget_messages(session: Session, *, now: datetime) -> int:
    """Forget what ended long ago, with the address it went to; how many there were."""
    old = sa.delete(OutboxMessage).where(col(OutboxMessage.ended_at) < now - ENDED_KEPT)
    return session.connection().execute(old).rowcount


def _get(session: Session, message_id: str) -> OutboxMessage:
    message = session.get(OutboxMessage, message_id)
    if message is None:
        raise NotFound("outbox_message_unknown")
    return message


def _keep(session: Session, message: OutboxMessage, action: str, actor: str, now: datetime) -> None:
    session.add(message)
    record_audit(
        session, actor=actor, action=action, subject_type="message", subject_key=message.id,
        details={"kind": message.kind, "account": message.account_id}, now=now,
    )  # fmt: skip
