"""A donor asked for a request against the division: what it costs the others, and a second person who decides."""

import uuid
from collections import Counter
from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.allocation import Allocation, Given
from domain.errors import NotFound, RefusedByRule
from domain.reservation import Timing
from domain.verdict import Verdict
from models.allocation import AllocationOverride, MarkKind, OverrideStatus
from models.donor import Donor
from models.patient import Patient
from models.request import RequestStatus, TransfusionRequest
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.allocation.accepting import reserve_unit
from services.allocation.dividing import Division, divide
from services.allocation.ending import audit_override, settle_override
from services.allocation.keeping import get_run
from services.allocation.marking import open_request
from services.allocation.proposing import given_json
from services.allocation.terms import Json, Span, span_left
from services.explanations import get_donor
from services.matching.snapshots import SnapshotStore
from services.platelet_antibodies import check_reason
from services.reservations import Wish
from services.reservations.assessment import obstacles
from services.reservations.occupancy import expire_holds, names_of
from services.reservations.reserving import explain_pair

DECIDERS = (Permission.RESERVE, Permission.SIGN_DIRECTIVES)


def plan_override(
    session: Session,
    store: SnapshotStore,
    *,
    span: Span,
    request_code: str,
    donor_number: str,
    day: date,
    by: Person,
    timing: Timing,
) -> Json:
    """What a donor given against the division of these days would cost: units before and after, who gains, who loses.

    Raises NotFound, and RefusedByRule for a donor blocked, forbidden, taken or not eligible that day, a day that does
    not serve the request, a request that is closed or met, and what the division gives anyway.
    """
    request, donor = open_request(session, request_code), get_donor(session, donor_number)
    patient = session.get_one(Patient, request.patient_id)
    wish = Wish(patient.patient_number, donor.donor_number, day)
    pair = explain_pair(session, store, wish=wish, patient=patient, donor=donor)
    if pair.verdict is Verdict.BLOCKED:
        raise RefusedByRule("override_blocked", donor=donor.donor_number, patient=patient.patient_number)
    for refusal in obstacles(session, pair, by=by, timing=timing):
        raise refusal
    division = divide(session, store, span=span)
    wanted = Given(request.code, donor.donor_number, day.toordinal(), 0)
    _check_fits(division, wanted)
    return _consequences(division, division.inputs.solve(wanted)) | {"verdict": pair.verdict.value}


def ask_override(
    session: Session,
    store: SnapshotStore,
    *,
    run_code: str,
    request_code: str,
    donor_number: str,
    day: date,
    reason: str,
    by: Person,
    timing: Timing,
) -> Json:
    """Put an override on record for a second person, with its consequences of now; the same again is asked once.

    Raises what `plan_override` does, and InvalidFields without a reason.
    """
    words, run = check_reason(reason), get_run(session, run_code)
    planned = plan_override(
        session, store, span=span_left(run, timing), request_code=request_code, donor_number=donor_number, day=day,
        by=by, timing=timing,
    )  # fmt: skip
    request = open_request(session, request_code)
    row = _find_asked(session, request, get_donor(session, donor_number), day, by)
    if row is None:
        row = AllocationOverride(
            code=str(uuid.uuid4()),
            run_id=run.id or 0,
            request_id=request.id or 0,
            donor_id=get_donor(session, donor_number).id or 0,
            day=day,
            reason=words,
            asked_at=timing.now,
            asked_by=by.login,
        )
        audit_override(session, row, "allocation_override_asked", by=by.login, now=timing.now)
    return {"code": row.code, "consequences": planned}


def decide_override(
    session: Session, store: SnapshotStore, *, code: str, approve: bool, by: Person, timing: Timing
) -> AllocationOverride:
    """Approve an override, which reserves the donor in the name of who approves, or refuse it.

    Raises NotFound; RefusedByRule for who asked it, who may not decide, one decided already, and for whatever keeps
    the donor from being reserved by now: the override is then still asked.
    """
    row = get_override(session, code)
    if row.status is not OverrideStatus.ASKED:
        raise RefusedByRule("override_decided")
    if not any(by.may(one) for one in DECIDERS):
        raise RefusedByRule("override_may_not_decide")
    if by.login == row.asked_by:
        raise RefusedByRule("override_needs_second")
    if approve:
        row.reservation_id = _reserve(session, store, row, by=by, timing=timing)
    settle_override(row, OverrideStatus.APPROVED if approve else OverrideStatus.REFUSED, by=by.login, now=timing.now)
    done = "allocation_override_approved" if approve else "allocation_override_refused"
    audit_override(session, row, done, by=by.login, now=timing.now)
    return row


def cancel_override(session: Session, *, code: str, by: Person, now: datetime) -> AllocationOverride:
    """Take back what one asked oneself. Raises NotFound, and RefusedByRule for another's or one decided already."""
    row = get_override(session, code)
    if row.status is not OverrideStatus.ASKED:
        raise RefusedByRule("override_decided")
    if by.login != row.asked_by:
        raise RefusedByRule("override_of_another")
    settle_override(row, OverrideStatus.CANCELLED, by=by.login, now=now)
    audit_override(session, row, "allocation_override_cancelled", by=by.login, now=now)
    return row


