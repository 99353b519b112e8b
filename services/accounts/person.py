"""The person behind a request, as the pages and the audit trail know them."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from models.account import Account, AccountSession, Site, TokenScope
from services.accounts.permissions import Permission, permissions_of


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks; `session_id` and `ends_at` for a login on a browser, `scope` for a bearer token."""

    account_id: int
    login: str
    display_name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]
    site: str | None
    region: str | None
    locale: str | None
    shortcuts: bool
    must_change_password: bool
    session_id: int | None = None
    ends_at: datetime | None = None
    scope: TokenScope | None = None

    def may(self, permission: Permission | str) -> bool:
        """Whether the person may do this."""
        return permission in self.permissions


def person_of(
    session: Session, account: Account, *, login: AccountSession | None = None, scope: TokenScope | None = None
) -> Person:
    """The person of an account, by a login or by a token."""
    site = session.get(Site, account.site_id) if account.site_id else None
    return Person(
        account_id=account.id or 0,
        login=account.login,
        display_name=account.display_name,
        roles=tuple(account.roles),
        permissions=permissions_of(account.roles),
        site=site.name if site else None,
        region=site.region if site else None,
        locale=account.locale,
        shortcuts=account.shortcuts,
        must_change_password=account.must_change_password,
        session_id=login.id if login else None,
        ends_at=login.expires_at if login else None,
        scope=scope,
    )
