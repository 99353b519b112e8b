"""The workbench as the address asks for it, or as near to it as can be had."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from domain.errors import UnusableInput
from services.reservation_states import reservation_states
from services.wanted import Wanted
from services.workbench import open_workbench
from views.language import place
from views.running import now, runtime, snapshots
from views.workbench.criteria import parse_leniently

# What is left out of an address when the registry, the patient or the rules do not know it.
LEFT_OUT = {
    "unknown_region": "region",
    "unknown_policy": "policy",
    "unknown_sample": "sample",
    "threshold_out_of_range": "threshold_mfi",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """The service's answer, what was asked in the end, what of the address could not be had, who is reserved."""

    answer: Mapping[str, Any]
    wanted: Wanted
    faults: tuple[UnusableInput, ...]
    reservations: Mapping[str, Mapping[str, Any]]


def open_asked(session: Session, patient: str, query: Mapping[str, str]) -> Opened:
    """Open the workbench on an address. Raises NotFound, and UnusableInput where there is nothing to leave out."""
    wanted, faults = parse_leniently(query, today=runtime().today())
    while True:
        try:
            asked = {"patient_number": patient, "wanted": wanted, "now": now(), **place()}
            answer = open_workbench(session, snapshots(), **asked)
        except UnusableInput as error:
            wanted = _without(wanted, error)
            faults.append(error)
        else:
            return Opened(answer, wanted, tuple(faults), _reserved(session, answer, wanted))


def _without(wanted: Wanted, error: UnusableInput) -> Wanted:
    """What was asked, but for what the error is about."""
    field = LEFT_OUT.get(error.code) or str(error.params.get("field", ""))
    plain = Wanted(on=wanted.on)
    if not hasattr(wanted, field) or getattr(wanted, field) == getattr(plain, field):
        raise error
    return replace(wanted, **{field: getattr(plain, field)})


def _reserved(session: Session, answer: Mapping[str, Any], wanted: Wanted) -> dict[str, dict[str, Any]]:
    numbers = [donor["donor_number"] for donor in (*answer["donors"], *answer["unknown_donors"])]
    return reservation_states(
        session, donor_numbers=numbers, patient_number=answer["patient"]["number"], on=wanted.on, now=now()
    )
