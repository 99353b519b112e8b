"""Donor rows of a page."""

from collections.abc import Sequence

import numpy as np
from sqlmodel import Session, col, select

from models.database import in_parts
from models.donor import Donor, DonorIdentity
from services.matching.index import Array

BATCH = 5_000


def load_donors(session: Session, ids: Sequence[int]) -> dict[int, Donor]:
    """Donor rows by id."""
    found: dict[int, Donor] = {}
    for start in range(0, len(ids), BATCH):
        rows = session.exec(select(Donor).where(col(Donor.id).in_(ids[start : start + BATCH])))
        found.update({row.id: row for row in rows if row.id is not None})
    return found


def load_numbers(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Donor numbers by id."""
    found: dict[int, str] = {}
    for part in in_parts(ids):
        found.update(session.exec(select(Donor.id, Donor.donor_number).where(col(Donor.id).in_(part))).all())  # type: ignore[arg-type]
    return found


def load_birth_dates(session: Session, ids: Sequence[int]) -> dict[int, str | None]:
    """Birth dates by donor id, decrypted: only whether they are known leaves the services."""
    found: dict[int, str | None] = {}
    for start in range(0, len(ids), BATCH):
        query = select(DonorIdentity.donor_id, DonorIdentity.birth_date)
        found.update(dict(session.exec(query.where(col(DonorIdentity.donor_id).in_(ids[start : start + BATCH]))).all()))
    return found


def load_ids(session: Session, *, rhd: str | None = None, cmv: str | None = None) -> Array:
    """The ids of all searchable donors of that RhD sign, or of that CMV result."""
    query = select(Donor.id).where(col(Donor.searchable))
    for column, value in ((Donor.rhd, rhd), (Donor.cmv, cmv)):
        if value is not None:
            query = query.where(col(column) == value)
    # The driver's own cursor: the ORM's row objects cost more than the query.
    cursor = session.connection().execute(query).cursor
    return np.fromiter((row[0] for row in cursor.fetchall()), dtype=np.int64)
