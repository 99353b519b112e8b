"""What went wrong with the database, told apart once for both edges."""

from sqlalchemy.exc import DBAPIError

# How the two databases tell their faults apart: SQLite in words, PostgreSQL in SQLSTATE or in libpq's words.
MARKS = {
    "database_not_migrated": ("no such table", "no such column", "42P01", "42703"),
    "disk_full": ("database or disk is full", "53100"),
    "database_damaged": ("image is malformed", "malformed database schema", "XX001", "XX002"),
    "database_busy": ("database is locked", "55P03"),
    "database_unreachable": ("unable to open", "not a database", "connection", "disk I/O", "readonly"),
}


def find_database_fault(error: DBAPIError) -> tuple[str, dict[str, object]] | None:
    """The code of the sentence that explains this error of a database, with its values; None where none does."""
    said = f"{getattr(error.orig, 'sqlstate', '')} {error.orig}"
    for code, marks in MARKS.items():
        if any(mark in said for mark in marks):
            return code, {"reason": str(error.orig).splitlines()[0]}
    return None
