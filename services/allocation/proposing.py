"""Who could get which donor: the open requests of a span of days over the donors who fit (domain.allocation)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from domain.allocation import Allocation, Need, Offer, Supply, allocate
from domain.errors import Issue, PhenothequeError, UnusableInput
from domain.ranking import policy_named
from domain.verdict import Verdict
from models.donor import Donor
from models.request import Urgency
from models.reservation import OCCUPYING, Reservation
from services.directives_in_force import InForce, directives_in_force
from services.matching.donor_rows import load_numbers
from services.matching.index import RegistryIndex
from services.matching.shortlist import Ranking, Scope
from services.matching.snapshots import SnapshotStore, current_index
from services.reference import active_name, parameters, ranking_policies
from services.requests import list_open_requests
from services.rule_tables import eligibility_rules
from services.searches import DEFAULT_POLICY, issues_json
from services.wording.catalogue import sentence

Json = dict[str, Any]
MOST_REQUESTS, MOST_CANDIDATES, MOST_DAYS = 1_000, 2_000, 92
# Beside domain.allocation.Shortage: no day of the span serves the request; no directive is in force and readable.
OUTSIDE, NO_DIRECTIVE = "outside", "no_directive"


@dataclass(frozen=True, slots=True)
class Span:
    """The days of donation to divide, from `first` on, and the zone in which a request falls on a day."""

    first: date
    days: int
    zone: ZoneInfo

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=self.days - 1)


def propose_allocation(session: Session, store: SnapshotStore, *, span: Span, locale: str) -> Json:
    """The division of the donors of now among the open requests; nothing is reserved by it.

    A request counts with the units that have no reservation yet; it takes donations that are ready before it is
    needed and not too old by then (parameters `platelet_ready_days`, `platelet_shelf_days`). Raises UnusableInput for a
    span that is none.
    """
    if not 1 <= span.days <= MOST_DAYS:
        raise UnusableInput("allocation_days", most=MOST_DAYS)
    index, said = current_index(session, store)
    asked, _ = list_open_requests(session, limit=MOST_REQUESTS)
    asked = [one for one in asked if one["remaining"]]
    served = {one["code"]: need for one in asked if (need := _need(one, span))}
    patients = {one["code"]: one["patient"] for one in asked}
    wanting = {patients[code] for code in served}
    fits, faults = _candidates(session, index, span, wanting)
    needs = {code: need for code, need in served.items() if patients[code] in fits}
    skipped = {code: NO_DIRECTIVE if code in served else OUTSIDE for code in patients if code not in needs}
    chosen = sorted({row for patient in wanting for row in fits.get(patient, ())})
    numbers = load_numbers(session, [int(index.donor_id[row]) for row in chosen])
    named = {row: numbers[int(index.donor_id[row])] for row in chosen}
    answer = allocate(
        list(needs.values()),
        _supplies(session, index, span, named),
        _offers(needs, patients, fits, named),
        interval_days=_interval(span.first),
    )
    issues = (*said, *(_left_out(patient, fault, locale) for patient, fault in faults))
    return _as_json(answer, span, asked, skipped, locale) | {
        "versions": {"nomenclature": active_name(session), "snapshot": index.meta.snapshot},
        "issues": issues_json(issues, locale),
    }


def _need(asked: Json, span: Span) -> Need | None:
    """A request as units to be given within the span; None where no day of the span serves it."""
    known = parameters()
    day = asked["needed_by"].astimezone(span.zone).date()
    first = max(span.first, day - timedelta(days=int(known["platelet_shelf_days"])))
    last = min(span.last, day - timedelta(days=int(known["platelet_ready_days"])))
    if first > last:
        return None
    urgent = asked["urgency"] == Urgency.BLEEDING.value
    return Need(asked["code"], asked["remaining"], first.toordinal(), last.toordinal(), urgent)


def _interval(on: date) -> int:
    return int(eligibility_rules(on).interval_days["platelets"])


def _candidates(
    session: Session, index: RegistryIndex, span: Span, wanting: set[str]
) -> tuple[dict[str, list[int]], list[tuple[str, PhenothequeError]]]:
    """By patient, the rows of the compatible donors by rank: of those who ask, and of those who have few at all."""
    few = int(parameters()["allocation_few_donors"])
    found: dict[str, list[int]] = {}
    faults = []
    for patient, one in directives_in_force(session, index, on=span.first):
        if isinstance(one, PhenothequeError):
            if patient in wanting:
                faults.append((patient, one))
            continue
        most = MOST_CANDIDATES if patient in wanting else few + 1
        rows = _compatible_rows(one, span.first, most)
        if patient in wanting or len(rows) <= few:
            found[patient] = rows
    return found, faults


def _compatible_rows(one: InForce, on: date, most: int) -> list[int]:
    patient = one.case.patient
    policy = policy_named(DEFAULT_POLICY, ranking_policies())
    ranking = Ranking(one.matching, policy, one.threshold_mfi, Scope(on, patient.abo, patient.region))
    return [int(row) for row in ranking.shortlist(most, verdict=Verdict.COMPATIBLE).rows]


def _offers(
    needs: Mapping[str, Need], patients: Mapping[str, str], fits: Mapping[str, Sequence[int]], named: Mapping[int, str]
) -> Iterable[Offer]:
    """Each donor at their place in the patient's list; one of few for another patient stands lower, to be spared."""
    known = parameters()
    few, spared = int(known["allocation_few_donors"]), int(known["allocation_spare_places"])
    missed: dict[int, dict[str, int]] = defaultdict(dict)
    for patient, rows in fits.items():
        if len(rows) <= few:
            for row in rows:
                missed[row][patient] = spared // len(rows)
    for code in needs:
        patient = patients[code]
        for place, row in enumerate(fits.get(patient, ())):
            elsewhere = sum(cost for other, cost in missed[row].items() if other != patient)
            yield Offer(code, named[row], place + elsewhere)


