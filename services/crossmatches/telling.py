"""Crossmatches as data for pages and for the API."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from models.crossmatch import Crossmatch
from models.patient import Patient
from services.crossmatches.store import crossmatches_of
from services.kept_rows import life_json, standing
from services.matching.donor_rows import load_numbers

Json = dict[str, Any]
PLAIN = ("code", "method", "tested_on", "serum_code", "serum_on", "note")


def crossmatches_json(session: Session, rows: Sequence[Crossmatch]) -> list[Json]:
    """Crossmatches as data, each with the number of its donor."""
    numbers = load_numbers(session, sorted({row.donor_id for row in rows}))
    return [
        {
            **{name: getattr(row, name) for name in PLAIN},
            "donor_number": numbers[row.donor_id],
            "kind": row.kind.value,
            "result": row.result.value,
            **life_json(row),
            "version": row.version_id,
        }
        for row in rows
    ]


def standing_crossmatches(session: Session, patient: Patient) -> list[Json]:
    """The crossmatches that count, the latest first."""
    return crossmatches_json(session, standing(crossmatches_of(session, patient))[::-1])
