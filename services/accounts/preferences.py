"""What people choose for themselves: their language, their name on the page, single-letter keys."""

from datetime import datetime

from sqlmodel import Session

from domain.errors import UnusableInput
from models.account import Account
from services.accounts.people import checked_name
from services.audit import record_audit

LOCALES = ("fr", "en")


def set_preferences(
    session: Session, account: Account, *, display_name: str, locale: str | None, shortcuts: bool, now: datetime
) -> None:
    """Keep one's own choices. Raises UnusableInput."""
    if locale is not None and locale not in LOCALES:
        raise UnusableInput("unknown_language", language=locale)
    account.display_name = checked_name(display_name)
    account.locale, account.shortcuts, account.updated_at = locale, shortcuts, now
    record_audit(
        session,
        actor=account.login,
        action="preferences_set",
        subject_type="account",
        subject_key=account.login,
        details={"locale": locale, "shortcuts": shortcuts},
        now=now,
    )
