"""The file of one donor, as its page shows it; who the donor is comes apart, and each look at it is kept."""

import json
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from domain.errors import NotFound
from domain.typing_text import parse_typed_value
from models.audit import AuditEvent
from models.donor import TYPING_COLUMNS, Deferral, Donation, Donor, DonorIdentity, DonorTyping
from models.patient import Patient
from models.reservation import DonorCall, Reservation
from services.donor_arithmetic import eligibility_of
from services.donor_records import audit_donor
from services.donor_typing_change import typings_of
from services.donors import HPA_SYSTEMS
from services.explanations import get_donor
from services.imports.fields import IDENTITY_COLUMNS
from services.reference import active_reference
from services.registry_list import state_of

Json = dict[str, Any]
MOST_EVENTS = 100
EVENTS = frozenset(
    {
        "donor_edited", "donor_identity_edited", "donor_typing_recorded", "donor_deferred", "donor_deferral_lifted",
        "donation_recorded", "donor_consent_recorded", "donor_consent_withdrawn", "donor_identity_shown",
        "donor_exported", "donor_restricted", "donor_restriction_lifted", "donor_erased",
        "donor_merged", "donor_merge_undone",
    }
)  # fmt: skip
LOCI = ("A", "B", "C")
RECORD = (
    "status", "sex", "region", "centre", "abo", "rhd", "cmv", "weight_kg", "height_cm", "platelet_count",
    "low_expression", "pregnancies",
    "hla_antibody_screen", "screened_on", "last_donation_on", "last_donation_type", "donations_12m",
)  # fmt: skip


def donor_file(session: Session, *, number: str, on: date, with_patients: bool, with_reservations: bool) -> Json:
    """Everything on record of one donor but who they are.

    Patients' numbers are there only `with_patients`. Raises NotFound.
    """
    donor = get_donor(session, number)
    return {
        "number": donor.donor_number,
        "earlier_numbers": earlier_numbers(session, donor),
        "version": donor.version_id,
        "state": state_of(donor),
        "status": str(donor.status),
        "searchable": donor.searchable,
        "consent": donor.consent_contact,
        "consent_withdrawn_at": donor.consent_withdrawn_at,
        "restricted_at": donor.restricted_at,
        "restriction_reason": donor.restriction_reason,
        "erased_at": donor.erased_at,
        "created_at": donor.created_at,
        "updated_at": donor.updated_at,
        "source_updated_at": donor.source_updated_at,
        "record": {name: getattr(donor, name) for name in RECORD},
        "typing": typing_rows(session, donor),
        "typing_history": typing_history(session, donor),
        "eligibility": None if donor.erased_at else eligibility_of(session, donor, on=on),
        "deferrals": deferral_rows(session, donor, on),
        "donations": donation_rows(session, donor),
        "reservations": reservation_rows(session, donor, with_patients=with_patients) if with_reservations else None,
        "calls": count_calls(session, donor) if with_reservations else None,
        "events": donor_events(session, number),
    }


def earlier_numbers(session: Session, donor: Donor) -> list[str]:
    """The numbers of the records that were merged into this one; each still leads here."""
    query = select(Donor.donor_number).where(Donor.merged_into_id == donor.id)
    return list(session.exec(query.order_by(col(Donor.donor_number))).all())


def show_identity(session: Session, *, number: str, actor: str, now: datetime) -> Json:
    """Who a donor is, and one row of the trail that somebody looked. Raises NotFound."""
    donor = get_donor(session, number)
    audit_donor(session, donor, "donor_identity_shown", actor=actor, now=now, details={})
    return identity_of(session, donor)


def identity_of(session: Session, donor: Donor) -> Json:
    """The identity columns, decrypted; the caller keeps in the trail that somebody looked."""
    row = session.get(DonorIdentity, donor.id)
    return {name: getattr(row, name) if row else None for name in IDENTITY_COLUMNS}


def typing_rows(session: Session, donor: Donor) -> list[Json]:
    """Each locus or system: the raw texts and what they were read as, with what there is to say."""
    texts = {name: getattr(donor, name) for name in TYPING_COLUMNS}
    reference = active_reference(session)
    rows = []
    for locus, typing in typings_of(texts, reference).items():
        raw = [texts[f"hla_{locus.lower()}_{place}"] for place in (1, 2)]
        said = [one for text in raw for one in parse_typed_value(text, reference=reference, locus=locus).issues]
        issues = {(one.code, one.subject): one for one in (*said, *typing.issues) if one.code != "not_typed"}
        read = [value.canonical if value else None for value in typing.values]
        antigens = [sorted(value.antigens) if value else [] for value in typing.values]
        rows.append(
            {
                "what": f"HLA-{locus}", "raw": raw, "read": read, "antigens": antigens, "blank": typing.blank,
                "issues": [{"code": one.code, "params": {"subject": one.subject, "text": one.subject, **one.params}}
                           for one in issues.values()],
            }
        )  # fmt: skip
    names = {**HPA_SYSTEMS, "cd36": "CD36"}
    return [*rows, *({"what": what, "raw": [texts[name]], "name": name} for name, what in names.items())]


