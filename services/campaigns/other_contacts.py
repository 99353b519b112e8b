"""Contacts with donors that no campaign made: calls about promised donations, and those noted in the rare-donor file.

They leave the donor in peace as any other contact does: a campaign contacts nobody that day, nor solicits them within
the days between. They do not count towards the cap of a year, which says how often we may recruit.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models.campaign import Invitation
from models.database import in_parts
from models.rare_donor import RareDonorCare
from models.reservation import DonorCall, Reservation

_OF_CALL: Any = sa.select(col(Reservation.donor_id), sa.func.max(col(DonorCall.on_day))).join(
    DonorCall, col(DonorCall.reservation_id) == col(Reservation.id)
)
_BY_HAND: Any = sa.select(col(RareDonorCare.donor_id), col(RareDonorCare.contacted_on))


def other_contacts(session: Session, *, since: date, donor_ids: Sequence[int] | None = None) -> dict[int, date]:
    """The last such day from `since` on by donor: of every donor who has one, or of those named among them."""
    found: dict[int, date] = {}
    for some in [None] if donor_ids is None else in_parts(donor_ids):
        calls = _OF_CALL.where(col(DonorCall.on_day) >= since).group_by(col(Reservation.donor_id))
        noted = _BY_HAND.where(col(RareDonorCare.contacted_on) >= since)
        if some is not None:
            calls = calls.where(col(Reservation.donor_id).in_(some))
            noted = noted.where(col(RareDonorCare.donor_id).in_(some))
        for donor_id, on in [*session.execute(calls), *session.execute(noted)]:
            found[donor_id] = max(on, found.get(donor_id, on))
    return found


def contacted_otherwise(since: date) -> Any:
    """The same of the donor of an invitation, as a condition of a query on invitations."""
    called = sa.select(col(DonorCall.id)).join(Reservation, col(Reservation.id) == col(DonorCall.reservation_id))
    called = called.where(col(Reservation.donor_id) == col(Invitation.donor_id), col(DonorCall.on_day) >= since)
    noted = sa.select(col(RareDonorCare.donor_id)).where(
        col(RareDonorCare.donor_id) == col(Invitation.donor_id), col(RareDonorCare.contacted_on) >= since
    )
    return sa.or_(called.correlate(Invitation).exists(), noted.correlate(Invitation).exists())
