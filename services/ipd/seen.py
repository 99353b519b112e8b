"""The name of everything that an activation reads again, by which a confirmation knows what was looked at."""

import hashlib
from collections.abc import Iterator

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models.directive import DirectiveStatus
from services.matching.snapshots import registry_state, state_name
from services.reference import active_name

TABLES = SQLModel.metadata.tables
PATIENTS, SERA = TABLES["patient"], TABLES["serum_sample"]
DIRECTIVES, EDITS = TABLES["directive"], TABLES["directive_specificity"]


def seen_state(session: Session) -> str:
    """The registry's state, the nomenclature in force, and patients, sera and directives in force, as one text.

    Donors are known by the registry's version, which every change of theirs raises; the others, which have none,
    by their content: a few thousand rows at most.
    """
    content = hashlib.sha256(active_name(session).encode())
    for query in _queries():
        for row in session.execute(query):
            content.update(repr(tuple(row)).encode())
        content.update(b";")
    return f"{state_name(registry_state(session))}-{content.hexdigest()[:16]}"


def _queries() -> Iterator[sa.Select[tuple[object, ...]]]:
    typings = [column for column in PATIENTS.c if column.name.startswith("hla_")]
    yield sa.select(PATIENTS.c.patient_number, *typings).order_by(PATIENTS.c.id)
    yield sa.select(SERA.c.id, SERA.c.patient_id, SERA.c.hla_class, SERA.c.content_hash).order_by(SERA.c.id)
    in_force = DIRECTIVES.c.status == DirectiveStatus.CURRENT
    yield sa.select(DIRECTIVES.c.id, DIRECTIVES.c.patient_id).where(in_force).order_by(DIRECTIVES.c.id)
    yield (
        sa.select(EDITS.c.directive_id, EDITS.c.action, EDITS.c.specificity)
        .join(DIRECTIVES, DIRECTIVES.c.id == EDITS.c.directive_id)
        .where(in_force)
        .order_by(EDITS.c.id)
    )
