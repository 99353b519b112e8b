"""A message in the words of its recipient's language, as plain text and as HTML, without Flask."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as AS_MAIL
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifications.kinds import Saying, Words
from services.wording.catalogue import sentence

FOLDER = Path(__file__).parents[2] / "templates" / "mail"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands on every mail: who sends it, and the address of the site, without a slash at its end."""

    sender: str
    site_url: str

    def message_id(self, message: str) -> str:
        """The identifier of a message on the way, from its own."""
        return f"<{message}@{self.sender.rpartition('@')[2]}>"


@dataclass(frozen=True, slots=True)
class Envelope:
    """To whom one mail goes, in which language, under which identifier, and when it is written (aware)."""

    address: str
    locale: str
    message_id: str
    at: datetime


def mail_of(saying: Saying, letterhead: Letterhead, envelope: Envelope) -> EmailMessage:
    """The whole mail, of plain signs alone on its way (quoted-printable)."""

    def said(words: Words) -> str:
        return sentence(words.code, words.params, envelope.locale)

    settings_url = f"{letterhead.site_url}{saying.settings}"
    shown = {
        "locale": envelope.locale,
        "subject": said(saying.subject),
        "body": said(saying.body),
        "link": f"{letterhead.site_url}{saying.address}",
        "settings": settings_url,
    }
    mail = EmailMessage(policy=AS_MAIL)
    for name, value in _headers(letterhead, envelope, settings_url).items():
        mail[name] = value
    mail["Subject"] = shown["subject"]
    mail.set_content(_rendered("message.txt", shown), cte="quoted-printable")
    mail.add_alternative(_rendered("message.html", shown), subtype="html", cte="quoted-printable")
    mail["Content-Language"] = envelope.locale  # after the parts, or it would go into the first of them
    return mail


def _headers(letterhead: Letterhead, envelope: Envelope, settings_url: str) -> dict[str, Any]:
    return {
        "From": Address(sentence("mail.from", {}, envelope.locale), addr_spec=letterhead.sender),
        "To": Address(addr_spec=envelope.address),
        "Date": format_datetime(envelope.at),
        "Message-ID": envelope.message_id,
        "Auto-Submitted": "auto-generated",  # RFC 3834: nobody's holiday answers it
        "X-Auto-Response-Suppress": "All",
        "List-Unsubscribe": f"<{settings_url}>",
    }


def _rendered(name: str, shown: Mapping[str, str]) -> str:
    return _environment(shown["locale"]).get_template(name).render(shown)


@cache
def _environment(locale: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["said"] = lambda code: sentence(code, {}, locale)
    return environment
