"""Which numbers of the core tables nobody has confirmed yet, said beside the answers that rest on them."""

from functools import cache

from services.reference import read_table


@cache
def unconfirmed_rows(table: str) -> int:
    """How many rows of a table are to confirm; 0 says that somebody of the site answers for all of it."""
    return sum(row["verified"] == "to confirm" for row in read_table(table))