def typing_history(session: Session, donor: Donor) -> list[Json]:
    """Past and present states of the typing, latest first, each with what it changed."""
    query = select(DonorTyping).where(DonorTyping.donor_id == donor.id).order_by(col(DonorTyping.id))
    rows = session.exec(query).all()
    found: list[Json] = []
    for place, row in enumerate(rows):
        before = rows[place - 1] if place else None
        found.append({"recorded_at": row.recorded_at, "source": row.source, "changes": _changes(before, row)})
    return found[::-1]


def _changes(before: DonorTyping | None, row: DonorTyping) -> list[Json]:
    pairs = [(name, getattr(before, name) if before else "", getattr(row, name)) for name in TYPING_COLUMNS]
    return [{"column": name, "old": old, "new": new, "first": before is None} for name, old, new in pairs if old != new]


def deferral_rows(session: Session, donor: Donor, on: date) -> list[Json]:
    """The deferrals, latest first; `in_force` tells whether one keeps the donor from giving on the day or later."""
    query = select(Deferral).where(Deferral.donor_id == donor.id).order_by(col(Deferral.from_on).desc())
    return [_deferral(row, on) for row in session.exec(query)]


def deferral_row(session: Session, donor: Donor, deferral_id: int, on: date) -> Json:
    """One deferral of this donor. Raises NotFound."""
    row = session.get(Deferral, deferral_id)
    if row is None or row.donor_id != donor.id:
        raise NotFound("unknown_deferral", donor=donor.donor_number)
    return _deferral(row, on)


def _deferral(row: Deferral, on: date) -> Json:
    in_force = row.lifted_at is None and (row.until_on is None or row.until_on >= on)
    return {**row.model_dump(exclude={"donor_id"}), "in_force": in_force}


def donation_rows(session: Session, donor: Donor) -> list[Json]:
    """The donations on record, latest first."""
    query = (
        select(Donation, Reservation.code)
        .join(Reservation, col(Reservation.id) == col(Donation.reservation_id), isouter=True)
        .where(Donation.donor_id == donor.id)
        .order_by(col(Donation.given_on).desc())
    )
    return [
        {
            "given_on": row.given_on, "kind": row.kind.value, "recorded_at": row.recorded_at,
            "recorded_by": row.recorded_by, "reservation": code,
        }
        for row, code in session.exec(query)
    ]  # fmt: skip


def reservation_rows(session: Session, donor: Donor, *, with_patients: bool) -> list[Json]:
    """The reservations, latest day first; for whom only for those who may see patients."""
    query = (
        select(Reservation, Patient.patient_number)
        .join(Patient, col(Patient.id) == col(Reservation.patient_id))
        .where(Reservation.donor_id == donor.id)
        .order_by(col(Reservation.day).desc())
    )
    return [
        {"code": row.code, "day": row.day, "status": row.status.value, "patient": number if with_patients else None}
        for row, number in session.exec(query)
    ]


def count_calls(session: Session, donor: Donor) -> int:
    """How many calls were made to the donor."""
    query = (
        select(func.count()).select_from(DonorCall).join(Reservation, col(Reservation.id) == DonorCall.reservation_id)
    )
    return session.exec(query.where(Reservation.donor_id == donor.id)).one()


def donor_events(session: Session, number: str, *, most: int = MOST_EVENTS) -> list[Json]:
    """What the trail says of a donor, latest first: what was done with the record, and each call list that named them.

    Details are those of the events of this file alone, and of a call list its days: no patient, no other donor.
    """
    of_file = select(AuditEvent).where(AuditEvent.subject_type == "donor", AuditEvent.subject_key == number)
    rows = [
        row
        for wanted in (of_file, _call_lists_naming(number))
        for row in session.exec(wanted.order_by(col(AuditEvent.id).desc()).limit(most))
    ]
    rows.sort(key=lambda row: row.id, reverse=True)
    return [
        {"at": row.at, "actor": row.actor, "action": row.action, "details": _details_shown(row)} for row in rows[:most]
    ]


def _call_lists_naming(number: str) -> SelectOfScalar[AuditEvent]:
    """The call lists on which a person saw who this donor is: by the index of subjects first, then by their text."""
    details = sa.cast(AuditEvent.details, sa.Text)
    # Whole and in its own case, which LIKE on SQLite would not ask; the text is the one that json.dumps writes.
    names = sa.func.replace(details, json.dumps(number), "") != details
    return select(AuditEvent).where(
        AuditEvent.subject_type == "call_list", AuditEvent.action == "donor_identities_seen", names
    )


def _details_shown(row: AuditEvent) -> Json:
    if row.subject_type == "call_list":
        return {name: row.details[name] for name in ("from_on", "until_on")}
    return row.details if row.action in EVENTS else {}
