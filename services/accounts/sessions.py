"""Logins on browsers: opened, recognised, listed, revoked. The token itself is only in the cookie."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from domain.errors import NotFound
from models.account import Account, AccountSession
from services.accounts.person import Person, person_of
from services.audit import record_audit

LONGEST_AGENT = 200


def hash_token(token: str) -> str:
    """What is kept of a token: it is random and long, so a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    session: Session, account: Account, *, address: str, agent: str, lasts: timedelta, now: datetime
) -> str:
    """Begin a login and give its token."""
    token = secrets.token_urlsafe(32)
    row = AccountSession(
        account_id=account.id or 0,
        token_hash=hash_token(token),
        opened_at=now,
        expires_at=now + lasts,
        address=address,
        agent=agent[:LONGEST_AGENT],
    )
    session.add(row)
    session.flush()
    return token


def find_person(session: Session, token: str, *, now: datetime) -> Person | None:
    """The person of a login that has not ended, if the account still stands."""
    row = find_session(session, token)
    if row is None or row.closed_at is not None or row.expires_at <= now:
        return None
    account = session.get(Account, row.account_id)
    return person_of(session, account, login=row) if account and account.active else None


def find_session(session: Session, token: str) -> AccountSession | None:
    """The login of a token, ended or not."""
    return session.exec(select(AccountSession).where(AccountSession.token_hash == hash_token(token))).first()


def list_sessions(session: Session, account_id: int, *, now: datetime) -> Sequence[AccountSession]:
    """The logins of an account that have not ended, the latest first."""
    query = select(AccountSession).where(
        AccountSession.account_id == account_id,
        col(AccountSession.closed_at).is_(None),
        col(AccountSession.expires_at) > now,
    )
    return session.exec(query.order_by(col(AccountSession.opened_at).desc(), col(AccountSession.id).desc())).all()


def revoke_session(session: Session, *, account_id: int, session_id: int, actor: str, now: datetime) -> None:
    """End one login of this account. Raises NotFound, also for a login of somebody else."""
    row = session.get(AccountSession, session_id)
    if row is None or row.account_id != account_id:
        raise NotFound("unknown_session")
    if row.closed_at is None:
        row.closed_at = now
        _audit(session, "session_closed", account_id, {"session": session_id}, actor, now)


def revoke_all(session: Session, *, account_id: int, keep: int | None = None, actor: str, now: datetime) -> int:
    """End every login of an account but one, and say how many there were."""
    ended = [one for one in list_sessions(session, account_id, now=now) if one.id != keep]
    for row in ended:
        row.closed_at = now
    if ended:
        _audit(session, "sessions_closed", account_id, {"count": len(ended)}, actor, now)
    return len(ended)


def _audit(
    session: Session, action: str, account_id: int, details: dict[str, object], actor: str, now: datetime
) -> None:
    account = session.get(Account, account_id)
    record_audit(
        session,
        actor=actor,
        action=action,
        subject_type="account",
        subject_key=account.login if account else str(account_id),
        details=details,
        now=now,
    )
