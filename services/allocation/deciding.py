"""The kept divisions that people decide on, and what the page of one override shows: who asks, and what it changes."""

from datetime import date

from sqlmodel import Session

from domain.errors import RefusedByRule
from domain.reservation import Timing
from models.allocation import AllocationRun
from services.accounts.person import Person
from services.allocation.dividing import divide
from services.allocation.keeping import keep_run
from services.allocation.overriding import get_override, overrides_json, plan_override
from services.allocation.terms import Json, Span, last_run, span_left
from services.matching.snapshots import SnapshotStore


def open_override(session: Session, store: SnapshotStore, *, code: str, by: Person, timing: Timing) -> Json:
    """An override that waits, as the board lists it, with its consequences of now (`plan`), or why it cannot be.

    `plan` is what plan_override says, None beside `refused` where it refuses. Raises NotFound, and RefusedByRule for
    an override that waits no more.
    """
    row = get_override(session, code)
    shown = next((one for one in overrides_json(session, by=by) if one["code"] == row.code), None)
    if shown is None:
        raise RefusedByRule("override_decided")
    run = session.get_one(AllocationRun, row.run_id)
    wanted = {"request_code": shown["request"], "donor_number": shown["donor_number"], "day": shown["day"]}
    try:
        plan = plan_override(session, store, span=span_left(run, timing), **wanted, by=by, timing=timing)
    except RefusedByRule as refused:
        return shown | {"plan": None, "refused": refused}
    return shown | {"plan": plan, "refused": None}


def run_about(
    session: Session, store: SnapshotStore, *, span: Span, day: date, by: Person, timing: Timing, locale: str
) -> AllocationRun:
    """The division kept last if it reaches the day, else the one of the span, which is kept now."""
    return _kept_about(session, span, day) or keep_run(session, store, span=span, by=by, timing=timing, locale=locale)


def span_about(session: Session, *, span: Span, day: date, timing: Timing) -> Span:
    """The days over which `run_about` would divide; nothing is kept."""
    run = _kept_about(session, span, day)
    return span if run is None else span_left(run, timing)


def _kept_about(session: Session, span: Span, day: date) -> AllocationRun | None:
    run = last_run(session)
    reached = run is not None and Span(run.first_on, run.days, span.zone).last >= day >= run.first_on
    return run if reached else None


def run_shown(
    session: Session, store: SnapshotStore, *, span: Span, by: Person, timing: Timing, locale: str
) -> AllocationRun:
    """The division of now as one that is kept: the last one where it gives the same, else one kept now."""
    run, given = last_run(session), divide(session, store, span=span).answer.given
    shown = {(one.need, one.donor, date.fromordinal(one.day).isoformat()) for one in given}
    if run is not None and shown == {(one["request"], one["donor_number"], one["day"]) for one in run.answer["given"]}:
        return run
    return keep_run(session, store, span=span, by=by, timing=timing, locale=locale)
