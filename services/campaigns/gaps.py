"""The days ahead on which donors may not give, inside the time in which they may."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from models.database import in_parts
from models.donor import NEVER_DAY
from models.donor import DonorEligibilityGap as Gap


def gaps_ahead(session: Session, day: int, donor_ids: Sequence[int] | None = None) -> dict[int, list[tuple[int, int]]]:
    """The gaps that end after a day, of all donors or of those named; from included, until excluded, in order."""
    donor_id, since, until = (col(one) for one in (Gap.donor_id, Gap.from_day, Gap.until_day))
    query = sa.select(donor_id, since, until).where(until > day).order_by(donor_id, since)
    some = [None] if donor_ids is None else in_parts(donor_ids)
    found: dict[int, list[tuple[int, int]]] = {}
    for ids in some:
        for row in session.execute(query if ids is None else query.where(donor_id.in_(ids))):
            found.setdefault(row[0], []).append((row[1], row[2]))
    return found


def first_day(since_day: int, gaps: Sequence[tuple[int, int]], *, day: int) -> int:
    """The first day from which a donor may give: with gaps ahead, the first one from a day on that lies in none."""
    if not gaps or since_day == NEVER_DAY:
        return since_day
    found = max(since_day, day)
    for since, until in gaps:
        found = until if since <= found < until else found
    return found
