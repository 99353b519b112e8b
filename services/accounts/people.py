"""Accounts as an administrator keeps them: created, changed, closed; never erased, the audit trail names them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from domain.errors import NotFound, RefusedByRule, UnusableInput
from models.account import Account, Role, Site
from services.accounts.login import normal_login
from services.accounts.sessions import revoke_all
from services.audit import record_audit

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,62}")
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What an administrator says of an account."""

    display_name: str
    roles: tuple[str, ...]
    site_id: int | None = None
    locale: str | None = None
    active: bool = True


def get_account(session: Session, login: str) -> Account:
    """The account of a login. Raises NotFound."""
    query = select(Account).where(Account.login == normal_login(login))
    account = session.exec(query).first() if login.isprintable() else None
    if account is None:
        raise NotFound("unknown_account", login=login)
    return account


def list_accounts(session: Session) -> Sequence[Account]:
    """Every account, by login."""
    return session.exec(select(Account).order_by(col(Account.login))).all()


def has_accounts(session: Session) -> bool:
    """Whether anybody can log in at all."""
    return session.exec(select(func.count()).select_from(Account)).one() > 0


def create_account(
    session: Session, *, login: str, form: AccountForm, password_hash: str, must_change: bool, actor: str, now: datetime
) -> Account:
    """A new account. Raises UnusableInput for a login, name, role or site that cannot be used."""
    name = normal_login(login)
    if not LOGIN.fullmatch(name):
        raise UnusableInput("login_unusable", login=login)
    if session.exec(select(Account).where(Account.login == name)).first() is not None:
        raise RefusedByRule("login_taken", login=name)
    account = Account(
        login=name,
        display_name="",
        password_hash=password_hash,
        must_change_password=must_change,
        created_at=now,
        updated_at=now,
    )
    _apply(session, account, form)
    session.add(account)
    session.flush()
    _audit(session, account, "account_created", {"roles": account.roles, "site": account.site_id}, actor, now)
    return account


def change_account(
    session: Session, account: Account, *, form: AccountForm, version: int, actor: str, now: datetime
) -> None:
    """Change an account; one that is closed, or loses a role, loses its logins.

    Raises UnusableInput, and RefusedByRule where it was changed meanwhile or nobody would be left to administer.
    """
    if account.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    before, lost = _audited(account), set(account.roles) - set(form.roles)
    _apply(session, account, form)
    account.updated_at = now
    session.flush()
    _refuse_without_administrator(session)
    if not account.active or lost:
        revoke_all(session, account_id=account.id or 0, actor=actor, now=now)
    _audit(session, account, "account_changed", {"before": before, "after": _audited(account)}, actor, now)


def set_password(
    session: Session,
    account: Account,
    password_hash: str,
    *,
    must_change: bool,
    keep_session: int | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Give an account a new password, hashed before, and end its other logins."""
    account.password_hash = password_hash
    account.must_change_password = must_change
    account.updated_at = now
    revoke_all(session, account_id=account.id or 0, keep=keep_session, actor=actor, now=now)
    _audit(session, account, "password_set", {}, actor, now)


def _audited(account: Account) -> dict[str, object]:
    return {"roles": list(account.roles), "active": account.active, "site": account.site_id}


def checked_name(text: str) -> str:
    """A person's name as the pages show it. Raises UnusableInput."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UnusableInput("display_name_unusable", most=LONGEST_NAME)
    return name


def _apply(session: Session, account: Account, form: AccountForm) -> None:
    name = checked_name(form.display_name)
    if form.site_id is not None and session.get(Site, form.site_id) is None:
        raise UnusableInput("unknown_site")
    account.display_name = name
    account.roles = _roles(form.roles)
    account.site_id = form.site_id
    account.locale = form.locale
    account.active = form.active


def _roles(roles: Iterable[str]) -> list[str]:
    asked = set(roles)
    if unknown := asked - set(Role):
        raise UnusableInput("unknown_role", role=", ".join(sorted(unknown)))
    return [role.value for role in Role if role in asked]


def _refuse_without_administrator(session: Session) -> None:
    if not any(one.active and Role.ADMINISTRATOR in one.roles for one in list_accounts(session)):
        raise RefusedByRule("no_administrator_left")


def _audit(
    session: Session, account: Account, action: str, details: dict[str, object], actor: str, now: datetime
) -> None:
    record_audit(
        session,
        actor=actor,
        action=action,
        subject_type="account",
        subject_key=account.login,
        details=details,
        now=now,
    )
