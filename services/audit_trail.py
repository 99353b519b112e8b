"""Reading the audit trail: by who, action, subject, words and day, the newest rows first."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from domain.errors import UnusableInput
from models.audit import AuditEvent

LONGEST_TEXT = 100
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)  # beyond, a moment in UTC may not exist


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which rows are wanted; empty texts and None ask for all. Days are both included.

    A subject is the whole number, login or code, `words` a part of the details: both in capitals or not.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    words: str = ""
    from_on: date | None = None
    until_on: date | None = None


def parse_filter(asked: Mapping[str, str]) -> TrailFilter:
    """The filter of an address. Raises UnusableInput for a day that is none, or a text too long."""
    texts = {name: " ".join(asked.get(name, "").split()) for name in ("actor", "action", "subject", "words")}
    for text in texts.values():
        if len(text) > LONGEST_TEXT or not text.isprintable():
            raise UnusableInput("question_too_long", most=LONGEST_TEXT)
    from_on, until_on = (_parse_day(asked.get(name, "").strip()) for name in ("from_on", "until_on"))
    return TrailFilter(**texts, from_on=from_on, until_on=until_on)


def _parse_day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UnusableInput("not_a_day", text=text[:LONGEST_TEXT]) from error
    if not EARLIEST <= day <= LATEST:
        raise UnusableInput("not_a_day", text=text[:LONGEST_TEXT])
    return day


def search_trail(
    session: Session, asked: TrailFilter, *, zone: ZoneInfo, limit: int, offset: int = 0
) -> tuple[Sequence[AuditEvent], int]:
    """One page of the rows wanted, the newest first, and how many there are in all."""
    total = session.exec(_narrowed(select(func.count()).select_from(AuditEvent), asked, zone)).one()
    query = _narrowed(select(AuditEvent), asked, zone).order_by(col(AuditEvent.id).desc())
    return session.exec(query.limit(limit).offset(offset)).all(), total


def list_actions(session: Session) -> Sequence[str]:
    """Every action that stands in the trail."""
    return session.exec(select(AuditEvent.action).distinct().order_by(AuditEvent.action)).all()


def _narrowed(query: SelectOfScalar[Any], asked: TrailFilter, zone: ZoneInfo) -> SelectOfScalar[Any]:
    if asked.actor:
        query = query.where(AuditEvent.actor == asked.actor)
    if asked.action:
        query = query.where(AuditEvent.action == asked.action)
    if asked.subject:
        query = query.where(func.lower(AuditEvent.subject_key) == func.lower(asked.subject))
    if asked.words:
        query = query.where(_says(asked.words))
    if asked.from_on:
        query = query.where(AuditEvent.at >= _start_of(asked.from_on, zone))
    if asked.until_on:
        query = query.where(AuditEvent.at < _start_of(asked.until_on + timedelta(days=1), zone))
    return query


def _says(words: str) -> sa.ColumnElement[bool]:
    """That the details hold these words, wherever they stand in their JSON text."""
    literal = re.sub(r"([%_/])", r"/\1", json.dumps(words.lower())[1:-1])
    # JSON writes é and É as two codes (\u00e9) that no database takes for one letter: any such letter will do.
    pattern = re.sub(r"\\u[0-9a-f]{4}", r"\\u____", literal)
    return func.lower(sa.cast(AuditEvent.details, sa.Text)).like(f"%{pattern}%", escape="/")


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """One detail of a row: its name, what it was where that is told, and what it is."""

    name: str
    now: str
    before: str | None = None


def changes_of(details: Mapping[str, Any]) -> list[Change]:
    """The details of a row to read: pairs of old and new (`before` and `after`, `old` and `new`) side by side."""
    for old, new in (("before", "after"), ("old", "new")):
        if isinstance(details.get(old), dict) and isinstance(details.get(new), dict):
            rest = {name: value for name, value in details.items() if name not in (old, new)}
            return [*_pairs(details[old], details[new]), *changes_of(rest)]
    return list(_flat(details))


def _pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys([*old, *new]):
        before, now = written(old.get(name)), written(new.get(name))
        if before != now:
            yield Change(name, now, before)


def _flat(details: Mapping[str, Any]) -> Iterator[Change]:
    for name, value in details.items():
        if name == "changes" and isinstance(value, dict):  # of a donor: old and new by column
            yield from (Change(column, written(new), written(old)) for column, (old, new) in value.items())
        elif name == "changes":  # of a patient or a request: one entry for each field
            yield from (
                Change(one["field"], written(one.get("new", "…")), written(one["old"]) if "old" in one else None)
                for one in value
            )
        elif isinstance(value, dict) and value.keys() <= {"before", "after", "old", "new", "from", "to"}:
            old = next((value[word] for word in ("before", "old", "from") if word in value), None)
            new = next((value[word] for word in ("after", "new", "to") if word in value), None)
            yield Change(name, written(new), written(old))
        else:
            yield Change(name, written(value))


def written(value: object) -> str:
    """A value of the trail on one line."""
    if value is None or value == "" or value == [] or value == {}:
        return "—"
    if isinstance(value, list):
        return ", ".join(written(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {written(one)}" for name, one in value.items())
    return str(value)