def _supplies(session: Session, index: RegistryIndex, span: Span, named: Mapping[int, str]) -> list[Supply]:
    """The days on which each donor may give and is far enough from every day they are reserved for."""
    days: dict[int, list[int]] = defaultdict(list)
    for day in (span.first + timedelta(days=n) for n in range(span.days)):
        eligible = index.eligible_rows(day)
        for row in named:
            if eligible[row]:
                days[row].append(day.toordinal())
    reserved, interval = _reserved(session, named.values(), span), _interval(span.first)
    return [
        Supply(number, tuple(day for day in days[row] if all(abs(day - one) >= interval for one in reserved[number])))
        for row, number in named.items()
    ]


def _reserved(session: Session, numbers: Iterable[str], span: Span) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    wanted = set(numbers)
    query = (
        select(col(Donor.donor_number), col(Reservation.day))
        .join(Reservation, col(Reservation.donor_id) == col(Donor.id))
        .where(col(Reservation.status).in_(OCCUPYING), Reservation.day >= span.first - timedelta(days=MOST_DAYS))
    )
    for number, day in session.exec(query):
        if number in wanted:
            found[number].append(day.toordinal())
    return found


def _left_out(patient: str, fault: PhenothequeError, locale: str) -> Issue:
    why = sentence(fault.code, fault.params, locale)
    return Issue("directive_left_out", "warning", patient, {"patient": patient, "why": why})


def _as_json(answer: Allocation, span: Span, asked: Sequence[Json], skipped: Mapping[str, str], locale: str) -> Json:
    met = Counter(one.need for one in answer.given)
    patients = {one["code"]: one["patient"] for one in asked}
    units = {one["code"]: one["remaining"] for one in asked}
    return {
        "from": span.first,
        "days": span.days,
        "interval_days": _interval(span.first),
        "requests": [
            {
                "request": one["code"],
                "patient": one["patient"],
                "hospital": one["hospital"],
                "urgency": one["urgency"],
                "needed_by": one["needed_by"],
                "units": one["remaining"],
                "met": met[one["code"]],
            }
            for one in asked
        ],
        "given": _given(answer, patients),
        "unmet": [
            *(
                _unmet(one.need, patients, one.units, one.why.value, locale)
                | {"held_by": sorted({patients[code] for code in one.holders})}
                for one in answer.unmet
            ),
            *(_unmet(code, patients, units[code], why, locale) | {"held_by": []} for code, why in skipped.items()),
        ],
        "lost": [
            {"patient": patients[one.need], "donor_number": one.donor, "to": patients[one.to]}
            for one in answer.lost
            if patients[one.need] != patients[one.to]
        ],
        "loss": answer.loss,
    }


def _unmet(code: str, patients: Mapping[str, str], units: int, why: str, locale: str) -> Json:
    message = sentence(f"allocation_{why}", {}, locale)
    return {"request": code, "patient": patients[code], "units": units, "why": why, "message": message}


def _given(answer: Allocation, patients: Mapping[str, str]) -> list[Json]:
    return [
        {
            "request": one.need,
            "patient": patients[one.need],
            "donor_number": one.donor,
            "day": date.fromordinal(one.day),
            "cost": one.cost,
        }
        for one in answer.given
    ]
