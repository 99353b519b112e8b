"""What differs between the division of now and the one kept last, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from models.allocation import AllocationRun, MarkKind
from services.allocation.dividing import Division
from services.allocation.terms import Json
from services.wording.catalogue import sentence

Pairs = Mapping[tuple[str, str], date]  # by request and donor, the day


def changes_json(division: Division, locale: str) -> list[Json]:
    """Each donation that is new, gone, moved or another patient's, by day; nothing where no division is kept.

    What was accepted meanwhile is no change, nor is a day that is over or that this division does not reach.
    """
    if division.run is None:
        return []
    found = list(_Comparison(division, division.run).changes())
    for one in found:
        one["why"] = sentence(one["why"], {}, locale)
    return sorted(found, key=lambda one: (one["day"], one["patient"], one["donor_number"], one["kind"]))


@dataclass(frozen=True)
class _Comparison:
    division: Division
    run: AllocationRun

    @cached_property
    def before(self) -> Pairs:
        span = self.division.span
        days = {
            (one["request"], one["donor_number"]): date.fromisoformat(one["day"]) for one in self.run.answer["given"]
        }
        return {pair: day for pair, day in days.items() if span.first <= day <= span.last}

    @cached_property
    def now(self) -> Pairs:
        return {(one.need, one.donor): date.fromordinal(one.day) for one in self.division.answer.given}

    @cached_property
    def patients(self) -> Mapping[str, str]:
        """By request, the patient, of requests open now or then."""
        then = {one["request"]: one["patient"] for one in self.run.answer["requests"]}
        return then | dict(self.division.patients)

    @cached_property
    def fixed(self) -> set[tuple[str, str]]:
        return {(one.need, one.donor) for one in self.division.inputs.fixed}

    def changes(self) -> list[Json]:
        reserved = {(one.request, one.donor.donor_number) for one in self.division.reserved}
        left = {pair: day for pair, day in self.before.items() if pair not in self.now and pair not in reserved}
        found = []
        for pair, day in self.now.items():
            if pair in self.before:
                if day != self.before[pair]:
                    found.append(self._change("moved", pair, day, self._why_moved(pair), before_day=self.before[pair]))
                continue
            other = next((one for one in sorted(left) if one[1] == pair[1]), None)
            if other is None:
                found.append(self._change("new", pair, day, self._why_new(pair, day)))
                continue
            patient = self.patients[other[0]]
            kind = "moved" if patient == self.patients[pair[0]] else "other_patient"
            why = self._why_given(pair, day) or "allocation_now.better"
            found.append(self._change(kind, pair, day, why, before_day=left.pop(other), before_patient=patient))
        return found + [
            self._change("gone", pair, day, self._why_gone(pair), before_day=day) for pair, day in left.items()
        ]

    def _change(
        self,
        kind: str,
        pair: tuple[str, str],
        day: date,
        why: str,
        *,
        before_day: date | None = None,
        before_patient: str | None = None,
    ) -> Json:
        return {
            "kind": kind,
            "request": pair[0],
            "patient": self.patients[pair[0]],
            "donor_number": pair[1],
            "day": day,
            "before_day": before_day,
            "before_patient": before_patient,
            "why": why,
        }

    def _why_moved(self, pair: tuple[str, str]) -> str:
        if pair in self.fixed:
            return "allocation_now.fixed"
        free = self.before[pair].toordinal() in self.division.inputs.days.get(pair[1], ())
        return "allocation_now.better" if free else "allocation_gone.not_free"

    def _why_given(self, pair: tuple[str, str], day: date) -> str | None:
        """Why a donation that the run does not hold could not be in it; None where it could."""
        if pair in self.fixed:
            return "allocation_now.fixed"
        if pair[0] not in {one["request"] for one in self.run.answer["requests"]}:
            return "allocation_now.new_request"
        later = day > self.run.first_on + timedelta(days=self.run.days - 1)
        return "allocation_now.later" if later else None

    def _why_new(self, pair: tuple[str, str], day: date) -> str:
        if why := self._why_given(pair, day):
            return why
        more = sum(one[0] == pair[0] for one in self.now) > sum(one[0] == pair[0] for one in self.before)
        return "allocation_now.more" if more else "allocation_now.instead"

    def _why_gone(self, pair: tuple[str, str]) -> str:
        request, donor = pair
        inputs = self.division.inputs
        if request not in self.division.patients:
            return "allocation_gone.closed"
        if request not in inputs.needs:
            return "allocation_gone.not_divided"
        if any((one.request, one.donor) == pair for one in self.division.marks if one.kind is MarkKind.FORBIDDEN):
            return "allocation_gone.forbidden"
        if not any((one.need, one.donor) == pair for one in inputs.offers):
            return "allocation_gone.not_fit"
        need = inputs.needs[request]
        if not any(need.first <= day <= need.last for day in inputs.days[donor]):
            return "allocation_gone.not_free"
        return "allocation_gone.replaced"
