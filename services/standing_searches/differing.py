"""What changed in one standing search between two looks, each donor with one change and one cause (domain.list_change).

Everything is asked of all donors at once; the laws are those of `domain.list_change`, tried against it donor by donor
by tests/properties/test_standing_searches.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domain.list_change import (
    Cause,
    Change,
    Place,
    Presence,
    Step,
    change_of,
    date_cause,
    presence_cause,
)
from services.matching.index import NEVER_DAY, Array
from services.standing_searches.comparing import Between

CAUSES, CHANGES = tuple(Cause), tuple(Change)
CODE = {cause: code for code, cause in enumerate(CAUSES)}
NOTHING = len(CHANGES)
GAINS = [CHANGES.index(Change.NEW), CHANGES.index(Change.COMING)]
_CHANGE_OF = np.array(
    [[CHANGES.index(change) if (change := change_of(one, other)) else NOTHING for other in Place] for one in Place],
    dtype=np.uint8,
)
_PRESENCE = np.array([[CODE[presence_cause(one, other)] for other in Presence] for one in Presence], dtype=np.uint8)


@dataclass(frozen=True)
class Seen:
    """The donors compatible with one directive, over the donors of a look by id, and the rank of each one's grade."""

    compatible: Array
    grades: Array  # of the compatible ones, in their order

    @property
    def grade_of_each(self) -> Array:
        """The grade of every donor; nothing where not compatible."""
        found = np.zeros(len(self.compatible), dtype=np.uint8)
        found[self.compatible] = self.grades
        return found


@dataclass(frozen=True)
class Changed:
    """The donors whose place changed, as positions in `between.ids`, with the code of the change and of its cause."""

    at: Array
    change: Array
    cause: Array


