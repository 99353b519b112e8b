"""Messages to people of the site: written in the transaction of what they tell, sent after it by the jobs process."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedJson, EncryptedText
from models.database import strict_enum


class MessageChannel(StrEnum):
    """By what a message travels."""

    MAIL = "mail"
    SMS = "sms"


class OutboxState(StrEnum):
    """Where a message stands; only `queued` and `sending` are not the end."""

    QUEUED = "queued"
    SENDING = "sending"  # handed to the server, its answer not yet noted: after a crash it is sent again
    SENT = "sent"
    FAILED = "failed"  # given up, or refused as a message
    BOUNCED = "bounced"  # its address was refused: nothing more goes there until the address is changed
    CANCELLED = "cancelled"  # by a person, or nobody to send it to, or not theirs to know any more


class OutboxMessage(SQLModel, table=True):
    """One message to one account; the same news to the same account (`dedupe_key`) is one message.

    It is put into words when it is sent, in the language of that day. `params` hold counts and codes, no person.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "dedupe_key"),
        sa.Index("ix_outbox_message_state_next_try_at", "state", "next_try_at"),
    )

    id: str = Field(primary_key=True)  # UUID text
    account_id: int = Field(foreign_key="account.id", index=True)
    channel: MessageChannel = Field(default=MessageChannel.MAIL, sa_type=strict_enum(MessageChannel))
    kind: str  # services.notifications.kinds
    params: dict[str, Any] = Field(default_factory=dict, repr=False, sa_type=EncryptedJson)
    dedupe_key: str
    urgent: bool = False  # goes at night too
    state: OutboxState = Field(default=OutboxState.QUEUED, sa_type=strict_enum(OutboxState))
    attempts: int = 0
    next_try_at: datetime
    address: str = Field(default="", repr=False, sa_type=EncryptedText)  # where the last attempt went
    message_id: str | None = Field(default=None, unique=True)  # given at the first attempt, then the same
    error_code: str | None = None
    reply: str = ""  # the numbers of the server's answer ("550 5.1.1"), never its text, which repeats the address
    created_at: datetime
    claimed_at: datetime | None = None
    ended_at: datetime | None = None
