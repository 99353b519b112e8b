"""What the form of a reservation shows before anything is written: the donor explained, and what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from domain.errors import RefusedByRule
from domain.reservation import Timing, check_day
from domain.verdict import Verdict
from models.request import TransfusionRequest
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.donor_page import open_explanation
from services.explanations import get_donor
from services.matching.snapshots import SnapshotStore
from services.patients import get_patient
from services.reservations.assessment import Pair, obstacles, open_requests
from services.reservations.reserving import Wish
from services.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Plan:
    """A dry run: `answer` explains the donor as of `day`, `refusals` are all that no reason overrules.

    `reason_from`: who may justify going on against the verdict; "nobody" where nothing has to be justified,
    "anybody" who reserves, or a "signer" of directives. `may_justify`: whether this person may.
    """

    day: date
    answer: dict[str, Any]
    refusals: tuple[RefusedByRule, ...]
    reason_from: str
    may_justify: bool
    requests: Sequence[TransfusionRequest]
    hold_ends: datetime


def plan_reservation(
    session: Session, store: SnapshotStore, *, wish: Wish, by: Person, timing: Timing, locale: str
) -> Plan:
    """What reserving would meet, with nothing written.

    A day that cannot be reserved is refused, and the donor shown as of today. Raises NotFound and UnusableInput.
    """
    patient, donor = get_patient(session, wish.patient_number), get_donor(session, wish.donor_number)
    refused = _refusal_of_day(wish.day, timing)
    day = timing.today if refused else wish.day
    answer = open_explanation(
        session,
        store,
        patient_number=wish.patient_number,
        donor_number=wish.donor_number,
        wanted=Wanted(on=day, threshold_mfi=wish.threshold_mfi),
        zone=timing.timezone,
        locale=locale,
    )
    pair = Pair(patient, donor, day, answer)
    signer = by.may(Permission.SIGN_DIRECTIVES)
    reason_from = {Verdict.BLOCKED: "signer", Verdict.UNKNOWN: "anybody"}.get(pair.verdict, "nobody")
    return Plan(
        day=day,
        answer=answer,
        refusals=(refused,) if refused else tuple(obstacles(session, pair, by=by, timing=timing)),
        reason_from=reason_from,
        may_justify=reason_from != "signer" or signer,
        requests=open_requests(session, patient),
        hold_ends=timing.hold_ends(day),
    )


def _refusal_of_day(day: date, timing: Timing) -> RefusedByRule | None:
    try:
        check_day(day, timing.today)
    except RefusedByRule as refused:
        return refused
    return None
