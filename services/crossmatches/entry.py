"""One crossmatch as a form or a row of a file gives it: its columns, the values, and what cannot be true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from models.importing import ImportKind
from services.imports.choices import ANTIBODY_RESULT, CROSSMATCH_KIND
from services.imports.fields import Field
from services.imports.reading import ReadRow
from services.imports.result_rows import ResultForm
from services.imports.typed_results import judge_typed_result, past_day
from services.imports.values import Fault

KEY = "patient_number"

FIELDS: Mapping[str, Field] = {
    one.name: one
    for one in (
        Field(KEY, "key", required=True),
        Field("donor_number", "text", required=True),
        Field("kind", "choice", CROSSMATCH_KIND, required=True),
        Field("method", "text"),
        Field("result", "choice", ANTIBODY_RESULT, required=True),
        Field("tested_on", "day", required=True),
        Field("serum_code", "text"),
        Field("serum_on", "day"),
        Field("note", "text"),
    )
}
# Other headings of this kind of file; elsewhere they may say something else.
ALIASES: Mapping[str, str] = {
    "donneur": "donor_number", "numero_donneur": "donor_number", "donor": "donor_number",
    "crossmatch": "kind", "type": "kind", "cells": "kind", "cellules": "kind", "cible": "kind", "target": "kind",
    "methode": "method", "technique": "method", "resultat": "result",
    "test_date": "tested_on", "date_test": "tested_on", "date_du_test": "tested_on", "teste_le": "tested_on",
    "date": "tested_on", "date_crossmatch": "tested_on",
    "serum": "serum_code", "sample": "serum_code", "echantillon": "serum_code", "code_serum": "serum_code",
    "sample_code": "serum_code", "serum_date": "serum_on", "date_serum": "serum_on", "date_du_serum": "serum_on",
    "preleve_le": "serum_on", "date_prelevement": "serum_on", "sampled_on": "serum_on",
    "comment": "note", "commentaire": "note", "remarque": "note",
}  # fmt: skip
FORM = ResultForm(ImportKind.CROSSMATCHES, KEY, FIELDS, ALIASES, missing="crossmatch_columns_missing")


@dataclass(frozen=True, slots=True)
class Entry:
    """One crossmatch as it was given; `serum_on` is when the serum was drawn, None where it is not known."""

    donor_number: str
    kind: CrossmatchKind
    result: CrossmatchResult
    tested_on: date
    method: str = ""
    serum_code: str = ""
    serum_on: date | None = None
    note: str = ""


def settle_entry(row: ReadRow, *, today: date) -> Entry | None:
    """The crossmatch of a row that was read; what cannot be true is an error of the row, and gives None."""
    tested_on, serum_on = past_day(row, "tested_on", today=today), past_day(row, "serum_on", today=today)
    if tested_on and serum_on and serum_on > tested_on:
        row.add("serum_on", serum_on.isoformat(), Fault("crossmatch_before_serum", {"serum_on": serum_on.isoformat()}))
    if row.refused or tested_on is None:
        return None
    texts = {name: str(row.values.get(name) or "") for name in ("donor_number", "method", "serum_code", "note")}
    kind, result = CrossmatchKind(str(row.values["kind"])), CrossmatchResult(str(row.values["result"]))
    return Entry(kind=kind, result=result, tested_on=tested_on, serum_on=serum_on, **texts)


def judge_typed(typed: Mapping[str, str], *, today: date, now: datetime) -> Entry:
    """A crossmatch typed in a form, judged as a row of a file. Raises InvalidFields with every fault at once."""
    return judge_typed_result(
        typed, FORM, lambda row: settle_entry(row, today=today), needs="crossmatch_needs", now=now
    )
