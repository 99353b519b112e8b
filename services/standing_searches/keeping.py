"""A look at all standing searches written down, in one transaction: all of it, or nothing."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from domain.list_change import Change, EndReason
from models.database import in_parts
from models.standing_search import StandingFacts, StandingLook, StandingSearch
from services.audit import record_audit
from services.standing_searches.looking import Looked, Night
from services.standing_searches.rows import ChangeRow

Json = dict[str, Any]
KEPT_DAYS = 90  # how long a look and its changes can be read again
CHANGES = SQLModel.metadata.tables["standing_change"]
KEPT_OF_A_ROW = tuple(field.name for field in fields(ChangeRow))
LOOKS = SQLModel.metadata.tables["standing_look"]


def keep_night(session: Session, night: Night, *, now: datetime) -> Json:
    """Write what was seen, in the place of what the same day held before; the counts of it.

    A search that ended meanwhile, or that has a look of a later day, is left alone. One whose patient has no
    directive in force any more ends here.
    """
    counts = {"searches": 0, "first": 0, "changed": 0, "new": 0, "lost": 0, "unreadable": 0, "ended": 0}
    facts = StandingFacts(local_day=night.on, made_at=now, content=night.facts)
    for looked in night.looked:
        search = session.get(StandingSearch, looked.search_id)
        if search is None or search.ended_at is not None or _is_behind(session, looked.search_id, night.on):
            continue
        if looked.closed:
            end_search(session, search, reason=EndReason.DIRECTIVE_CLOSED, actor="jobs", on=night.on, now=now)
            counts["ended"] += 1
            continue
        if looked.fault is None and facts.id is None:
            session.add(facts)
            session.flush()
        _keep(session, looked, facts, night.on, now)
        _count(counts, looked)
    _forget(session, night.on)
    return counts


def _count(counts: Json, looked: Looked) -> None:
    counts["searches"] += 1
    counts["unreadable"] += looked.fault is not None
    counts["first"] += looked.fault is None and looked.base is None
    counts["changed"] += bool(looked.totals)
    for change in (Change.NEW, Change.LOST):
        counts[change.value] += sum(looked.totals.get(change.value, {}).values())


def _is_behind(session: Session, search_id: int, on: date) -> bool:
    """Whether a later day was looked at: the registry of the day asked is not there to be read any more."""
    later = select(StandingLook.id).where(StandingLook.search_id == search_id, StandingLook.local_day > on)
    return session.exec(later.limit(1)).first() is not None


def _keep(session: Session, looked: Looked, facts: StandingFacts, on: date, now: datetime) -> None:
    _drop(session, [LOOKS.c.search_id == looked.search_id, LOOKS.c.local_day == on])
    base, fault = looked.base, looked.fault
    look = StandingLook(
        search_id=looked.search_id,
        local_day=on,
        made_at=now,
        since_day=base.local_day if base else None,
        fault_code=fault.code if fault else None,
        fault_params=_plain(fault.params) if fault else {},
        counts=looked.counts,
        totals=looked.totals,
        versions=looked.versions,
    )
    if fault is None:
        look.facts_id, look.case = facts.id, looked.case
        look.compatible, look.grades = looked.compatible, looked.grades
    session.add(look)
    session.flush()
    if looked.rows:
        session.execute(
            sa.insert(CHANGES),
            [{"look_id": look.id, **{name: getattr(row, name) for name in KEPT_OF_A_ROW}} for row in looked.rows],
        )
    if fault is None and base is not None:
        _empty_before(session, looked.search_id, base.local_day)


def _plain(params: Any) -> Json:
    return {name: value if isinstance(value, int | float) else str(value) for name, value in params.items()}


def _empty_before(session: Session, search_id: int, day: date) -> None:
    """Let go of what only older comparisons needed: a run of this day again compares with `day`."""
    older = sa.and_(LOOKS.c.search_id == search_id, LOOKS.c.local_day < day, LOOKS.c.facts_id.is_not(None))
    session.execute(sa.update(LOOKS).where(older).values(facts_id=None, case=None, compatible=None, grades=None))


def _forget(session: Session, on: date) -> None:
    """Looks that nobody reads again, what ended searches keep, and facts that no look needs."""
    ended = sa.select(col(StandingSearch.id)).where(col(StandingSearch.ended_at).is_not(None))
    held = sa.and_(LOOKS.c.facts_id.is_not(None), LOOKS.c.search_id.in_(ended))
    session.execute(sa.update(LOOKS).where(held).values(facts_id=None, case=None, compatible=None, grades=None))
    _drop(session, [LOOKS.c.local_day < on - timedelta(days=KEPT_DAYS), LOOKS.c.facts_id.is_(None)])
    needed = sa.select(LOOKS.c.facts_id).where(LOOKS.c.facts_id.is_not(None))
    session.execute(sa.delete(StandingFacts).where(col(StandingFacts.id).not_in(needed)))


def _drop(session: Session, where: Sequence[sa.ColumnElement[bool]]) -> None:
    ids = list(session.scalars(sa.select(LOOKS.c.id).where(*where)))
    for part in in_parts(ids):
        session.execute(sa.delete(CHANGES).where(CHANGES.c.look_id.in_(part)))
        session.execute(sa.delete(LOOKS).where(LOOKS.c.id.in_(part)))


def end_search(
    session: Session, search: StandingSearch, *, reason: EndReason, actor: str, on: date, now: datetime
) -> None:
    """End a standing search; its looks stay to be read."""
    search.ended_at, search.ended_by, search.ended_on, search.end_reason = now, actor, on, reason
    session.add(search)
    session.flush()
    record_audit(
        session,
        actor=actor,
        action="standing_search_ended",
        subject_type="standing_search",
        subject_key=str(search.id),
        details={"reason": reason.value},
        now=now,
    )
