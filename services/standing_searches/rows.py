"""The donors whose change is kept by name: of each change the best grades, with what was and what is."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from domain.grading import GRADE_ORDER
from domain.list_change import Cause, Change, Place, Presence
from services.matching.index import EPOCH, NEVER_DAY, Array
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
    changed, between = difference.changed, difference.between
    at = int(changed.at[place])
    cause = CAUSES[int(changed.cause[place])]
    before, after = (Place(int(one[at])) for one in difference.places)
    if between.after.presence(between.ids[at : at + 1])[0] == Presence.ERASED:  # nothing of them is kept
        return ChangeRow(int(between.ids[at]), CHANGES[int(changed.change[place])], cause, {})
    details: Json = {}
    ranks = zip(difference.grades, (before, after), strict=True)
    _put(details, "grade", [GRADE_ORDER[one[at]] if place else None for one, place in ranks])
    _put(details, "eligible", [_day(days[at], there[at]) for days, there in _dates(difference)])
    _put(details, "reserved", [_day(days[at], days[at] > 0) for days in between.kept_for])
    names, *codes = between.regions
    seen = [bool(one[at]) for one in (between.there_before, between.there_after)]
    details["region"] = names[int(codes[1 if seen[1] else 0][at])]
    if all(seen):
        details["typing"] = {name: list(pair) for name, pair in between.typing_changes(at).items()}
    else:
        sides = (between.before, between.after)
        details["presence"] = [Presence(int(one.presence(between.ids[at : at + 1])[0])).name.lower() for one in sides]
    return ChangeRow(int(between.ids[at]), CHANGES[int(changed.change[place])], cause, details)


def _dates(difference: Difference) -> list[tuple[Array, Array]]:
    between = difference.between
    return list(zip(between.days, (between.there_before, between.there_after), strict=True))


def _put(details: Json, name: str, pair: list[Any]) -> None:
    """Keep what was and what is, where either is known."""
    if any(one is not None for one in pair):
        details[name] = pair


def _day(day: int, known: bool) -> str | None:
    """The day in ISO form; `never` where there is none."""
    if not known:
        return None
    return "never" if day == NEVER_DAY else (EPOCH + timedelta(days=int(day))).isoformat()
