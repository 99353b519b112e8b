"""The audit trail as a table that a spreadsheet opens without obeying it."""

import csv
import io
import json
from zoneinfo import ZoneInfo

from sqlmodel import Session

from domain.errors import RefusedByRule
from services.audit_trail import TrailFilter, search_trail
from services.exports import neutralised
from services.wording.catalogue import messages, sentence

MOST_ROWS = 50_000
COLUMNS = (
    "row", "at", "actor", "action", "meaning", "subject_type", "subject", "details", "previous_hash", "hash",
)  # fmt: skip


def trail_csv(session: Session, asked: TrailFilter, *, zone: ZoneInfo, locale: str) -> tuple[str, int]:
    """The rows wanted, the newest first, and how many they are; moments in UTC.

    Raises RefusedByRule where they are too many for one file.
    """
    events, total = search_trail(session, asked, zone=zone, limit=MOST_ROWS)
    if total > MOST_ROWS:
        raise RefusedByRule("trail_too_long", rows=total, most=MOST_ROWS)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for event in events:
        details = json.dumps(event.details, ensure_ascii=False, sort_keys=True)
        cells = (
            str(event.id), event.at.isoformat(), event.actor, event.action, action_said(event.action, locale),
            event.subject_type, event.subject_key, details, event.previous_hash, event.hash,
        )  # fmt: skip
        writer.writerow([neutralised(cell) for cell in cells])
    return text.getvalue(), total


def action_said(action: str, locale: str) -> str:
    """An action in words; the code itself where an older or newer program wrote one that this one does not know."""
    code = f"action.{action}"
    return sentence(code, {}, locale) if code in messages() else action
