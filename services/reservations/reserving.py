"""Reserve a donor for a patient and a day: one transaction decides, and the database refuses the second of two."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from domain.directive import check_threshold
from domain.errors import FieldFault, InvalidFields
from domain.evidence import NO_EVIDENCE
from domain.reservation import Timing, check_day
from domain.verdict import Verdict
from models.donor import Donor
from models.patient import Patient
from models.reservation import Reservation, ReservationStatus
from services.accounts.person import Person
from services.explanations import explain_laid, get_donor
from services.matching.snapshots import SnapshotStore
from services.patients import Request, get_patient
from services.reservations.assessment import Pair, find_request, needs_reason, obstacles, verdict_refusal
from services.reservations.occupancy import audit_reservation, expire_holds, occupying, refusal_of_occupied
from services.searches import lay, threshold_of

LONGEST_NOTE = 1_000
OVERRULED = "verdict_overruled"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks: a donor for a patient on a day, at a threshold (MFI; None: the directive's own)."""

    patient_number: str
    donor_number: str
    day: date
    threshold_mfi: int | None = None
    request_code: str | None = None
    note: str = ""
    override_reason: str = ""


def reserve(session: Session, store: SnapshotStore, *, wish: Wish, by: Person, timing: Timing) -> Reservation:
    """Hold a donor for a patient on a day, in a write session; the donor's holds that ran out are marked first.

    The same person wishing the same donor, patient and day again gets the reservation that is there.

    Raises:
        NotFound: no such patient or donor.
        UnusableInput: a threshold that cannot be used, or none where no directive gives one.
        InvalidFields: a note or a reason that is too long.
        RefusedByRule: a day that is over or too far; a donor set aside, not eligible that day, taken that day or
            within the interval between two donations of platelets; a verdict that needs a reason; a request that
            is not open.
    """
    _check_texts(wish)
    patient, donor = get_patient(session, wish.patient_number), get_donor(session, wish.donor_number)
    expire_holds(session, timing=timing, donor_id=donor.id)
    if again := _find_same(session, donor, patient, wish.day, by=by, timing=timing):
        return again
    check_day(wish.day, timing.today)
    pair = explain_pair(session, store, wish=wish, patient=patient, donor=donor)
    for refusal in obstacles(session, pair, by=by, timing=timing):
        raise refusal
    refused = verdict_refusal(pair, by=by, reason=wish.override_reason.strip())
    if refused is not None:
        raise refused
    row = _row(session, pair, wish, by=by, timing=timing)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # the partial unique index: somebody was first
        if again := _find_same(session, donor, patient, wish.day, by=by, timing=timing):
            return again
        _refuse_taken(session, donor, wish.day, by=by, timing=timing)
        raise
    audit_reservation(session, row, "held", actor=by.login, timing=timing, details=_said(row, donor, pair.verdict))
    return row


def explain_pair(session: Session, store: SnapshotStore, *, wish: Wish, patient: Patient, donor: Donor) -> Pair:
    """The donor explained for the patient on the day wished, without past evidence: it stands in nobody's way.

    Raises UnusableInput.
    """
    threshold = None if wish.threshold_mfi is None else check_threshold(wish.threshold_mfi)
    request = Request(threshold_mfi=threshold)
    laid = lay(session, store, patient_number=patient.patient_number, request=request, on=wish.day)
    asked: dict[str, Any] = {"mfi": threshold_of(laid.case), "evidence": NO_EVIDENCE, "locale": "fr"}
    answer = explain_laid(session, laid, donor_number=donor.donor_number, **asked)
    return Pair(patient, donor, wish.day, answer)


def _check_texts(wish: Wish) -> None:
    texts = {"note": wish.note, "override_reason": wish.override_reason}
    long = [name for name, text in texts.items() if len(text.strip()) > LONGEST_NOTE]
    if long:
        raise InvalidFields([FieldFault(name, "note_too_long", {"most": LONGEST_NOTE}) for name in long])


def _find_same(
    session: Session, donor: Donor, patient: Patient, day: date, *, by: Person, timing: Timing
) -> Reservation | None:
    """The reservation that this same wish of this same person made before: a double click is no second wish."""
    for row in occupying(session, donor.id or 0, timing):
        if (row.day, row.patient_id, row.held_by) == (day, patient.id, by.login):
            return row
    return None


def _refuse_taken(session: Session, donor: Donor, day: date, *, by: Person, timing: Timing) -> None:
    for row in occupying(session, donor.id or 0, timing):
        if row.day == day:
            raise refusal_of_occupied(session, row, by=by, donor_number=donor.donor_number, timing=timing)


def _row(session: Session, pair: Pair, wish: Wish, *, by: Person, timing: Timing) -> Reservation:
    request = find_request(session, pair.patient, wish.request_code)
    overruled = needs_reason(pair.verdict)
    texts = (wish.override_reason if overruled else "", wish.note)
    return Reservation(
        code=str(uuid.uuid4()),
        donor_id=pair.donor.id or 0,
        patient_id=pair.patient.id or 0,
        request_id=request.id if request else None,
        day=wish.day,
        status=ReservationStatus.HELD,
        held_by=by.login,
        held_at=timing.now,
        expires_at=timing.hold_ends(wish.day),
        threshold_mfi=pair.answer["threshold"],
        verdict=pair.verdict.value,
        flags=[*pair.answer["donor"]["flags"], *([OVERRULED] if overruled else [])],
        note="\n".join(text.strip() for text in texts if text.strip()),
        changed_by=by.login,
        changed_at=timing.now,
    )


def _said(row: Reservation, donor: Donor, verdict: Verdict) -> dict[str, object]:
    return {
        "donor": donor.donor_number,
        "day": row.day,
        "to": row.status.value,
        "threshold_mfi": row.threshold_mfi,
        "verdict": verdict.value,
        "overruled": needs_reason(verdict),
        "expires_at": row.expires_at,
    }
