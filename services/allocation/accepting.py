"""Accept what a kept division gives: each choice becomes a reservation, or is refused alone with its reason."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session, col, func, select

from domain.errors import PhenothequeError, RefusedByRule
from domain.reservation import Timing
from domain.verdict import Verdict
from models.donor import Donor
from models.request import TransfusionRequest
from models.reservation import Reservation
from services.accounts.person import Person
from services.allocation.keeping import audit_run, get_run
from services.allocation.marking import is_forbidden, lift_fixed, open_request
from services.allocation.terms import Json
from services.explanations import get_donor
from services.matching.snapshots import SnapshotStore
from services.requests import FOUND
from services.reservations import Wish, reserve
from services.reservations.occupancy import expire_holds
from services.wording.catalogue import sentence


def accept(
    session: Session,
    store: SnapshotStore,
    *,
    run_code: str,
    choices: Sequence[tuple[str, str]] | None,
    by: Person,
    timing: Timing,
    locale: str = "fr",
) -> Json:
    """Reserve donors as a kept division gives them: (request, donor) pairs, or all of it where None is given.

    What changed since refuses its own choice, and the others stand; what is reserved already stays as it is. Raises
    NotFound for an unknown division.
    """
    run = get_run(session, run_code)
    expire_holds(session, timing=timing)  # a hold that ran out is no unit found, whether or not it was marked so
    given = {(one["request"], one["donor_number"]): one for one in run.answer["given"]}
    patients = {one["request"]: one["patient"] for one in run.answer["requests"]}
    reserved: list[Json] = []
    refused: list[Json] = []
    for request, donor in dict.fromkeys(given if choices is None else choices):
        try:
            if (request, donor) not in given:
                raise RefusedByRule("allocation_not_in_run", donor=donor)
            with session.begin_nested():
                reserved.append(_accept_one(session, store, given[request, donor], by=by, timing=timing))
        except PhenothequeError as error:
            message = sentence(error.code, error.params, locale)
            who = {"request": request, "patient": patients.get(request), "donor_number": donor}
            refused.append({**who, "code": error.code, "message": message})
    new = [one["reservation"] for one in reserved if not one["was_there"]]
    if new:
        details: dict[str, object] = {"reservations": new, "refused": len(refused)}
        audit_run(session, "allocation_accepted", run, details, actor=by.login, now=timing.now)
    return {"run": run.code, "reserved": reserved, "refused": refused}


def _accept_one(session: Session, store: SnapshotStore, one: Mapping[str, str], *, by: Person, timing: Timing) -> Json:
    request, donor = open_request(session, one["request"]), get_donor(session, one["donor_number"])
    day = date.fromisoformat(one["day"])
    row = _find_reserved(session, request, donor, day)
    was_there = row is not None
    if row is None:
        wish = Wish(one["patient"], donor.donor_number, day, request_code=request.code)
        row = reserve_unit(session, store, request=request, wish=wish, by=by, timing=timing)
        if row.verdict != Verdict.COMPATIBLE:
            raise RefusedByRule("allocation_no_longer_compatible", donor=donor.donor_number, patient=one["patient"])
        lift_fixed(session, request, donor, by=by, now=timing.now)
    return {
        "reservation": row.code,
        "request": request.code,
        "patient": one["patient"],
        "donor_number": donor.donor_number,
        "day": day,
        "was_there": was_there,
    }


def reserve_unit(
    session: Session, store: SnapshotStore, *, request: TransfusionRequest, wish: Wish, by: Person, timing: Timing
) -> Reservation:
    """Reserve a donor as one more unit of a request.

    Raises what `reserve` does, and RefusedByRule for one too many and for a donor forbidden meanwhile.
    """
    if is_forbidden(session, request, get_donor(session, wish.donor_number)):
        raise RefusedByRule("override_forbidden", donor=wish.donor_number)
    found = select(func.count()).where(Reservation.request_id == request.id, col(Reservation.status).in_(FOUND))
    if session.exec(found).one() >= request.units:
        raise RefusedByRule("allocation_request_met", donor=wish.donor_number)
    row = reserve(session, store, wish=wish, by=by, timing=timing)
    if row.request_id != request.id:  # the same person held them for the patient that day before, for something else
        raise RefusedByRule("allocation_held_otherwise", donor=wish.donor_number, on=wish.day.isoformat())
    return row


def _find_reserved(session: Session, request: TransfusionRequest, donor: Donor, day: date) -> Reservation | None:
    """The unit that was reserved so before, by whomever."""
    query = select(Reservation).where(
        Reservation.request_id == request.id,
        Reservation.donor_id == donor.id,
        Reservation.day == day,
        col(Reservation.status).in_(FOUND),
    )
    return session.exec(query).first()
