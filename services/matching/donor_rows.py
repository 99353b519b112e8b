"""Donor rows of a page, and what the eligibility rules need to know of one."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlmodel import Session, col, select

from domain.eligibility import Deferral, DonorHealth
from models.donor import Deferral as DeferralRow
from models.donor import Donor, DonorIdentity

BATCH = 5_000


def donor_health(donor: Donor, *, birth_date: date | None, deferrals: Iterable[DeferralRow] = ()) -> DonorHealth:
    """What the eligibility rules need to know of a donor row."""
    return DonorHealth(
        birth_date=birth_date,
        sex=donor.sex,
        weight_kg=donor.weight_kg,
        platelet_count=donor.platelet_count,
        last_donation_on=donor.last_donation_on,
        last_donation_type=donor.last_donation_type,
        donations_12m=donor.donations_12m,
        pregnancies=donor.pregnancies,
        hla_antibody_screen=donor.hla_antibody_screen,
        status=donor.status,
        deferrals=tuple(Deferral(one.from_on, one.until_on, one.reason) for one in deferrals),
    )


def load_donors(session: Session, ids: Sequence[int]) -> dict[int, Donor]:
    """Donor rows by id."""
    found: dict[int, Donor] = {}
    for start in range(0, len(ids), BATCH):
        rows = session.exec(select(Donor).where(col(Donor.id).in_(ids[start : start + BATCH])))
        found.update({row.id: row for row in rows if row.id is not None})
    return found


def load_birth_dates(session: Session, ids: Sequence[int]) -> dict[int, str | None]:
    """Birth dates by donor id, decrypted: only whether they are known leaves the services."""
    found: dict[int, str | None] = {}
    for start in range(0, len(ids), BATCH):
        query = select(DonorIdentity.donor_id, DonorIdentity.birth_date)
        found.update(dict(session.exec(query.where(col(DonorIdentity.donor_id).in_(ids[start : start + BATCH]))).all()))
    return found
