"""Everything on record of one person, for that person: the right of access."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from sqlmodel import Session, col, select

from models.allocation import AllocationMark, AllocationOverride
from models.campaign import Invitation, InvitationStep
from models.crossmatch import Crossmatch
from models.donor import TYPING_COLUMNS, Abo, Donor, DonorTyping
from models.donor_test import DonorTest
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
_OF_INVITATION = {
    "selected_at", "wave", "stage", "reasons", "attempts", "next_on", "appointment_at", "second_sample", "lost_reason",
}  # fmt: skip
_OF_TEST = {
    "result", "platelets", "monocytes", "sample_code", "sampled_on", "tested_on", "method", "prior", "recorded_at",
    "recorded_by",
}  # fmt: skip
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
        "invitations": _invitations(session, donor),
        "contacts": _contacts(session, donor),
        "tests": _tests(session, donor),
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


def _invitations(session: Session, donor: Donor) -> list[Json]:
    """The campaigns that invited this donor, and why; what a campaign is called or is for may tell of a patient."""
    query = select(Invitation).where(Invitation.donor_id == donor.id).order_by(col(Invitation.id))
    return [row.model_dump(include=_OF_INVITATION) for row in session.exec(query)]


def _contacts(session: Session, donor: Donor) -> list[Json]:
    """Every step of these invitations, with what was noted: it is about the donor."""
    query = select(InvitationStep).where(InvitationStep.donor_id == donor.id).order_by(col(InvitationStep.id))
    return [
        {"at": row.at, "channel": row.channel.value, "stage": row.to_stage.value, "actor": row.actor, "note": row.note}
        for row in session.exec(query)
    ]


def _tests(session: Session, donor: Donor) -> list[Json]:
    """The results of this donor's samples, those taken back too."""
    query = select(DonorTest).where(DonorTest.donor_id == donor.id).order_by(col(DonorTest.id))
    return [
        {
            "analyte": row.analyte, **row.model_dump(include=_OF_TEST), "taken_back_at": row.withdrawn_at,
            "taken_back_by": row.withdrawn_by, "reason": row.withdrawal_reason,
        }
        for row in session.exec(query)
    ]  # fmt: skip


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
    found: list[tuple[datetime | None, str | None, str, date | None]] = []
    for mark in session.exec(select(AllocationMark).where(AllocationMark.donor_id == donor.id)):
        found.append((mark.made_at, mark.made_by, f"allocation_{mark.kind.value}", mark.day))
        found.append((mark.lifted_at, mark.lifted_by, "allocation_mark_lifted", mark.day))
    for asked in session.exec(select(AllocationOverride).where(AllocationOverride.donor_id == donor.id)):
        found.append((asked.asked_at, asked.asked_by, "allocation_override_asked", asked.day))
        found.append((asked.decided_at, asked.decided_by, f"allocation_override_{asked.status.value}", asked.day))
    done = [one for one in found if one[0] is not None]
    done.sort(key=itemgetter(0, 2))
    return [{"at": at, "actor": actor, "action": action, "day": day} for at, actor, action, day in done]


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
