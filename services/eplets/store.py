"""Eplet tables in the database: one in use, earlier ones kept, each read once by a process."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from domain.epitopes import EpletTable, by_position
from domain.errors import RefusedByRule, UnusableInput
from models.epitope import EpletAllele, EpletFact, EpletTableRow
from services.audit import record_audit
from services.eplets.contents import EpletContents
from services.reference import core_reference, representatives
from services.tables_in_use import put_in_use, read_once

SHOWN_FAULTS = 20
Json = dict[str, Any]
# Tables never change once stored: a name and a hash stand for one for ever.
_read: dict[tuple[str, str], EpletTable] = {}


def import_eplets(session: Session, contents: EpletContents, *, name: str, actor: str, now: datetime) -> Json:
    """Store a table and put it in use; one stored before is put back in use instead.

    Raises UnusableInput where it names no allele of the kits' panel, RefusedByRule where another table has the name.
    """
    missing = _kit_alleles_missing(contents)
    in_use = _row_in_use(session)
    same = EpletTableRow.content_hash == contents.content_hash
    known = session.exec(select(EpletTableRow).where(same)).first()
    if known is None:
        if session.exec(select(EpletTableRow).where(EpletTableRow.name == name)).first():
            raise RefusedByRule("eplet_table_name_taken", name=name)
        status, row = "created", _store(session, contents, name, now)
    else:
        status, row = ("unchanged" if known.active else "restored"), known
    if status != "unchanged":
        put_in_use(session, row, instead_of=in_use)
        record_audit(
            session,
            actor=actor,
            action="eplet_table_activated",
            subject_type="eplet_table",
            subject_key=row.name,
            details={"source": row.source.value, "hash": row.content_hash},
            now=now,
        )
    return {"table": row.name, "status": status, **_counts(contents), "kit_alleles_missing": missing}


def _kit_alleles_missing(contents: EpletContents) -> list[str]:
    """The kits' alleles that the table does not list. Raises UnusableInput where it lists none of them."""
    panel = sorted(core_reference().alleles)
    missing = [allele for allele in panel if allele not in contents.alleles]
    if len(missing) == len(panel):
        raise UnusableInput("eplet_table_without_panel", alleles=len(contents.alleles))
    return missing


def _counts(contents: EpletContents) -> Json:
    statuses = list(contents.verified.values())
    return {
        "source": contents.source.value,
        "rows": contents.rows,
        "alleles": len(contents.alleles),
        "eplets": len(statuses),
        "verified": statuses.count(True),
        "without_status": statuses.count(None),
        "refused": len(contents.faults),
        "faults": contents.faults[:SHOWN_FAULTS],
    }


def _store(session: Session, contents: EpletContents, name: str, now: datetime) -> EpletTableRow:
    row = EpletTableRow(name=name, source=contents.source, content_hash=contents.content_hash, loaded_at=now)
    session.add(row)
    session.flush()
    alleles = [
        {"table_id": row.id, "allele": allele, "eplets": " ".join(by_position(eplets))}
        for allele, eplets in contents.alleles.items()
    ]
    facts = [{"table_id": row.id, "eplet": name, "verified": status} for name, status in contents.verified.items()]
    session.connection().execute(insert(EpletAllele), alleles)
    session.connection().execute(insert(EpletFact), facts)
    return row


def _row_in_use(session: Session) -> EpletTableRow | None:
    return session.exec(select(EpletTableRow).where(col(EpletTableRow.active))).first()


def eplet_table_in_use(session: Session) -> EpletTable | None:
    """The table that answers rest on; None where the site loaded none."""
    row = _row_in_use(session)
    if row is None:
        return None
    return read_once(_read, (row.name, row.content_hash), lambda: _load(session, row))


def needed_table(session: Session) -> EpletTable:
    """The table in use. Raises UnusableInput where none is loaded."""
    table = eplet_table_in_use(session)
    if table is None:
        raise UnusableInput("eplet_table_not_loaded")
    return table


def _load(session: Session, row: EpletTableRow) -> EpletTable:
    alleles = session.exec(select(EpletAllele.allele, EpletAllele.eplets).where(EpletAllele.table_id == row.id)).all()
    facts = session.exec(select(EpletFact.eplet, EpletFact.verified).where(EpletFact.table_id == row.id)).all()
    return EpletTable(
        name=row.name,
        alleles={allele: frozenset(eplets.split()) for allele, eplets in alleles},
        verified=frozenset(eplet for eplet, verified in facts if verified),
        representatives=representatives(),
        without_status=frozenset(eplet for eplet, verified in facts if verified is None),
    )


def list_eplet_tables(session: Session) -> list[Json]:
    """The tables loaded, the latest first, and which one is in use."""
    rows: Sequence[EpletTableRow] = session.exec(
        select(EpletTableRow).order_by(col(EpletTableRow.loaded_at).desc(), col(EpletTableRow.id).desc())
    ).all()
    return [
        {"name": row.name, "kind": "eplets", "source": row.source.value, "active": row.active, "loaded": row.loaded_at}
        for row in rows
    ]
