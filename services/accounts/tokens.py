"""Bearer tokens for other programs: shown once, kept as a hash, limited in time."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from domain.errors import NotFound, UnusableInput
from models.account import Account, ApiToken, TokenScope
from services.accounts.person import Person, person_of
from services.accounts.sessions import hash_token
from services.audit import record_audit

PREFIX = "phq_"  # so that a leaked token is recognised for what it is
LONGEST_NAME, LONGEST_DAYS = 80, 366
OF_PROGRAMS = (TokenScope.READ, TokenScope.WRITE)  # that ask the API; a calendar program reads its feed alone


def create_token(
    session: Session, *, account_id: int, name: str, scope: str, days: int, actor: str, now: datetime
) -> tuple[ApiToken, str]:
    """A new token and its text, which cannot be read again.

    Raises UnusableInput for a name, a scope or a number of days that cannot be used.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise UnusableInput("token_name", most=LONGEST_NAME)
    if scope not in set(TokenScope) or not 1 <= days <= LONGEST_DAYS:
        raise UnusableInput("token_terms", most=LONGEST_DAYS)
    text = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        account_id=account_id,
        name=plain,
        token_hash=hash_token(text),
        scope=TokenScope(scope),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    _audit(session, "token_created", row, actor, now)
    return row, text


def find_token_person(
    session: Session, text: str, *, now: datetime, scopes: Collection[TokenScope] = OF_PROGRAMS
) -> Person | None:
    """The person of a token in force and of one of these scopes, if the account still stands."""
    row = session.exec(select(ApiToken).where(ApiToken.token_hash == hash_token(text))).first()
    if row is None or row.scope not in scopes or row.revoked_at is not None or row.expires_at <= now:
        return None
    account = session.get(Account, row.account_id)
    return person_of(session, account, scope=row.scope) if account and account.active else None


def list_tokens(session: Session, account_id: int) -> Sequence[ApiToken]:
    """Every token of an account, the latest first."""
    query = select(ApiToken).where(ApiToken.account_id == account_id)
    return session.exec(query.order_by(col(ApiToken.id).desc())).all()


def revoke_token(session: Session, *, account_id: int, token_id: int, actor: str, now: datetime) -> None:
    """End a token of this account. Raises NotFound, also for a token of somebody else."""
    row = session.get(ApiToken, token_id)
    if row is None or row.account_id != account_id:
        raise NotFound("unknown_token")
    if row.revoked_at is None:
        row.revoked_at = now
        _audit(session, "token_revoked", row, actor, now)


def _audit(session: Session, action: str, row: ApiToken, actor: str, now: datetime) -> None:
    account = session.get(Account, row.account_id)
    record_audit(
        session,
        actor=actor,
        action=action,
        subject_type="account",
        subject_key=account.login if account else str(row.account_id),
        details={"token": row.id, "scope": row.scope.value, "expires_at": row.expires_at},
        now=now,
    )
