"""Kept divisions go when they are old; what somebody still goes by stays."""

from datetime import timedelta

from sqlmodel import select

from models.allocation import AllocationRun
from services.retention import Kept, delete_old
from tests.small_registry import NOW, ON

KEPT = Kept(attempts_kept_days=1, logins_kept_days=1, uploads_kept_days=1, jobs_kept_days=30)


def clear(at, days):
    """How many divisions are deleted so many days from now, and the codes of those that stay."""
    now = NOW + timedelta(days=days)
    with at.engines.write_session() as session:
        deleted = delete_old(session, KEPT, now=now, today=now.date())["divisions"]
        return deleted, set(session.exec(select(AllocationRun.code)))


def test_old_divisions_go_but_for_the_last_and_those_an_override_was_asked_of(at):
    first = at.ask("P1", units=1)
    at.ask("P3", units=1)
    asked, old, last = at.keep(), at.keep(), at.keep()
    at.override(asked, first, another_donor(at, first), ON)
    assert clear(at, 29) == (0, {asked, old, last})
    assert clear(at, 31) == (1, {asked, last})
    assert clear(at, 31) == (0, {asked, last})
    assert at.board()["changes"] == []  # still held to the last


def another_donor(at, request):
    """A donor who fits the request, and whom the division does not give to it."""
    given = {donor for code, donor in at.pairs() if code == request}
    return next(
        one["donor_number"]
        for one in at.row(request)["candidates"]
        if one["donor_number"] not in given and ON in one["days"]
    )
