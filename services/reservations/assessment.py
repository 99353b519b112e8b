"""What stands in the way of reserving a donor for a patient on a day, everything at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from domain.errors import RefusedByRule
from domain.reservation import Timing, nearest_too_near
from domain.verdict import Verdict
from models.donor import DonationKind, Donor
from models.patient import Patient
from models.request import RequestStatus, TransfusionRequest
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.reservations.occupancy import occupying, refusal_of_occupied
from services.rule_tables import eligibility_rules

Json = dict[str, Any]
# Why a donor may not be called on at all, as services.explanations says it.
SET_ASIDE = ("donor_restricted", "donor_not_active", "donor_without_consent")


@dataclass(frozen=True, slots=True)
class Pair:
    """A donor, a patient and a day, with the explanation of the donor for the patient on that day."""

    patient: Patient
    donor: Donor
    day: date
    answer: Json

    @property
    def verdict(self) -> Verdict:
        """The verdict at the threshold asked."""
        return Verdict(self.answer["donor"]["verdict"])


def obstacles(session: Session, pair: Pair, *, by: Person, timing: Timing) -> Iterator[RefusedByRule]:
    """What no reason can overrule: the donor set aside, taken or too near another day, or not eligible."""
    yield from _set_aside(pair)
    yield from _not_eligible(pair)
    yield from _taken(session, pair, by=by, timing=timing)


def verdict_refusal(pair: Pair, *, by: Person, reason: str) -> RefusedByRule | None:
    """What the verdict asks: nothing, a reason, or for a blocked donor a reason of somebody who signs directives."""
    params = {"donor": pair.donor.donor_number, "patient": pair.patient.patient_number}
    threshold = {"threshold_mfi": pair.answer["threshold"]}
    if pair.verdict is Verdict.BLOCKED and not (reason and by.may(Permission.SIGN_DIRECTIVES)):
        return RefusedByRule("reserve_blocked", **params, **threshold)
    if pair.verdict is Verdict.UNKNOWN and not reason:
        return RefusedByRule("reserve_not_evaluable", **params, **threshold)
    return None


def needs_reason(verdict: Verdict) -> bool:
    """Whether reserving against this verdict has to be justified."""
    return verdict in (Verdict.BLOCKED, Verdict.UNKNOWN)


def find_request(session: Session, patient: Patient, code: str | None) -> TransfusionRequest | None:
    """The open request of the patient to attach, None where none is named. Raises RefusedByRule."""
    if not code:
        return None
    for request in open_requests(session, patient):
        if request.code == code:
            return request
    raise RefusedByRule("request_not_open_here", patient=patient.patient_number)


def open_requests(session: Session, patient: Patient) -> list[TransfusionRequest]:
    """The requests of a patient that are still open, the most pressing first."""
    query = select(TransfusionRequest).where(
        TransfusionRequest.patient_id == patient.id, TransfusionRequest.status == RequestStatus.OPEN
    )
    return list(session.exec(query.order_by(col(TransfusionRequest.needed_by), col(TransfusionRequest.id))).all())


def _set_aside(pair: Pair) -> Iterator[RefusedByRule]:
    number = pair.donor.donor_number
    if pair.donor.erased_at:
        yield RefusedByRule("donor_erased", donor=number)
        return
    said = {one["code"]: one["params"] for one in pair.answer["eligibility"]}
    if pair.donor.restricted_at:
        said.setdefault("donor_restricted", {"donor": number})
    if pair.donor.consent_withdrawn_at:
        said.setdefault("donor_without_consent", {})
    for code in SET_ASIDE:
        if code in said:
            yield RefusedByRule(code, **said[code])


def _not_eligible(pair: Pair) -> Iterator[RefusedByRule]:
    first: date | None = pair.answer["donor"]["first_eligible_on"]
    params = {"donor": pair.donor.donor_number, "on": pair.day.isoformat()}
    if first is None:
        yield RefusedByRule("reserve_never_eligible", **params)
    elif first != pair.day:
        yield RefusedByRule("reserve_not_eligible", **params, first_on=first.isoformat())


def _taken(session: Session, pair: Pair, *, by: Person, timing: Timing) -> Iterator[RefusedByRule]:
    number = pair.donor.donor_number
    rows = {row.day: row for row in occupying(session, pair.donor.id or 0, timing)}
    if same := rows.pop(pair.day, None):
        yield refusal_of_occupied(session, same, by=by, donor_number=number, timing=timing)
        return
    days = eligibility_rules(pair.day).interval_days[DonationKind.PLATELETS]
    near = nearest_too_near(pair.day, rows, days)
    if near is not None:
        on, other_on = pair.day.isoformat(), near.isoformat()
        yield RefusedByRule("reserve_too_near", donor=number, on=on, other_on=other_on, days=days)