class Difference:
    """One standing search at two looks. `worlds` has the compatible donors of now after each step that changed.

    `worlds[Step.DONOR]` is the case of before over the donors of now; the last world is what is seen now.
    `by_release`: the nomenclature is another; `by_patient`: the patient's typing is.
    """

    def __init__(
        self, between: Between, before: Seen, after: Seen, worlds: Mapping[Step, Array], *, by_release: bool
    ) -> None:
        self.between = between
        self.before, self.after = before, after
        self.by_tables = Cause.REFERENCE_RELEASE if by_release else Cause.RULE_TABLE
        self.by_patient = Step.PATIENT in worlds
        self._steps = self._compatible_after(worlds)

    def _compatible_after(self, worlds: Mapping[Step, Array]) -> list[Array]:
        """Who is compatible before, then after each step in order."""
        between = self.between
        first = between.spread_before(self.before.compatible)
        # Whose typing is the same was compatible before with the case of before, and is so with it now.
        donor = between.spread_after(worlds.get(Step.DONOR, self.after.compatible))
        path = [first, np.where(between.same_typing, first, donor)]
        path.append(path[-1])  # eligibility changes nobody's compatibility
        for step in (Step.PATIENT, Step.SERUM, Step.DIRECTIVE):
            path.append(between.spread_after(worlds[step]) if step in worlds else path[-1])
        path.append(between.spread_after(self.after.compatible))
        return path

    @cached_property
    def places(self) -> tuple[Array, Array]:
        """The place of each donor before and now."""
        dated, eligible = self.between.dated, self.between.eligible
        before, after = (
            (compatible & dated[side]).astype(np.uint8) + (compatible & eligible[side])
            for side, compatible in enumerate((self._steps[0], self._steps[-1]))
        )
        return before, after

    @cached_property
    def changed(self) -> Changed:
        """Every donor whose place changed, and who stayed in it with another grade, date or reservation."""
        before, after = self.places
        change = _CHANGE_OF[before, after]
        moved = np.flatnonzero(change != NOTHING)
        stayed, why = self._stayed()
        at = np.concatenate([moved, stayed])
        changes = np.concatenate([change[moved], np.full(len(stayed), CHANGES.index(Change.CHANGED), dtype=np.uint8)])
        return Changed(at, changes, np.concatenate([self._moved(moved, change[moved]), why]))

    def _moved(self, at: Array, change: Array) -> Array:
        """The cause of each change of place: that of the last step that turns it."""
        path = self._path(at, change)
        turns = path[1:] != path[:-1]
        deciding = len(turns) - 1 - np.argmax(turns[::-1], axis=0)
        by_step: dict[Step, Array | int] = {
            Step.DONOR: self._by_donor(at),
            Step.ELIGIBILITY: self._by_date(at, sooner=np.isin(change, GAINS)),
            Step.PATIENT: CODE[Cause.PATIENT_TYPING],
            Step.SERUM: CODE[Cause.NEW_SERUM],
            Step.DIRECTIVE: CODE[Cause.DIRECTIVE_CHANGED],
            Step.TABLES: CODE[self.by_tables],
        }
        return np.select([deciding == step for step in by_step], list(by_step.values())).astype(np.uint8)

    def _path(self, at: Array, change: Array) -> Array:
        """For each of these, what the change turns: a day now, or for who only comes or goes any day at all."""
        between = self.between
        to_come = np.isin(change, [CHANGES.index(Change.COMING), CHANGES.index(Change.GONE)])
        then, now = (
            np.where(to_come, dated[at], eligible[at])
            for dated, eligible in zip(between.dated, between.eligible, strict=True)
        )
        # A donor who was not searched before comes with the dates of now.
        may_give = [then, np.where(between.there_before[at], then, now)] + [now] * (len(self._steps) - 2)
        return np.array([one[at] & may for one, may in zip(self._steps, may_give, strict=True)])

    def _by_donor(self, at: Array) -> Array:
        between = self.between
        ids = between.ids[at]
        presence = _PRESENCE[between.before.presence(ids), between.after.presence(ids)]
        return np.where(between.both[at], CODE[Cause.NEW_TYPING], presence)

    def _by_date(self, at: Array, *, sooner: Array) -> Array:
        """Why the first day moved, or that it has come."""
        between = self.between
        then, now = (days[at].astype(np.int64) for days in between.days)
        moved = between.moved_by_rules[at] & (then != now) & (then > between.after.day)
        late = np.where(
            between.is_deferred[at],
            CODE[date_cause(sooner=False, never=False, deferred=True)],
            np.where(
                now == NEVER_DAY,
                CODE[date_cause(sooner=False, never=True, deferred=False)],
                CODE[date_cause(sooner=False, never=False, deferred=False)],
            ),
        )
        lost = between.moved_by_rules[at] & ~sooner
        found = np.where(sooner, CODE[date_cause(sooner=True, never=False, deferred=False)], late)
        return np.where(moved | lost, CODE[Cause.RULE_TABLE], found)

    def _stayed(self) -> tuple[Array, Array]:
        """Who stayed in a place with other facts, and the cause: of the grade, else the date, else a reservation."""
        between = self.between
        before, after = self.places
        stayed = np.flatnonzero((before == after) & (before != Place.ABSENT))
        grades = self.grades
        grade = grades[0][stayed] != grades[1][stayed]
        then, now = (days[stayed] for days in between.days)
        date = (before[stayed] == Place.WAITING) & (then != now)
        kept, keeps = (days[stayed] for days in between.kept_for)
        cause = np.where(keeps > 0, CODE[Cause.RESERVED], CODE[Cause.RELEASED])
        cause = np.where(date, self._by_date(stayed, sooner=now < then), cause)
        cause = np.where(grade, self._by_grade(stayed), cause)
        hit = grade | date | (kept != keeps)
        return stayed[hit], cause[hit].astype(np.uint8)

    def _by_grade(self, at: Array) -> Array:
        otherwise = CODE[Cause.PATIENT_TYPING if self.by_patient else self.by_tables]
        return np.where(self.between.same_typing[at], otherwise, CODE[Cause.NEW_TYPING])

    @cached_property
    def grades(self) -> tuple[Array, Array]:
        """The rank of each compatible donor's grade before and now."""
        between = self.between
        return between.spread_before(self.before.grade_of_each), between.spread_after(self.after.grade_of_each)

    def totals(self) -> dict[str, dict[str, int]]:
        """How many of each change by cause: exact, whatever is kept of each donor."""
        changed, found = self.changed, dict[str, dict[str, int]]()
        counts = np.bincount(changed.change * len(CAUSES) + changed.cause.astype(np.int64), minlength=1)
        for code in np.flatnonzero(counts).tolist():
            change, cause = CHANGES[code // len(CAUSES)], CAUSES[code % len(CAUSES)]
            found.setdefault(change.value, {})[cause.value] = int(counts[code])
        return found

    def by_region(self) -> dict[str, dict[str, int]]:
        """For each region: available before, new, lost, moved in less moved out, available now."""
        names, then, now = self.between.regions
        before, after = (place == Place.AVAILABLE for place in self.places)
        both = before & after
        sums = {
            "before": _tally(then[before], names),
            "new": _tally(now[after & ~before], names),
            "lost": _tally(then[before & ~after], names),
            "moved": _tally(now[both], names) - _tally(then[both], names),
            "after": _tally(now[after], names),
        }
        rows = {name: {what: int(count[at]) for what, count in sums.items()} for at, name in enumerate(names)}
        return {name: row for name, row in rows.items() if any(row.values())}


def _tally(codes: Array, names: tuple[str, ...]) -> Array:
    return np.bincount(codes.astype(np.int64), minlength=len(names))
