"""The donors whose change is kept by name: of each change the best grades, with what was and what is."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from domain.grading import GRADE_ORDER
from domain.list_change import Cause, Change, Place, Presence
from services.matching.index import EPOCH, NEVER_DAY
from services.standing_searches.differing import CAUSES, CHANGES, Difference

Json = dict[str, Any]
MOST_KEPT = 100  # of each change at one look; the totals are exact


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One donor's change as it is kept; `details` holds pairs of before and now."""

    donor_id: int
    change: Change
    cause: Cause
    details: Json


def rows_of(difference: Difference) -> tuple[ChangeRow, ...]:
    """The changes kept by donor, in the order of the changes, the best grade first, then the oldest record."""
    changed, found = difference.changed, list[ChangeRow]()
    grades = difference.grades
    for code in range(len(CHANGES)):
        here = np.flatnonzero(changed.change == code)
        at = changed.at[here]
        present = difference.places[1][at] != Place.ABSENT
        rank = np.where(present, grades[1][at], grades[0][at])
        for place in here[np.lexsort([at, rank])][:MOST_KEPT].tolist():
            found.append(_row(difference, place))
    return tuple(found)


def _row(difference: Difference, place: int) -> ChangeRow:
    changed, at = difference.changed, int(difference.changed.at[place])
    return ChangeRow(
        int(difference.between.ids[at]),
        CHANGES[int(changed.change[place])],
        CAUSES[int(changed.cause[place])],
        _details(difference, at),
    )


def _details(difference: Difference, at: int) -> Json:
    between, details = difference.between, dict[str, Any]()
    there = [bool(one[at]) for one in (between.there_before, between.there_after)]
    if not all(there):
        sides = (between.before, between.after)
        states = [Presence(int(side.presence(between.ids[at : at + 1])[0])) for side in sides]
        if Presence.ERASED in states:  # nothing of them is kept
            return {}
        details["presence"] = [state.name.lower() for state in states]
    else:
        details["typing"] = {name: list(pair) for name, pair in between.typing_changes(at).items()}
    ranks = zip(difference.grades, difference.places, strict=True)
    _put(details, "grade", [GRADE_ORDER[one[at]] if places[at] else None for one, places in ranks])
    _put(details, "eligible", [_day(days[at], seen) for days, seen in zip(between.days, there, strict=True)])
    _put(details, "reserved", [_day(days[at], days[at] > 0) for days in between.kept_for])
    names, *codes = between.regions
    details["region"] = names[int(codes[there[1]][at])]
    return details


def _put(details: Json, name: str, pair: list[Any]) -> None:
    """Keep what was and what is, where either is known."""
    if any(one is not None for one in pair):
        details[name] = pair


def _day(day: int, known: bool) -> str | None:
    """The day in ISO form; `never` where there is none."""
    if not known:
        return None
    return "never" if day == NEVER_DAY else (EPOCH + timedelta(days=int(day))).isoformat()
