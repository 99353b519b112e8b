"""What the directive's added specificities have to do with one value of a donor."""

from typing import Any

from domain.planned_donor import ORIGIN
from domain.reactivity import SerumReading
from domain.typing_text import TypedValue

Json = dict[str, Any]
NO_ADDITIONS: Json = {"additions": [], "added_by": None}


def additions_json(reading: SerumReading, value: TypedValue) -> Json:
    """The added specificities that the value is, or may be, and whether all follow from the planned donor."""
    found = reading.additions_on(value)
    if not found:
        return NO_ADDITIONS
    by_donor = all(edit.origin == ORIGIN for edit in found)
    return {"additions": [edit.name for edit in found], "added_by": ORIGIN if by_donor else "directive"}
