"""The outbox to look at: what failed first, and no address in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, case, col, func, select

from models.account import Account
from models.outbox import MessageChannel, OutboxMessage, OutboxState

# what needs a person first, then what is under way, then what is over
ORDER = (
    OutboxState.FAILED,
    OutboxState.BOUNCED,
    OutboxState.SENDING,
    OutboxState.QUEUED,
    OutboxState.CANCELLED,
    OutboxState.SENT,
)
UNSENT_SHOWN = timedelta(days=7)
AGAIN = frozenset({OutboxState.FAILED, OutboxState.BOUNCED, OutboxState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Listed:
    """One message as administrators see it: whose and why, but not what it says; `topic` of news alone."""

    id: str
    login: str
    address: str  # masked; of the last attempt, or where the next would go
    channel: MessageChannel
    kind: str
    topic: str
    state: OutboxState
    urgent: bool
    attempts: int
    error_code: str | None
    reply: str
    created_at: datetime
    next_try_at: datetime | None  # of a message that waits
    ended_at: datetime | None

    @property
    def may_go_again(self) -> bool:
        """Whether somebody may ask for another attempt."""
        return self.state in AGAIN

    @property
    def may_be_cancelled(self) -> bool:
        """Whether it waits, so that it can still be stopped."""
        return self.state is OutboxState.QUEUED


def list_messages(
    session: Session, *, state: OutboxState | None = None, limit: int, offset: int = 0
) -> tuple[Sequence[Listed], int]:
    """One page of the messages, of one state or of all, and how many there are."""
    wanted = [OutboxMessage.state == state] if state else []
    total = session.exec(select(func.count()).select_from(OutboxMessage).where(*wanted)).one()
    place = case({one.value: n for n, one in enumerate(ORDER)}, value=OutboxMessage.state)
    query = (
        select(OutboxMessage, Account)
        .join(Account, col(Account.id) == col(OutboxMessage.account_id))
        .where(*wanted)
        .order_by(place, col(OutboxMessage.created_at).desc(), col(OutboxMessage.id))
    )
    rows = session.exec(query.limit(limit).offset(offset)).all()
    return [_listed(message, account) for message, account in rows], total


def count_states(session: Session) -> Mapping[OutboxState, int]:
    """How many messages stand in each state, in the order in which they are listed."""
    query = select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
    found = dict(session.exec(query).all())
    return {state: found.get(state, 0) for state in ORDER}


def count_unsent(session: Session, *, now: datetime) -> int:
    """How many messages of the last days were given up or came back: an administrator has to look at them."""
    lost = col(OutboxMessage.state).in_((OutboxState.FAILED, OutboxState.BOUNCED))
    recent = col(OutboxMessage.ended_at) > now - UNSENT_SHOWN
    return session.exec(select(func.count()).select_from(OutboxMessage).where(lost, recent)).one()


def mask_address(address: str) -> str:
    """Enough of an address to know it again, and not to write to it: its first sign and its domain."""
    box, at, domain = address.rpartition("@")
    return f"{box[:1]}…@{domain}" if at else ""


def _listed(message: OutboxMessage, account: Account) -> Listed:
    waits = message.state is OutboxState.QUEUED
    names = ("id", "channel", "kind", "state", "urgent", "attempts", "error_code", "reply", "created_at", "ended_at")
    return Listed(
        login=account.login,
        address=mask_address(message.address or account.email or ""),
        topic=message.params.get("topic", ""),
        next_try_at=message.next_try_at if waits else None,
        **{name: getattr(message, name) for name in names},
    )
