"""Logging in with a password, held back after repeated failures by account and by address."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, func, select

from models.account import Account, LoginAttempt
from models.crypto import blind_index
from services.accounts.passwords import renew_hash, verify_password
from services.audit import record_audit

WATCHED = timedelta(minutes=15)
MOST_FAILURES_OF_A_LOGIN, MOST_FAILURES_OF_AN_ADDRESS = 5, 30  # a centre may share one address


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nobody was logged in: a code with a sentence."""

    code: str
    minutes: int = 0


def normal_login(text: str) -> str:
    """A login as accounts keep it."""
    return text.strip().casefold()


def log_in(session: Session, *, login: str, password: str, address: str, now: datetime) -> Account | Refusal:
    """The account of this login and password; a failure is recorded, so the caller commits either way.

    The answer and its time are the same for an unknown login, a wrong password and a closed account.
    """
    index = blind_index(normal_login(login), "login") or ""
    wait = _wait(session, index=index, address=address, now=now)
    if wait:
        return Refusal("login_held_back", wait)
    account = session.exec(select(Account).where(Account.login == normal_login(login))).first()
    if not verify_password(account, password) or account is None or not account.active:
        session.add(LoginAttempt(login_index=index, address=address, at=now))
        if account is not None:
            _audit(session, account, "login_failed", address, now)
        return Refusal("login_refused")
    renew_hash(account, password)
    session.exec(delete(LoginAttempt).where(col(LoginAttempt.login_index) == index))
    session.exec(delete(LoginAttempt).where(col(LoginAttempt.at) < now - WATCHED))
    _audit(session, account, "login", address, now)
    return account


def _wait(session: Session, *, index: str, address: str, now: datetime) -> int:
    """Minutes until another attempt is heard, 0 where it is heard now."""
    limits = (
        (col(LoginAttempt.login_index) == index, MOST_FAILURES_OF_A_LOGIN),
        (col(LoginAttempt.address) == address, MOST_FAILURES_OF_AN_ADDRESS),
    )
    for whose, most in limits:
        since = now - WATCHED
        query = select(func.count(), func.min(LoginAttempt.at)).where(whose, col(LoginAttempt.at) > since)
        failures, first = session.exec(query).one()
        if failures >= most:
            return max(1, -(-int((first + WATCHED - now).total_seconds()) // 60))
    return 0


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
