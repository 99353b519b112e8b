"""Letters to donors as one PDF: the text is the same for all, and says nothing of a patient or of a result."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.errors import UnusableInput
from services.wording.catalogue import sentence
from services.wording.formats import format_date

TEMPLATE = Path(__file__).with_name("letter.typ")
PLACEHOLDERS = ("first_name", "last_name", "number")
LONGEST_TEXT = 4_000
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Letter:
    """Who it goes to: the name, the lines of the address, the donor's number."""

    first_name: str
    last_name: str
    address: Sequence[str]
    number: str


def check_text(text: str) -> str:
    """The text of a letter as it is used. Raises UnusableInput where it is empty, too long, or names no placeholder."""
    plain = text.replace("\r\n", "\n").strip()
    if not plain or len(plain) > LONGEST_TEXT:
        raise UnusableInput("letter_text_unusable", most=LONGEST_TEXT)
    if unknown := sorted({name for name in _PLACE.findall(plain) if name not in PLACEHOLDERS}):
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise UnusableInput("letter_placeholder_unknown", found=", ".join(unknown), known=known)
    return plain


def letters_pdf(letters: Sequence[Letter], *, text: str, sender: str, locale: str, at: datetime) -> bytes:
    """One letter a page; `at` is the moment where the registry is kept. Raises UnusableInput for the text."""
    import typst

    body = check_text(text)
    data = {
        "lang": locale,
        "title": sentence("letters_title", {}, locale),
        "day": format_date(at.date(), locale),
        "sender": sender.replace("\r\n", "\n").strip().split("\n"),
        "letters": [_letter(one, body, locale) for one in letters],
    }
    content: bytes = typst.compile(
        TEMPLATE, root=TEMPLATE.parent, format="pdf", ignore_system_fonts=True, pdf_tags=True,
        timestamp=int(at.timestamp()), sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )  # fmt: skip
    return content


def _letter(letter: Letter, body: str, locale: str) -> Mapping[str, object]:
    values = {name: str(getattr(letter, name)) for name in PLACEHOLDERS}
    filled = _PLACE.sub(lambda found: values[found[1]], body)
    return {
        "address": [f"{letter.first_name} {letter.last_name}".strip(), *letter.address],
        "body": re.split(r"\n\s*\n", filled),
        "reference": sentence("letter_reference", {"donor": letter.number}, locale),
    }
