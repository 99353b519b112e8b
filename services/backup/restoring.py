"""A copy put back in the place of the database."""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from domain.errors import RefusedByRule, UnusableInput
from models.crypto import decrypt_bytes
from models.database import Engines, refuse_newer
from services.audit import record_audit
from services.backup.copies import Copy, check_copy
from services.backup.facts import Facts, differences, read_facts
from services.backup.postgres_copies import put_back_postgres
from services.backup.sqlite_copies import put_back_sqlite

# What tells that somebody works with a database; tables of a fresh one hold a revision, and perhaps references.
OF_PEOPLE = ("donor", "patient", "account", "audit_event")


def restore_copy(engines: Engines, path: Path, *, over: bool, actor: str, now: datetime) -> Copy:
    """Put a copy back, once it is checked, and say so in the trail it brings; nobody else may write meanwhile.

    Raises:
        RefusedByRule: the database is not empty and `over` was not said.
        UnusableInput: the copy is damaged, of another kind of database or of a newer program; nothing has changed.
    """
    copy, _ = check_copy(engines, path)
    refuse_newer(copy.facts.revision, engines.revisions)
    if not over and holds_anything(engines):
        raise RefusedByRule("restore_over_data")
    (put_back_sqlite if engines.write.dialect.name == "sqlite" else put_back_postgres)(engines, path)
    with engines.write.connect() as connection:
        if differing := differences(copy.facts, read_facts(connection)):
            raise RefusedByRule("restore_differs", what=", ".join(differing))
    # not by engines.write_session: a copy of an older program is brought up to date after this
    with Session(engines.write) as session, session.begin():
        record_audit(
            session, actor=actor, action="backup_restored", subject_type="registry", subject_key="",
            details={"file": path.name, "sha256": copy.sha256, "seal": copy.facts.seal}, now=now,
        )  # fmt: skip
    return copy


def keys_fit(engines: Engines) -> bool:
    """Whether the keys in use read the identities of the database; also where it holds none."""
    query = sa.text("SELECT birth_date FROM donor_identity WHERE birth_date IS NOT NULL LIMIT 1")
    with engines.write.connect() as connection:
        token = connection.scalar(query)
    try:
        return token is None or bool(decrypt_bytes(str(token).encode()))
    except UnusableInput:
        return False


def holds_anything(engines: Engines) -> bool:
    """Whether the database in use holds people, accounts or a trail; one without tables does not."""
    with engines.write.connect() as connection:
        facts: Facts = read_facts(connection)
    return any(facts.tables.get(name) for name in OF_PEOPLE)
