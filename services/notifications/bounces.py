"""Mails that came back after the server had taken them: delivery reports (RFC 3464) that a mail server hands to us."""

import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from sqlmodel import Session, select

from domain.errors import NotFound, UnusableInput
from models.outbox import OutboxMessage, OutboxState
from services.notifications.sending import mark_address

STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
IDENTIFIER = re.compile(r"<[^<>\s]+>")


def record_bounce(session: Session, report: bytes, *, now: datetime) -> OutboxState:
    """Mark the message a delivery report is about, and its address; where it stands after.

    A report of a delay, or that all went well, changes nothing. Raises UnusableInput for a mail that is no delivery
    report, NotFound where it is about no message of ours.
    """
    mail = message_from_bytes(report, policy=compat32)
    fields = list(_fields_of_recipients(mail))
    if not fields:
        raise UnusableInput("bounce_unreadable")
    message = _find_message(session, mail)
    if message is None:
        raise NotFound("bounce_of_no_message")
    status = next((found for one in fields if (found := _permanent(one))), None)
    if status is None or message.state is not OutboxState.SENT:
        return message.state
    message.state, message.error_code, message.reply = OutboxState.BOUNCED, "outbox_came_back", status
    message.ended_at = now
    session.add(message)
    if status.startswith(("5.1.", "5.2.1")):  # the address itself, not a full box or a policy
        mark_address(session, message, now=now)
    return message.state


def _fields_of_recipients(mail: Message) -> Iterator[Message]:
    """The groups of fields about recipients; the first group of a report is about the report itself."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status" and isinstance(groups := part.get_payload(), list):
            yield from (group for group in groups if isinstance(group, Message) and "Action" in group)


def _permanent(fields: Message) -> str | None:
    """The status code of a failure for good; None of anything else."""
    status = STATUS.match(str(fields.get("Status", "")).strip())
    failed = str(fields["Action"]).strip().lower() == "failed"
    return status.group() if failed and status and status.group().startswith("5") else None


def _find_message(session: Session, mail: Message) -> OutboxMessage | None:
    """The message whose identifier stands in what the report returns of it."""
    for part in mail.walk():
        returned = part.get_payload()
        if part.get_content_type() == "text/rfc822-headers" and isinstance(returned, str):
            part = message_from_bytes(returned.encode(), policy=compat32)
        if part is mail:  # the report's own identifier
            continue
        found = IDENTIFIER.search(str(part.get("Message-ID", "")))
        if found and (one := _with_identifier(session, found.group())):
            return one
    return None


def _with_identifier(session: Session, identifier: str) -> OutboxMessage | None:
    return session.exec(select(OutboxMessage).where(OutboxMessage.message_id == identifier)).first()
