"""Tables that a site loads and of which one is in use: taking another into use, and reading each once in a process."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlmodel import Session

KEPT_TABLES = 2
Table = TypeVar("Table")


class Loaded(Protocol):
    """The record of a table that was loaded."""

    active: bool


def put_in_use(session: Session, row: Loaded, *, instead_of: Loaded | None) -> None:
    """Make a table the one in use, in the place of another."""
    if instead_of is not None:
        instead_of.active = False
        session.flush()  # before the other is active: there is never more than one
    row.active = True
    session.add(row)
    session.flush()


def read_once(read: dict[tuple[str, str], Table], key: tuple[str, str], load: Callable[[], Table]) -> Table:
    """The table of that name and hash out of those already read, else loaded; a few are kept, the latest ones."""
    found = read.get(key)
    if found is None:
        found = load()
        for old in list(read)[: len(read) + 1 - KEPT_TABLES]:
            read.pop(old, None)
        read[key] = found
    return found
