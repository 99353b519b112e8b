"""Long lists read in parts, each after the last row of the one before: no part is skipped or seen twice."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from domain.errors import UnusableInput
from models.donor import Donor
from models.patient import Patient
from models.search import Search
from services.patient_list import patient_entries
from services.patients import get_patient

Json = dict[str, Any]


def patients_after(session: Session, *, after: str | None, limit: int) -> list[Json]:
    """At most so many patients in the order of their numbers, those after `after`."""
    return patient_entries(session, _after(session, Patient, col(Patient.patient_number), after, limit))


def donors_after(session: Session, *, after: str | None, limit: int, region: str | None = None) -> Sequence[Donor]:
    """At most so many donors in the order of their numbers, those after `after`; of one region where one is named."""
    where = [col(Donor.merged_into_id).is_(None), *([] if region is None else [col(Donor.region) == region])]
    return _after(session, Donor, col(Donor.donor_number), after, limit, *where)


def _after(
    session: Session, table: type[Any], number: Mapped[str], after: str | None, limit: int, *where: Any
) -> Sequence[Any]:
    # In the order of its characters, whatever language the PostgreSQL server speaks.
    key = sa.collate(number, "C") if session.get_bind().dialect.name == "postgresql" else number
    found = select(table).where(*where).order_by(key).limit(limit)
    return session.exec(found if after is None else found.where(key > after)).all()


def searches_after(session: Session, *, after: str | None, limit: int, patient_number: str | None) -> list[Json]:
    """At most so many searches, the latest first, those before the search `after`; of one patient where one is named.

    Raises UnusableInput for a cursor that is no search, NotFound for an unknown patient.
    """
    columns = (Search.id, Patient.patient_number, Search.on_day, Search.threshold_mfi, Search.policy)
    query = sa.select(*(col(one) for one in (*columns, Search.created_at, Search.actor))).join(
        Patient, col(Patient.id) == col(Search.patient_id)
    )
    if patient_number is not None:
        query = query.where(col(Search.patient_id) == get_patient(session, patient_number).id)
    if after is not None:
        last = session.get(Search, after)
        if last is None:
            raise UnusableInput("cursor_unknown")
        order = sa.tuple_(col(Search.created_at), col(Search.id))
        query = query.where(order < sa.tuple_(sa.literal(last.created_at), sa.literal(last.id)))
    latest_first = query.order_by(col(Search.created_at).desc(), col(Search.id).desc()).limit(limit)
    names = ("search", "patient", "on", "threshold", "policy", "created_at", "actor")
    return [dict(zip(names, row, strict=True)) for row in session.execute(latest_first)]
