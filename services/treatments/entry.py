"""One course of treatment as a form or a row of a file gives it: its columns, the values, and what cannot be true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.treatment import TreatmentKind
from models.importing import ImportKind
from services.imports.choices import TREATMENT
from services.imports.fields import Field
from services.imports.reading import ReadRow
from services.imports.result_rows import ResultForm
from services.imports.typed_results import judge_typed_result, past_day
from services.imports.values import Fault

KEY = "patient_number"
OLDEST_YEARS = 10  # this only stops a slip of the year; it judges nobody

FIELDS: Mapping[str, Field] = {
    one.name: one
    for one in (
        Field(KEY, "key", required=True),
        Field("kind", "choice", TREATMENT, required=True),
        Field("first_on", "day", required=True),
        Field("last_on", "day"),
        Field("note", "text"),
    )
}
# Other headings of this kind of file; elsewhere they may say something else.
ALIASES: Mapping[str, str] = {
    "treatment": "kind", "traitement": "kind", "drug": "kind", "medicament": "kind", "molecule": "kind", "type": "kind",
    "start": "first_on", "started_on": "first_on", "from": "first_on", "start_date": "first_on", "debut": "first_on",
    "date_debut": "first_on", "date_de_debut": "first_on", "du": "first_on",
    "end": "last_on", "ended_on": "last_on", "until": "last_on", "end_date": "last_on", "fin": "last_on",
    "date_fin": "last_on", "date_de_fin": "last_on", "au": "last_on",
    "comment": "note", "commentaire": "note", "remarque": "note",
}  # fmt: skip
FORM = ResultForm(ImportKind.TREATMENTS, KEY, FIELDS, ALIASES, missing="treatment_columns_missing")


@dataclass(frozen=True, slots=True)
class Entry:
    """One course as it was given; `last_on` None is still going on."""

    kind: TreatmentKind
    first_on: date
    last_on: date | None = None
    note: str = ""


def settle_entry(row: ReadRow, *, today: date) -> Entry | None:
    """The course of a row that was read; what cannot be true is an error of the row, and gives None."""
    first_on, last_on = past_day(row, "first_on", today=today), past_day(row, "last_on", today=today)
    kind, note = row.values.get("kind"), str(row.values.get("note") or "")
    if first_on and last_on and last_on < first_on:
        row.add("last_on", last_on.isoformat(), Fault("treatment_ends_before"))
    if first_on and first_on.year < today.year - OLDEST_YEARS:
        row.add(
            "first_on",
            first_on.isoformat(),
            Fault("treatment_too_old", {"first_on": first_on.isoformat(), "years": OLDEST_YEARS}),
        )
    if kind == TreatmentKind.OTHER.value and not note and not _is_faulty(row, "note"):
        row.add("note", "", Fault("treatment_other_unnamed"))
    if row.refused or first_on is None:
        return None
    return Entry(TreatmentKind(str(kind)), first_on, last_on, note)


def judge_typed(typed: Mapping[str, str], *, today: date, now: datetime) -> Entry:
    """A course typed in a form, judged as a row of a file. Raises InvalidFields with every fault at once."""
    return judge_typed_result(typed, FORM, lambda row: settle_entry(row, today=today), needs="treatment_needs", now=now)


def _is_faulty(row: ReadRow, name: str) -> bool:
    return any(one.column == name and one.severity == "error" for one in row.issues)
