"""Donations on record beside what the files say of the last one: the more recent of the two counts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from domain.windows import anniversary
from models.donor import DonationKind

BATCH = 5_000
DONATIONS = SQLModel.metadata.tables["donation"]


class Given(NamedTuple):
    """One donation on record."""

    given_on: date
    kind: str


def donations_of(session: Session, donor_ids: Sequence[int]) -> Mapping[int, list[Given]]:
    """The donations on record, by donor."""
    found: dict[int, list[Given]] = defaultdict(list)
    query = sa.select(DONATIONS.c.donor_id, DONATIONS.c.given_on, DONATIONS.c.kind)
    for start in range(0, len(donor_ids), BATCH):
        asked = donor_ids[start : start + BATCH]
        for donor_id, given_on, kind in session.execute(query.where(DONATIONS.c.donor_id.in_(asked))):
            found[donor_id].append(Given(given_on, str(kind)))
    return found


def with_donations(donor: Mapping[str, Any], donations: Sequence[Given]) -> Mapping[str, Any]:
    """The donor's columns with the donations on record that their file does not know of yet.

    The last donation is the latest of both. To the file's count of 12 months are added the donations on
    record after the file's last one, as far as they lie in the 12 months before the latest; a file's count that
    is older than those 12 months no longer counts.
    """
    told_on: date | None = donor["last_donation_on"]
    newer = [one for one in donations if told_on is None or one.given_on > told_on]
    if not newer:
        return donor
    # Of two on one day the plasma is named last: its interval is the shorter one.
    latest = max(newer, key=lambda one: (one.given_on, one.kind != DonationKind.PLASMA))
    year_ago = anniversary(latest.given_on, -1) or date.min
    counted = 0 if told_on and told_on <= year_ago else donor["donations_12m"] or 0
    recent = sum(one.given_on > year_ago for one in newer)
    return {
        **donor,
        "last_donation_on": latest.given_on,
        "last_donation_type": latest.kind,
        "donations_12m": counted + recent,
    }