def get_override(session: Session, code: str) -> AllocationOverride:
    """The override of that code. Raises NotFound."""
    query = select(AllocationOverride).where(AllocationOverride.code == code)
    row = session.exec(query).first() if code.isprintable() else None
    if row is None:
        raise NotFound("override_unknown")
    return row


def overrides_json(session: Session, *, by: Person) -> list[Json]:
    """The overrides of open requests that wait for a second person, the oldest first."""
    query = (
        select(AllocationOverride, TransfusionRequest.code, Patient.patient_number, Donor.donor_number)
        .join(TransfusionRequest, col(TransfusionRequest.id) == col(AllocationOverride.request_id))
        .join(Patient, col(Patient.id) == col(TransfusionRequest.patient_id))
        .join(Donor, col(Donor.id) == col(AllocationOverride.donor_id))
        .where(AllocationOverride.status == OverrideStatus.ASKED, TransfusionRequest.status == RequestStatus.OPEN)
        .order_by(col(AllocationOverride.id))
    )
    found = session.exec(query).all()
    names = names_of(session, [row.asked_by for row, *_ in found])
    return [
        {
            "code": row.code,
            "request": request,
            "patient": patient,
            "donor_number": donor,
            "day": row.day,
            "reason": row.reason,
            "asked_by": names[row.asked_by],
            "asked_at": row.asked_at,
            "may_decide": by.login != row.asked_by and any(by.may(one) for one in DECIDERS),
            "may_cancel": by.login == row.asked_by,
        }
        for row, request, patient, donor in found
    ]


def overrides_to_decide(session: Session, *, by: Person) -> list[Json]:
    """The overrides that wait for this person to decide, the oldest first."""
    return [one for one in overrides_json(session, by=by) if one["may_decide"]]


def _check_fits(division: Division, wanted: Given) -> None:
    """Whether a donation can be fixed beside those that are."""
    need, donor = division.inputs.needs.get(wanted.need), wanted.donor
    if need is None:
        raise RefusedByRule("override_not_divided")
    if not need.first <= wanted.day <= need.last:
        raise RefusedByRule("override_not_in_time", on=date.fromordinal(wanted.day).isoformat())
    if any((one.need, one.donor, one.day) == (wanted.need, donor, wanted.day) for one in division.answer.given):
        raise RefusedByRule("override_given", donor=donor)
    if any((one.request, one.donor, one.kind) == (wanted.need, donor, MarkKind.FORBIDDEN) for one in division.marks):
        raise RefusedByRule("override_forbidden", donor=donor)
    fixed = division.inputs.fixed
    if any(one.donor == donor and abs(one.day - wanted.day) < division.inputs.interval_days for one in fixed):
        raise RefusedByRule("override_fixed_elsewhere", donor=donor)
    if sum(one.need == wanted.need for one in fixed) >= need.units:
        raise RefusedByRule("override_units_fixed")


def _consequences(division: Division, after: Allocation) -> Json:
    before, patients = division.answer, division.patients
    met_before, met_after = (Counter(one.need for one in answer.given) for answer in (before, after))
    pairs_before, pairs_after = ({(one.need, one.donor) for one in answer.given} for answer in (before, after))
    return {
        "units_before": len(before.given),
        "units_after": len(after.given),
        "requests": [
            {"request": code, "patient": patients[code], "before": met_before[code], "after": met_after[code]}
            for code in sorted(division.inputs.needs)
            if met_before[code] != met_after[code]
        ],
        "lost": [given_json(one, patients) for one in before.given if (one.need, one.donor) not in pairs_after],
        "gained": [given_json(one, patients) for one in after.given if (one.need, one.donor) not in pairs_before],
    }


def _find_asked(
    session: Session, request: TransfusionRequest, donor: Donor, day: date, by: Person
) -> AllocationOverride | None:
    query = select(AllocationOverride).where(
        AllocationOverride.request_id == request.id,
        AllocationOverride.donor_id == donor.id,
        AllocationOverride.day == day,
        AllocationOverride.asked_by == by.login,
        AllocationOverride.status == OverrideStatus.ASKED,
    )
    return session.exec(query).first()


def _reserve(
    session: Session, store: SnapshotStore, row: AllocationOverride, *, by: Person, timing: Timing
) -> int | None:
    request = session.get_one(TransfusionRequest, row.request_id)
    if request.status is not RequestStatus.OPEN:
        raise RefusedByRule("request_closed_already")
    patient = session.get_one(Patient, request.patient_id).patient_number
    donor = session.get_one(Donor, row.donor_id).donor_number
    expire_holds(session, timing=timing)
    wish = Wish(patient, donor, row.day, request_code=request.code, override_reason=row.reason)
    with session.begin_nested():
        kept = reserve_unit(session, store, request=request, wish=wish, by=by, timing=timing)
        if kept.verdict == Verdict.BLOCKED:  # who signs directives may reserve so, and not by this way
            raise RefusedByRule("override_blocked", donor=donor, patient=patient)
    return kept.id
