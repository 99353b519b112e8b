"""The e-mail address of an account: checked, kept encrypted, and written to once, to show that it works."""

from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlmodel import Session

from domain.errors import FieldFault, InvalidFields, UnusableInput
from models.account import Account
from services.audit import record_audit
from services.notifications.queue import queue_message

LONGEST_EMAIL = 254


def checked_email(text: str) -> str | None:
    """The address as mail servers write it, its domain in ASCII; None for an empty text. Raises UnusableInput.

    Only its form is looked at: whether there is such a box, the first message tells.
    """
    if not text.strip():
        return None
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise UnusableInput("email_unusable") from error
    return found.ascii_email


def set_email(session: Session, account: Account, text: str, *, actor: str, now: datetime) -> None:
    """Give an account an address, or none, and send a word to a new one; the same address changes nothing.

    Raises InvalidFields for a text that is no address.
    """
    try:
        email = checked_email(text)
    except UnusableInput as error:
        raise InvalidFields([FieldFault("email", error.code)]) from error
    if email == account.email:
        return
    account.email, account.email_refused_at, account.updated_at = email, None, now
    session.add(account)
    session.flush()
    # of the address itself nothing stands in the trail, which is not encrypted
    record_audit(
        session, actor=actor, action="email_set", subject_type="account", subject_key=account.login,
        details={"email": email is not None}, now=now,
    )  # fmt: skip
    if email is not None:
        queue_message(
            session, account_id=account.id or 0, kind="address_set", params={},
            dedupe_key=f"address_set:{account.version_id}", urgent=True, now=now,
        )  # fmt: skip
