"""How often donors give platelets, from the last 12 months; and what open requests still need."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from domain.availability import WEEK_DAYS, Giving, Need, need_of, spread_of
from domain.recruitment import count_interval
from domain.windows import anniversary
from models.donor import Donation, DonationKind, Donor
from models.request import RequestStatus, TransfusionRequest
from models.reservation import Reservation
from services.reference import parameters
from services.requests import FOUND


def giving_of(session: Session, on: date) -> Giving:
    """The donations of platelets by the searchable donors of whom a number in 12 months is known.

    A file tells one number of all donations and the kind of the last one alone: the number counts where that one was
    of platelets and within the 12 months. Donations recorded here since the file's last one are added.
    """
    year_ago = anniversary(on, -1) or date.min
    recorded = _recorded(session, year_ago)
    of_platelets = sa.and_(
        col(Donor.last_donation_type) == DonationKind.PLATELETS.value, col(Donor.last_donation_on) > year_ago
    )
    told = sa.case((of_platelets, col(Donor.donations_12m)), else_=0)
    known = sa.and_(col(Donor.searchable), col(Donor.donations_12m).is_not(None))
    donors, donations, squares = session.execute(
        sa.select(func.count(), func.coalesce(func.sum(told), 0), func.coalesce(func.sum(told * told), 0)).where(known)
    ).one()
    for searchable, counted, before, more in recorded:
        if searchable and counted is not None:
            donations, squares = donations + more, squares + (before + more) ** 2 - before**2
    spread = spread_of(int(donations), int(squares), donors)
    low, high = count_interval(int(donations), spread, float(parameters()["interval_level"]))
    return Giving(int(donations), donors, spread, (on - year_ago).days / WEEK_DAYS, low, high)


def _recorded(session: Session, year_ago: date) -> list[tuple[bool, int | None, int, int]]:
    """Of each donor who gave here since: searchable, the file's number, what of it counts, how many more."""
    newer = sa.or_(col(Donor.last_donation_on).is_(None), col(Donation.given_on) > col(Donor.last_donation_on))
    columns = (
        Donor.searchable, Donor.donations_12m, Donor.last_donation_type, Donor.last_donation_on,
    )  # fmt: skip
    query = (
        sa.select(*(col(one) for one in columns), func.count(col(Donation.id)))
        .join(Donation, col(Donation.donor_id) == col(Donor.id))
        .where(col(Donation.kind) == DonationKind.PLATELETS, col(Donation.given_on) > year_ago, newer)
        .group_by(col(Donor.id), *(col(one) for one in columns))
    )
    found = []
    for searchable, number, kind, last_on, more in session.execute(query):
        counts = kind == DonationKind.PLATELETS and last_on is not None and last_on > year_ago
        found.append((searchable, number, (number or 0) if counts else 0, more))
    return found


def needs_by_patient(session: Session, on: date, zone: str) -> Mapping[int, Need]:
    """By patient, the units that open requests still lack a donor for; a request is due on its local day."""
    found = dict(
        session.exec(
            select(Reservation.request_id, func.count())
            .where(col(Reservation.status).in_(FOUND), col(Reservation.request_id).is_not(None))
            .group_by(col(Reservation.request_id))
        ).all()
    )
    asked: dict[int, list[tuple[date, int]]] = {}
    for row in session.exec(select(TransfusionRequest).where(TransfusionRequest.status == RequestStatus.OPEN)).all():
        due = row.needed_by.astimezone(ZoneInfo(zone)).date()
        asked.setdefault(row.patient_id, []).append((due, max(0, row.units - found.get(row.id, 0))))
    return {patient: need_of(units, on) for patient, units in asked.items()}
