"""Putting a message into the outbox, in the transaction of the fact: a fact that is rolled back is told to nobody."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from models.account import Account
from models.outbox import OutboxMessage, OutboxState
from services.notifications.kinds import KINDS


def queue_message(
    session: Session,
    *,
    account_id: int,
    kind: str,
    params: Mapping[str, Any],
    dedupe_key: str,
    urgent: bool,
    now: datetime,
) -> None:
    """Queue a message to an account; one with the same `dedupe_key` to the same account is there already and stays.

    An account without a usable address gets a row that says so and is not sent. One that is not urgent waits for the
    end of the quiet hours. Raises KeyError for an unknown kind, ValueError for values that name somebody.
    """
    KINDS[kind].say(params)
    known = select(OutboxMessage.id).where(
        OutboxMessage.account_id == account_id, OutboxMessage.dedupe_key == dedupe_key
    )
    if session.exec(known).first() is not None:
        return
    fault = find_fault_of_address(session.get_one(Account, account_id))
    message = OutboxMessage(
        id=str(uuid.uuid4()),
        account_id=account_id,
        channel=KINDS[kind].channel,
        kind=kind,
        params=dict(params),
        dedupe_key=dedupe_key,
        urgent=urgent,
        state=OutboxState.CANCELLED if fault else OutboxState.QUEUED,
        error_code=fault,
        next_try_at=now,
        created_at=now,
        ended_at=now if fault else None,
    )
    session.add(message)
    session.flush()


def find_fault_of_address(account: Account) -> str | None:
    """Why no mail can go to an account: no address, or one that was refused; None where it can."""
    if not account.email:
        return "outbox_no_address"
    return "outbox_address_refused" if account.email_refused_at else None
