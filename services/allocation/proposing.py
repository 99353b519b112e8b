"""Who could get which donor, as data: the division of a span of days in the words of people."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from domain.allocation import Given
from domain.errors import Issue
from services.allocation.dividing import Division, divide
from services.allocation.terms import Json, Span
from services.directive_state import directive_issues
from services.matching.snapshots import SnapshotStore
from services.reference import active_name
from services.searches import issues_json
from services.wording.catalogue import sentence

__all__ = ["Json", "Span", "proposal_json", "propose_allocation"]

# Beside domain.allocation.Shortage: no day of the span serves the request; no directive is in force and readable; both.
OUTSIDE, NO_DIRECTIVE, UNDIRECTED = "outside", "no_directive", "outside_undirected"
REQUEST = ("patient", "hospital", "urgency", "needed_by")


def propose_allocation(session: Session, store: SnapshotStore, *, span: Span, locale: str) -> Json:
    """The division of the donors of now among the open requests; nothing is reserved by it (dividing.divide).

    Raises UnusableInput for a span that is none.
    """
    return proposal_json(session, divide(session, store, span=span), locale)


def proposal_json(session: Session, division: Division, locale: str) -> Json:
    """A division as data, with the sentences of what is missing and of what should be known."""
    answer, patients = division.answer, division.patients
    met = Counter(one.need for one in answer.given)
    return {
        "from": division.span.first,
        "days": division.span.days,
        "interval_days": division.inputs.interval_days,
        "requests": [
            {
                "request": one["code"],
                **{name: one[name] for name in REQUEST},
                "units": one["remaining"],
                "met": met[one["code"]],
            }
            for one in division.asked
            if one["remaining"]
        ],
        "given": [given_json(one, patients) for one in answer.given],
        "unmet": unmet_json(division, locale),
        "lost": [
            {"request": one.need, "patient": patients[one.need], "donor_number": one.donor, "to": patients[one.to]}
            for one in answer.lost
            if patients[one.need] != patients[one.to]
        ],
        "loss": answer.loss,
        "versions": versions(session, division),
        "issues": issues_json(issues(division, locale), locale),
    }


def versions(session: Session, division: Division) -> Json:
    """With what a division was made."""
    return {"nomenclature": active_name(session), "snapshot": division.index.meta.snapshot}


def given_json(one: Given, patients: Mapping[str, str]) -> Json:
    """One donation of a division."""
    return {
        "request": one.need,
        "patient": patients[one.need],
        "donor_number": one.donor,
        "day": date.fromordinal(one.day),
        "cost": one.cost,
    }


def unmet_json(division: Division, locale: str) -> list[Json]:
    """Each request that lacks units, why, and who has its donors."""
    patients = division.patients
    divided = [
        _unmet(one.need, patients, one.units, one.why.value, locale)
        | {"held_by": sorted({patients[code] for code in one.holders})}
        for one in division.answer.unmet
    ]
    skipped = [
        _unmet(code, patients, one["remaining"], _why_skipped(division, code), locale) | {"held_by": []}
        for one in division.asked
        if one["remaining"] and (code := one["code"]) not in division.inputs.needs
    ]
    return [*divided, *skipped]


def _why_skipped(division: Division, code: str) -> str:
    if code in division.served:
        return NO_DIRECTIVE
    return OUTSIDE if division.patients[code] in division.found.directed else UNDIRECTED


def _unmet(code: str, patients: Mapping[str, str], units: int, why: str, locale: str) -> Json:
    message = sentence(f"allocation_{why}", {}, locale)
    return {"request": code, "patient": patients[code], "units": units, "why": why, "message": message}


def issues(division: Division, locale: str) -> list[Issue]:
    """What should be known of a division: of the registry, of the directives, of fixed donors who cannot stand."""
    wanting = {division.patients[code] for code in division.served}
    left_out = [
        Issue(
            "directive_left_out",
            "warning",
            patient,
            {"patient": patient, "why": sentence(fault.code, fault.params, locale)},
        )
        for patient, fault in division.found.faults.items()
        if patient in wanting
    ]
    return [*division.said, *left_out, *_of_directives(division, wanting, locale), *_unfixed(division)]


def _of_directives(division: Division, wanting: Iterable[str], locale: str) -> Iterator[Issue]:
    """What should be known of the directives that the division goes by, as a search says it of one."""
    for patient in sorted(wanting):
        for one in directive_issues(division.found.directed.get(patient), division.span.first, division.span.last):
            params = {"patient": patient, "why": sentence(one.code, one.params, locale)}
            yield Issue("directive_of_patient", one.severity, patient, params)


def _unfixed(division: Division) -> list[Issue]:
    found = []
    for mark, fault in division.fix_faults:
        params: dict[str, Any] = {"patient": division.patients[mark.request], "donor": mark.donor}
        params |= {"on": mark.day.isoformat() if mark.day else "", "why": f"allocation_fix.{fault.value}"}
        found.append(Issue("allocation_not_fixed", "warning", mark.request, params))
    return found
