"""The allocation board: what is reserved, given, missing and possible for each open request, and what changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice

from sqlmodel import Session

from domain.allocation import Given
from domain.reservation import Timing
from models.allocation import MarkKind
from models.donor import Donor
from models.request import Urgency
from services.accounts.person import Person
from services.allocation.changes import changes_json
from services.allocation.dividing import Division, days_of, divide
from services.allocation.overriding import overrides_json
from services.allocation.proposing import issues, unmet_json, versions
from services.allocation.standing import reserved_json
from services.allocation.terms import Json, Mark, Span
from services.matching.donor_rows import load_donors
from services.matching.snapshots import SnapshotStore
from services.reservations.occupancy import names_of
from services.searches import issues_json

MOST_OFFERED = 30  # candidates of one request, for moves by hand


def open_board(session: Session, store: SnapshotStore, *, span: Span, by: Person, locale: str, timing: Timing) -> Json:
    """The division of now as the board shows it, for those who may see patients. Raises UnusableInput for no span."""
    division = divide(session, store, span=span)
    board = _Board(division, load_donors(session, _given_ids(division)))
    reserved = reserved_json(division, timing=timing, locale=locale)
    unmet = {one["request"]: one for one in unmet_json(division, locale)}
    rows = [board.row(one) | {"reserved": reserved.get(one["code"], [])} for one in division.asked]
    for row in rows:
        row["unmet"] = _part(unmet.get(row["request"]), ("units", "why", "message", "held_by"))
    return {
        "from": span.first,
        "days": span.days,
        "last": span.last,
        "interval_days": division.inputs.interval_days,
        "days_list": days_of(span),
        "run": _run_json(session, division),
        "totals": {
            "units": sum(one["units"] for one in division.asked),
            "met": len(division.answer.given),
            "reserved": sum(one["found"] for one in division.asked),
            "unmet": sum(one["units"] for one in unmet.values()),
        },
        "rows": rows,
        "changes": changes_json(division, locale),
        "overrides": overrides_json(session, by=by),
        "loss": division.answer.loss,
        "issues": issues_json(issues(division, locale), locale),
        "versions": versions(session, division),
    }


def _part(one: Json | None, names: Sequence[str]) -> Json | None:
    return None if one is None else {name: one[name] for name in names}


def _given_ids(division: Division) -> list[int]:
    return [int(division.index.donor_id[division.rows[one.donor]]) for one in division.answer.given]


def _run_json(session: Session, division: Division) -> Json | None:
    run = division.run
    if run is None:
        return None
    return {
        "code": run.code,
        "made_at": run.made_at,
        "made_by": names_of(session, [run.made_by])[run.made_by],
        "first": run.first_on,
        "days": run.days,
    }


@dataclass(frozen=True)
class _Board:
    division: Division
    donors: Mapping[int, Donor]  # those given, by id

    @cached_property
    def by_request(self) -> Mapping[str, Sequence[Given]]:
        found: dict[str, list[Given]] = defaultdict(list)
        for one in self.division.answer.given:
            found[one.need].append(one)
        return found

    @cached_property
    def holder(self) -> Mapping[str, str]:
        """By donor, the patient they are given to."""
        return {one.donor: self.division.patients[one.need] for one in self.division.answer.given}

    @cached_property
    def places(self) -> Mapping[str, Mapping[int, int]]:
        """By patient and index row, the place in the patient's list, from 1."""
        fits = self.division.found.fits
        return {patient: {row: place for place, row in enumerate(fit.rows, 1)} for patient, fit in fits.items()}

    @cached_property
    def lost(self) -> Mapping[str, Sequence[Json]]:
        """By request, the donors it would rather have had, and who has them."""
        patients, found = self.division.patients, defaultdict(list)
        for one in self.division.answer.lost:
            if patients[one.need] != patients[one.to]:
                found[one.need].append({"donor_number": one.donor, "to": patients[one.to]})
        return found

    @cached_property
    def numbers(self) -> Mapping[int, str]:
        return {row: number for number, row in self.division.rows.items()}

    def row(self, asked: Json) -> Json:
        code = asked["code"]
        given = [self.given(one) for one in self.by_request.get(code, ())]
        return {
            "request": code,
            **{name: asked[name] for name in ("patient", "hospital", "urgency", "needed_by", "units", "remaining")},
            "met": len(given),
            "is_urgent": asked["urgency"] == Urgency.BLEEDING.value,
            "given": given,
            "lost": self.lost.get(code, []),
            "candidates": self.candidates(code),
            "forbidden": self.forbidden(code),
        }

    def given(self, one: Given) -> Json:
        division = self.division
        patient, row = division.patients[one.need], division.rows[one.donor]
        donor = self.donors[int(division.index.donor_id[row])]
        fixed = {(mark.request, mark.donor, mark.day): mark.code for mark in division.marks}
        day = date.fromordinal(one.day)
        return {
            "donor_number": one.donor,
            "day": day,
            "cost": one.cost,
            "place": self.places[patient][row],
            "of": division.found.fits[patient].total,
            "abo": donor.abo.value if donor.abo else None,
            "region": donor.region,
            "spared_for": self.spared_for(one.donor, patient),
            "mark": fixed.get((one.need, one.donor, day)),
            "is_new": division.run is not None and (one.need, one.donor) not in division.inputs.kept,
        }

    def spared_for(self, donor: str, patient: str) -> list[str]:
        """The other patients who have few donors, this one among them."""
        return sorted(other for other in self.division.missed.get(donor, {}) if other != patient)

    def candidates(self, code: str) -> list[Json]:
        """The first donors of the patient's list who may give in time, whoever has them now."""
        need = self.division.inputs.needs.get(code)
        if need is None:
            return []
        patient, days = self.division.patients[code], self.division.inputs.days
        barred = {mark.donor for mark in self._forbidding(code)}
        found = (
            {
                "donor_number": number,
                "place": place,
                "first_day": date.fromordinal(free[0]),
                "days": [date.fromordinal(day) for day in free],
                "given_to": self.holder.get(number),
                "spared_for": self.spared_for(number, patient),
            }
            for place, row in enumerate(self.division.found.fits[patient].rows, 1)
            if (number := self.numbers[row]) not in barred
            and (free := [day for day in days[number] if need.first <= day <= need.last])
        )
        return list(islice(found, MOST_OFFERED))

    def forbidden(self, code: str) -> list[Json]:
        return [{"donor_number": one.donor, "mark": one.code, "reason": one.reason} for one in self._forbidding(code)]

    def _forbidding(self, code: str) -> list[Mark]:
        return [one for one in self.division.marks if one.kind is MarkKind.FORBIDDEN and one.request == code]
