"""What a reader asks of the workbench, read from the address and written back into links."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from domain.directive import parse_loci, parse_threshold
from domain.errors import UnusableInput
from services.wanted import Wanted
from views.paging import parse_page

# The word of the address for each thing asked, and how it is read.
NAMES = {"threshold_mfi": "threshold"}
UNWRITTEN = ("page_size", "unknown_page_size")
READERS: dict[str, Callable[[str], object]] = {
    "on": lambda text: _parse_day(text),
    "by": lambda text: _parse_day(text),
    "threshold_mfi": parse_threshold,
    "loci": lambda text: ",".join(parse_loci(text)),
    "page": parse_page,
    "unknown_page": parse_page,
}


def query_of(wanted: Wanted, **changes: object) -> dict[str, str]:
    """The query of a view with some of it changed; what is left at its default is left out, but for the day."""
    asked = replace(wanted, **changes)  # type: ignore[arg-type]
    bare = Wanted(on=asked.on)
    return {
        NAMES.get(field.name, field.name): str(value)  # a day is written as ISO 8601
        for field in fields(asked)
        if field.name not in UNWRITTEN
        and ((value := getattr(asked, field.name)) != getattr(bare, field.name) or field.name == "on")
    }


def parse_leniently(query: Mapping[str, str], *, today: date) -> tuple[Wanted, list[UnusableInput]]:
    """Read the query of an address; what cannot be meant is left at its default, and said."""
    given = {name: text.strip() for name, text in query.items() if text.strip()}
    found: dict[str, Any] = {"on": today}
    faults = []
    for field in fields(Wanted):
        name = NAMES.get(field.name, field.name)
        if name not in given or field.name in UNWRITTEN:
            continue
        try:
            found[field.name] = READERS.get(field.name, str)(given[name])
        except UnusableInput as error:
            faults.append(error)
    if given.get("available") == "yes":  # a checkbox: on the donation day itself
        found["by"] = found["on"]
    return Wanted(**found), faults


def parse_criteria(query: Mapping[str, str], *, today: date) -> Wanted:
    """Read the query of an address. Raises UnusableInput for the first thing that cannot be meant."""
    wanted, faults = parse_leniently(query, today=today)
    if faults:
        raise faults[0]
    wanted.check()
    return wanted


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnusableInput("not_a_day", text=text) from error
