"""Attempts to show who one is by a password, held back after repeated failures by account and by address.

An attempt is begun in a reading session, judged in none and ended in a writing one: a hash takes as long as it is made
to take, and every writer of the registry would wait for it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, func, select

from models.account import Account, LoginAttempt
from models.crypto import blind_index
from services.accounts.passwords import renewed_hash, verify_password
from services.audit import record_audit

WATCHED = timedelta(minutes=15)
MOST_FAILURES_OF_A_LOGIN, MOST_FAILURES_OF_AN_ADDRESS = 5, 30  # a centre may share one address


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an attempt opens nothing: a code with a sentence."""

    code: str
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login typed somewhere, the hash its password is compared with, and whether they go together."""

    login: str
    address: str
    password_hash: str | None
    is_right: bool = False
    renewed_hash: str | None = None

    @property
    def index(self) -> str:
        """What is kept of the login where it failed: what was typed may have been a password."""
        return blind_index(self.login, "login") or ""


def normal_login(text: str) -> str:
    """A login as accounts keep it."""
    return text.strip().casefold()


def begin_attempt(session: Session, *, login: str, address: str, now: datetime) -> Attempt | Refusal:
    """What has to be known before a password is judged; a Refusal where none is heard for now."""
    account = _find(session, normal_login(login))
    attempt = Attempt(normal_login(login), address, account.password_hash if account else None)
    return _held_back(session, attempt, now=now) or attempt


def judge(attempt: Attempt, password: str) -> Attempt:
    """The attempt with its verdict; it takes as long for an unknown login as for a known one."""
    is_right = verify_password(attempt.password_hash, password)
    renewed = renewed_hash(attempt.password_hash, password) if is_right and attempt.password_hash else None
    return replace(attempt, is_right=is_right, renewed_hash=renewed)


def log_in(session: Session, attempt: Attempt, *, now: datetime) -> Account | Refusal:
    """The account of a judged attempt; a failure is recorded, so the caller commits either way.

    The answer is the same for an unknown login, a wrong password and a closed account.
    """
    account = end_attempt(session, attempt, failed_as="login_failed", now=now)
    if isinstance(account, Account):
        if attempt.renewed_hash:
            account.password_hash = attempt.renewed_hash
        _audit(session, account, "login", attempt.address, now)
    return account


def end_attempt(session: Session, attempt: Attempt, *, failed_as: str, now: datetime) -> Account | Refusal:
    """The account whose person showed who they are; `failed_as` is the audited action where they did not."""
    # Many passwords tried at once were all begun before the first of them failed: they are counted here again.
    if refusal := _held_back(session, attempt, now=now):
        return refusal
    account = _find(session, attempt.login)
    is_same = account is not None and account.password_hash == attempt.password_hash  # not changed meanwhile
    if account is None or not (attempt.is_right and is_same and account.active):
        session.add(LoginAttempt(login_index=attempt.index, address=attempt.address, at=now))
        if account is not None:
            _audit(session, account, failed_as, attempt.address, now)
        return Refusal("login_refused")
    session.exec(delete(LoginAttempt).where(col(LoginAttempt.login_index) == attempt.index))
    session.exec(delete(LoginAttempt).where(col(LoginAttempt.at) < now - WATCHED))
    return account


def _find(session: Session, login: str) -> Account | None:
    query = select(Account).where(Account.login == login)
    return session.exec(query).first() if login.isprintable() else None


def _held_back(session: Session, attempt: Attempt, *, now: datetime) -> Refusal | None:
    """The refusal with the minutes until another attempt is heard, None where it is heard now."""
    limits = (
        (col(LoginAttempt.login_index) == attempt.index, MOST_FAILURES_OF_A_LOGIN),
        (col(LoginAttempt.address) == attempt.address, MOST_FAILURES_OF_AN_ADDRESS),
    )
    for whose, most in limits:
        since = now - WATCHED
        query = select(func.count(), func.min(LoginAttempt.at)).where(whose, col(LoginAttempt.at) > since)
        failures, first = session.exec(query).one()
        if failures >= most:
            return Refusal("login_held_back", max(1, -(-int((first + WATCHED - now).total_seconds()) // 60)))
    return None


def _audit(session: Session, account: Account, action: str, address: str, now: datetime) -> None:
    record_audit(
        session,
        actor=account.login,
        action=action,
        subject_type="account",
        subject_key=account.login,
        details={"address": address},
        now=now,
    )
