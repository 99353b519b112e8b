"""Everything on record of one person, for that person: the right of access."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.allocation import AllocationMark, AllocationOverride
from models.crossmatch import Crossmatch
from models.donor import TYPING_COLUMNS, Abo, Donor, DonorTyping
from models.family import Family, FamilyMember
from models.importing import ImportBatch, ImportKind, ImportRow
from models.rare_donor import RareDonor, RareDonorCare
from models.reservation import DonorCall, Reservation
from models.transfusion import Transfusion
from services.donor_file import (
    RECORD,
    deferral_rows,
    donation_rows,
    donor_events,
    earlier_numbers,
    identity_of,
    reservation_rows,
)
from services.donor_records import audit_donor
from services.explanations import get_donor
from services.gl_strings import donor_gl_json

Json = dict[str, Any]
FORMS = ("json", "html")
MOST_LOOKS = 10_000
_NEVER = {"id", "merged_into_id", "version_id", "row_hash", "phenotype_key", "class_key", "has_gaps", *TYPING_COLUMNS}
_OF_FAMILY = {"alias", "birth_year", "deceased", "status", "status_source", "shares_result", "consent_on"}
_RECORD = [name for name in dict.fromkeys(("donor_number", *RECORD, *Donor.model_fields)) if name not in _NEVER]


def export_person(session: Session, *, number: str, form: str, actor: str, now: datetime) -> Json:
    """All that is kept of a donor, in parts; of the patients they were reserved for, nothing.

    The reservations' own notes are about patients and stay out; those of the calls are about the donor.
    Raises NotFound.
    """
    donor = get_donor(session, number)
    numbers = [donor.donor_number, *earlier_numbers(session, donor)]
    audit_donor(session, donor, "donor_exported", actor=actor, now=now, details={"form": form})
    return {
        "donor_number": donor.donor_number,
        "earlier_numbers": numbers[1:],
        "made_at": now,
        "identity": identity_of(session, donor),
        "record": {name: getattr(donor, name) for name in _RECORD},
        "typing": {name: getattr(donor, name) for name in TYPING_COLUMNS},
        **donor_gl_json(session, donor),
        "typing_history": _typings(session, donor),
        "deferrals": [_without(row, "id", "in_force") for row in deferral_rows(session, donor, now.date())],
        "donations": donation_rows(session, donor),
        "reservations": [_without(row, "patient") for row in reservation_rows(session, donor, with_patients=False)],
        "calls": _calls(session, donor),
        "transfusions": _transfusions(session, donor),
        "crossmatches": _crossmatches(session, donor),
        "allocation": _allocation(session, donor),
        "rare_donor": _rare(session, donor),
        "rare_donor_care": _rare_care(session, donor),
        "families": _families(session, donor),
        "files": _files(session, numbers),
        "who_looked_or_changed": [event for one in numbers for event in donor_events(session, one, most=MOST_LOOKS)],
    }


def person_json(data: Json) -> str:
    """The export as JSON text, days and moments in ISO form."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=_iso)


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)  # a datetime is a date


def _typings(session: Session, donor: Donor) -> list[Json]:
    query = select(DonorTyping).where(DonorTyping.donor_id == donor.id).order_by(col(DonorTyping.id))
    return [_without(row.model_dump(), "id", "donor_id", "batch_id") for row in session.exec(query)]


def _calls(session: Session, donor: Donor) -> list[Json]:
    query = (
        select(DonorCall)
        .join(Reservation, col(Reservation.id) == DonorCall.reservation_id)
        .where(Reservation.donor_id == donor.id)
        .order_by(col(DonorCall.at))
    )
    return [_without(row.model_dump(), "id", "reservation_id", "on_day") for row in session.exec(query)]


def _transfusions(session: Session, donor: Donor) -> list[Json]:
    """The products of this donor that were transfused: of who got them and when, nothing."""
    query = select(Transfusion).where(Transfusion.donor_id == donor.id).order_by(col(Transfusion.id))
    return [{"product_number": row.product_number, "abo": _text(row.product_abo)} for row in session.exec(query)]


def _crossmatches(session: Session, donor: Donor) -> list[Json]:
    """The tests with this donor's cells: of whose serum, nothing; notes are about patients."""
    query = select(Crossmatch).where(Crossmatch.donor_id == donor.id).order_by(col(Crossmatch.id))
    return [
        {"test": row.kind.value, "method": row.method, "result": row.result.value, "tested_on": row.tested_on}
        for row in session.exec(query)
    ]


def _allocation(session: Session, donor: Donor) -> list[Json]:
    """How people marked the donor, or asked for them, for requests; the reasons are about patients."""
    marks = select(AllocationMark).where(AllocationMark.donor_id == donor.id).order_by(col(AllocationMark.id))
    asked = select(AllocationOverride).where(AllocationOverride.donor_id == donor.id)
    return [
        *(
            {"at": row.made_at, "actor": row.made_by, "action": f"allocation_{row.kind.value}", "day": row.day}
            for row in session.exec(marks)
        ),
        *(
            {"at": row.asked_at, "actor": row.asked_by, "action": "allocation_override_asked", "day": row.day}
            for row in session.exec(asked.order_by(col(AllocationOverride.id)))
        ),
    ]


def _text(value: Abo | None) -> str:
    return value.value if value else ""


def _rare(session: Session, donor: Donor) -> list[Json]:
    """The rare phenotypes of the donor, as the rare-donor file has them."""
    query = select(RareDonor).where(RareDonor.donor_id == donor.id).order_by(col(RareDonor.id))
    return [_without(row.model_dump(), "id", "donor_id") for row in session.exec(query)]


def _rare_care(session: Session, donor: Donor) -> list[Json]:
    """How the donor is cared for as a rare one, its texts included: they are about the donor."""
    row = session.get(RareDonorCare, donor.id)
    return [] if row is None else [_without(row.model_dump(), "donor_id", "version_id")]


def _families(session: Session, donor: Donor) -> list[Json]:
    """What is written of this person in families, and of nobody else there."""
    query = select(FamilyMember, Family.phenotype).join(Family, col(Family.id) == FamilyMember.family_id)
    rows = session.exec(query.where(FamilyMember.donor_id == donor.id).order_by(col(FamilyMember.id))).all()
    return [{"phenotype": phenotype, **row.model_dump(include=_OF_FAMILY)} for row, phenotype in rows]


def _files(session: Session, numbers: Sequence[str]) -> list[Json]:
    """The files that held a row of this donor, under whatever number."""
    query = (
        select(ImportBatch.file_name, ImportBatch.started_at, ImportRow.line, ImportRow.outcome)
        .join(ImportRow, col(ImportRow.batch_id) == col(ImportBatch.id))
        .where(col(ImportRow.key).in_(numbers), ImportBatch.kind == ImportKind.DONORS)
        .order_by(col(ImportBatch.id))
    )
    return [
        {"file": file, "imported_at": at, "line": line, "outcome": str(outcome)}
        for file, at, line, outcome in session.exec(query)
    ]


def _without(row: Mapping[str, Any], *names: str) -> Json:
    return {name: value for name, value in row.items() if name not in names}
