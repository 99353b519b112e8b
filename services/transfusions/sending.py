"""A patient's transfusions as the file that an import reads: sent back, it changes nothing."""

import csv
import io
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from domain.reservation import Timing
from models.patient import Patient
from services.exports import neutralised
from services.transfusions.entry import CAUSES, KEY, entry_of
from services.transfusions.judging import standing
from services.transfusions.reading import FIELDS
from services.transfusions.store import donor_numbers, transfusions_of

COLUMNS = tuple(name for name in FIELDS if name != "note")  # a note may name somebody
_COULD_BE_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d{3}")


def transfusion_csv(session: Session, patient: Patient, *, timing: Timing) -> tuple[str, int]:
    """The standing transfusions of a patient under the import's own headings, without notes, and how many they are."""
    rows = standing(transfusions_of(session, patient))
    numbers = donor_numbers(session, rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        entry = entry_of(row, numbers.get(row.donor_id or 0, ""))
        values = {KEY: patient.patient_number, **{name: entry.causes.get(name) for name in CAUSES}}
        cells = [values[name] if name in values else getattr(entry, name) for name in COLUMNS]
        writer.writerow([_written(cell, timing) for cell in cells])
    return text.getvalue(), len(rows)


def _written(value: Any, timing: Timing) -> str:
    """A value that reads back to itself; a moment with its offset, whatever clock the reader keeps."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return timing.local(value).isoformat()
    return figure_text(value) if isinstance(value, int | float) else neutralised(str(value))


def figure_text(value: float) -> str:
    """A figure that reads back to itself, without an exponent: 5.123 could be thousands, 5.1230 could not."""
    plain = f"{Decimal(f'{value:.10g}'):.12f}".rstrip("0").rstrip(".")
    return f"{plain}0" if _COULD_BE_THOUSANDS.fullmatch(plain) else plain
