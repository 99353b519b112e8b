"""A document written to a file, named, and noted in the audit trail."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import IO

from sqlmodel import Session

from domain.errors import UnusableInput
from services.audit import record_audit
from services.documents.delimited import PROFILES, Profile, write_csv
from services.documents.document import Document, Maker
from services.documents.paper import pdf_bytes
from services.documents.spreadsheet import write_workbook

KINDS: Mapping[str, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
DEFAULT_PROFILE = "excel-fr"


def profile_named(name: str) -> Profile:
    """The CSV profile of that name. Raises UnusableInput."""
    if name not in PROFILES:
        raise UnusableInput("profile_unknown", profile=name, known=", ".join(PROFILES))
    return PROFILES[name]


def write_document(document: Document, kind: str, file: IO[bytes], *, profile: str, maker: Maker) -> int:
    """Write the document; returns how many rows its main table has. Rows are read as they are written."""
    if kind == "xlsx":
        return write_workbook(document, file)
    if kind == "pdf":
        file.write(pdf_bytes(document, maker.at))
        return len(list(document.tables[document.main].rows))
    return write_csv(document, file, profile_named(profile))


def file_name(document: Document, kind: str, maker: Maker) -> str:
    """`donors_P-0417_2026-11-22.csv`, of signs that every system takes in a name."""
    subject = re.sub(r"[^\w.-]+", "-", document.subject).strip("-.") or "-"
    return f"{document.name}_{subject}_{maker.local():%Y-%m-%d}.{kind}"


def record_export(
    session: Session, document: Document, kind: str, rows: int, *, what: str, actor: str, now: datetime
) -> None:
    """Note who took what out, in which form, and how much of it."""
    record_audit(
        session,
        actor=actor,
        action="export",
        subject_type="patient",
        subject_key=document.subject,
        details={"what": what, "format": kind, "rows": rows},
        now=now,
    )
