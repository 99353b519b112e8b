"""Tables of multiple allele codes in the database: one in use, whose codes are kept; of earlier ones only the record.

A later file holds the codes of the earlier ones and more, so keeping a million rows of each would keep nothing: the
earlier table comes back with its file.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from domain.eligibility import EligibilityRules
from domain.errors import RefusedByRule
from models.allele_code import AlleleCodeTable
from services.allele_codes.file import CodeFile, code_rows
from services.allele_codes.rereading import donors_with_codes
from services.audit import record_audit
from services.donors import check_derived_alike, rederive_donors
from services.reference import active_reference
from services.tables_in_use import put_in_use

CODES = SQLModel.metadata.tables["allele_code"]
INSERTED_AT_ONCE = 20_000
HASH_SHOWN = 8
Json = dict[str, Any]


def import_allele_codes(
    session: Session, read: CodeFile, *, name: str | None, rules: EligibilityRules, actor: str, now: datetime
) -> Json:
    """Put a table of codes in use, and read again the donors whose typing holds one; the same again changes nothing.

    Raises:
        RefusedByRule: another table has the name, or the donors on record were derived under another reference.
    """
    in_use = session.exec(select(AlleleCodeTable).where(col(AlleleCodeTable.active))).first()
    if in_use is not None and in_use.content_hash == read.content_hash:
        return {**_answer(in_use, read), "status": "unchanged", "donors_with_codes": 0, "donors_changed": 0}
    known = session.exec(select(AlleleCodeTable).where(AlleleCodeTable.content_hash == read.content_hash)).first()
    row = known or _new_row(session, read, name, now)
    put_in_use(session, row, instead_of=in_use)
    _replace_codes(session, read)
    reference = active_reference(session)
    ids = donors_with_codes(session)
    if ids:
        check_derived_alike(session, reference=reference, rules=rules)
    changed = rederive_donors(session, ids, reference=reference, rules=rules, now=now)
    done = {**_answer(row, read), "donors_with_codes": len(ids), "donors_changed": changed}
    record_audit(
        session, actor=actor, action="allele_codes_imported", subject_type="allele_codes", subject_key=row.name,
        details={name: value for name, value in done.items() if name != "faults"}, now=now,
    )  # fmt: skip
    return {**done, "status": "restored" if known else "created"}


def _answer(row: AlleleCodeTable, read: CodeFile) -> Json:
    return {
        "table": row.name,
        "dated": row.dated,
        "content_hash": row.content_hash,
        "codes": read.codes,
        "refused": read.refused,
        "faults": read.faults,
    }


def _new_row(session: Session, read: CodeFile, name: str | None, now: datetime) -> AlleleCodeTable:
    stem = re.sub(r"[^\w.-]+", "-", PurePath(read.path.name).stem).strip("-") or "codes"
    chosen = name or f"mac-{stem.removeprefix('mac-')}-{read.content_hash[:HASH_SHOWN]}"
    if session.exec(select(AlleleCodeTable).where(AlleleCodeTable.name == chosen)).first():
        raise RefusedByRule("allele_code_table_name_taken", name=chosen)
    return AlleleCodeTable(
        name=chosen, content_hash=read.content_hash, file_name=read.path.name, dated=read.dated, codes=read.codes,
        refused=read.refused, loaded_at=now,
    )  # fmt: skip


def _replace_codes(session: Session, read: CodeFile) -> None:
    connection = session.connection()
    connection.execute(sa.delete(CODES))
    codes = code_rows(read)
    while rows := list(islice(codes, INSERTED_AT_ONCE)):
        connection.execute(sa.insert(CODES), [{"code": code, "subtypes": subtypes} for code, subtypes in rows])


def list_allele_code_tables(session: Session) -> list[Json]:
    """The tables imported, the latest first, and which one is in use; of the others only the record is kept."""
    rows: Sequence[AlleleCodeTable] = session.exec(
        select(AlleleCodeTable).order_by(col(AlleleCodeTable.loaded_at).desc(), col(AlleleCodeTable.id).desc())
    ).all()
    return [
        {
            "name": row.name, "kind": "allele_codes", "active": row.active, "dated": row.dated, "codes": row.codes,
            "refused": row.refused, "file": row.file_name, "content_hash": row.content_hash, "loaded": row.loaded_at,
        }
        for row in rows
    ]  # fmt: skip
