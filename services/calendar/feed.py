"""The calendar as the file that a calendar program fetches (iCalendar, RFC 5545), behind a token of its own."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar
from icalendar import Event as CalendarEntry
from sqlmodel import Session

from domain.reservation import Timing
from models.account import TokenScope
from services.accounts.person import Person
from services.accounts.tokens import find_token_person
from services.calendar.events import APPOINTMENT, Event, events_of
from services.wording.catalogue import sentence

BEFORE, AHEAD = timedelta(days=31), timedelta(days=366)
PRODUCT = "-//Phenotheque//Recall calendar//EN"


def find_reader(session: Session, token: str, *, now: datetime) -> Person | None:
    """Whose calendar a token opens: asked anew at each fetch, so that a right that was lost is lost here too."""
    return find_token_person(session, token, now=now, scopes=(TokenScope.CALENDAR,))


def calendar_feed(session: Session, by: Person, timing: Timing, *, locale: str) -> bytes:
    """The events of a person from a month ago to a year ahead."""
    first, last = timing.today - BEFORE, timing.today + AHEAD
    return feed_of(events_of(session, by, timing, first=first, last=last), made_at=timing.now, locale=locale)


def feed_of(events: Sequence[Event], *, made_at: datetime, locale: str) -> bytes:
    """The same events give the same identifiers, so that a calendar changes what it knows and adds nothing twice."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", sentence("calendar.name", {}, locale))
    for event in events:
        calendar.add_component(_entry(event, made_at, locale))
    return bytes(calendar.to_ical())


def _entry(event: Event, made_at: datetime, locale: str) -> CalendarEntry:
    entry = CalendarEntry()
    entry.add("uid", f"{event.uid}@phenotheque")
    entry.add("sequence", event.version)
    entry.add("dtstamp", made_at)
    entry.add("summary", f"{sentence(event.code, {}, locale)} {event.subject}".strip())
    entry.add("dtstart", event.at or event.on)
    entry.add("dtend", event.at + APPOINTMENT if event.at else event.until_on + timedelta(days=1))
    entry.add("class", "PRIVATE")
    return entry
