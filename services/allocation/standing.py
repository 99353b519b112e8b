"""How the units found for the open requests stand now: a donor who may no longer give that day is told."""

from collections import defaultdict
from collections.abc import Mapping

from domain.reservation import Timing, status_at
from domain.verdict import Verdict
from services.allocation.dividing import Division, rows_of
from services.allocation.terms import Json, Reserved
from services.reservations.listing import contact_fault
from services.reservations.reserving import OVERRULED
from services.wording.catalogue import sentence


def reserved_json(division: Division, *, timing: Timing, locale: str) -> Mapping[str, list[Json]]:
    """By request, its reservations by day, each with what broke it; one that is broken stands until it is released."""
    rows = rows_of(division.index, [one.donor for one in division.reserved])
    found: dict[str, list[Json]] = defaultdict(list)
    for one in division.reserved:
        broken = _faults(division, one, rows.get(one.donor.id)) if _counts(one, timing) else []
        found[one.request].append(
            {
                "reservation": one.row.code,
                "donor_number": one.donor.donor_number,
                "day": one.row.day,
                "status": status_at(one.row.status, one.row.expires_at, timing.now),
                "version": one.row.version_id,
                "broken": [fault | {"message": sentence(fault["code"], fault["params"], locale)} for fault in broken],
            }
        )
    return found


def _counts(one: Reserved, timing: Timing) -> bool:
    """Whether the donor is still to give: what is over cannot break."""
    return one.occupies and one.row.day >= timing.today


def _faults(division: Division, one: Reserved, row: int | None) -> list[Json]:
    number, on = one.donor.donor_number, one.row.day
    if code := contact_fault(one.donor):
        return [{"code": code, "params": {}}]
    found: list[Json] = []
    if row is None or not division.index.eligible_rows(on)[row]:
        found.append({"code": "allocation_broken.not_eligible", "params": {"donor": number, "on": on.isoformat()}})
    verdict = division.found.verdicts.get((division.patients.get(one.request, ""), -1 if row is None else row))
    if verdict is Verdict.BLOCKED and OVERRULED not in one.row.flags:
        patient = division.patients[one.request]
        found.append({"code": "allocation_broken.blocked", "params": {"donor": number, "patient": patient}})
    return found
