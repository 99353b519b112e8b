"""Patient files: rows into patients, with their typing as given."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from domain.reference import Reference
from models.donor import TYPING_COLUMNS
from models.importing import ImportBatch
from services.imports.fields import GL_STRING, PATIENT_FIELDS, PATIENT_FORM, PATIENT_KEY
from services.imports.outcome import FileIssue, ImportResult
from services.imports.people import UPDATED_AT, Arrival, Plan, Stored, import_people
from services.imports.reading import Layout, ReadRow
from services.imports.request import ImportRequest

PATIENTS = SQLModel.metadata.tables["patient"]
_DEFAULTS: Mapping[str, Any] = {
    **dict.fromkeys(name for name in PATIENT_FIELDS if name not in (UPDATED_AT, GL_STRING)),
    **dict.fromkeys(TYPING_COLUMNS, ""),
}


def import_patients(
    session: Session, request: ImportRequest, *, reference: Reference, layout: Layout | None = None
) -> ImportResult:
    """Import one patient file (INTERFACES §2). Raises UnusableInput, see `import_people`."""
    register = PatientRegister(session, now=request.now)
    return import_people(session, request, register=register, reference=reference, layout=layout)


class PatientRegister:
    """The patients on record, as an import reads and writes them."""

    form = PATIENT_FORM
    said_when_absent: Mapping[str, FileIssue] = {}

    def __init__(self, session: Session, *, now: datetime) -> None:
        self._session = session
        self._now = now

    def begin(self) -> None:
        """Nothing: a patient is read anew at each search."""

    def columns_of(self, row: ReadRow) -> dict[str, Any]:
        """The row's values as the table holds them."""
        columns: dict[str, Any] = {name: value for name, value in row.values.items() if name != UPDATED_AT}
        if isinstance(columns.get("birth_date"), date):
            columns["birth_date"] = columns["birth_date"].isoformat()
        return columns

    def find(self, numbers: Sequence[str]) -> Mapping[str, Stored]:
        """Those of these numbers that are on record."""
        columns = (PATIENTS.c.patient_number, PATIENTS.c.id, PATIENTS.c.row_hash, PATIENTS.c.source_updated_at)
        rows = self._session.execute(sa.select(*columns).where(PATIENTS.c.patient_number.in_(numbers)))
        return {number: Stored(*others) for number, *others in rows}

    def load(self, ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
        """Everything on record of these patients."""
        if not ids:
            return {}
        rows = self._session.execute(sa.select(PATIENTS).where(PATIENTS.c.id.in_(ids))).mappings()
        return {row["id"]: dict(row) for row in rows}

    def write(self, plan: Plan, batch_id: int) -> None:
        """Carry out a plan."""
        created = [
            {**_DEFAULTS, **one.columns, PATIENT_KEY: one.row.key, **_stamp(one, None),
             "version_id": 1, "created_at": self._now, "updated_at": self._now}
            for one in plan.create
        ]  # fmt: skip
        changed = [
            {**one.columns, **_stamp(one, old), "version_id": old["version_id"] + 1, "updated_at": self._now}
            for one, old in plan.update
        ]
        if created:
            self._session.execute(sa.insert(PATIENTS), created)
        for (arrival, _), values in zip(plan.update, changed, strict=True):
            self._change(arrival, values)
        for arrival in plan.remember:
            self._change(arrival, {name: v for name, v in _stamp(arrival, None).items() if v is not None})

    def _change(self, arrival: Arrival, values: Mapping[str, Any]) -> None:
        self._session.execute(sa.update(PATIENTS).where(PATIENTS.c.id == arrival.id).values(**values))

    def finish(self, keys: frozenset[str], batch: ImportBatch | None, *, full: bool, changed: bool) -> Sequence[str]:
        """Nothing: a full patient file deactivates nobody, a patient has no such state."""
        return ()


def _stamp(arrival: Arrival, old: Mapping[str, Any] | None) -> dict[str, Any]:
    """Fingerprint of the row and its source's date, which a row without one leaves as it was."""
    kept = arrival.source_updated_at or (old["source_updated_at"] if old else None)
    return {"row_hash": arrival.row_hash, "source_updated_at": kept}
