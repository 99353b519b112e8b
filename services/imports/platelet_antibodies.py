"""Files of HPA and CD36 antibody results: one test a row, each attributed, and the same file twice changes nothing."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlmodel import Session, select

from domain.errors import FieldFault, InvalidFields, UnusableInput
from models.importing import ImportKind
from models.patient import Patient
from models.request import AntibodyResult
from services.imports.choices import ANTIBODY_RESULT
from services.imports.fields import Field
from services.imports.outcome import ImportResult, Outcome
from services.imports.people import not_confirmed
from services.imports.reading import Layout, ReadRow
from services.imports.request import ImportRequest
from services.imports.result_rows import ResultForm, columns_named, import_result_rows, open_result_layout
from services.imports.single_row import faults_of, read_single_row
from services.imports.tabular import Table
from services.imports.values import Fault
from services.platelet_antibodies import Result, find_result, new_row, parse_platelet_specificity
from services.reference import core_reference

KEY = "patient_number"
WITHDRAWN = "withdrawn"

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(KEY, "key", required=True),
        Field("specificity", "text", required=True),
        Field("result", "choice", ANTIBODY_RESULT, required=True),
        Field("method", "text", required=True),
        Field("tested_on", "day", required=True),
        Field("sample", "text"),
    )
}
# Other headings of this kind of file; elsewhere they may say something else.
ALIASES: Mapping[str, str] = {
    "specificite": "specificity", "antigene": "specificity", "antigen": "specificity", "anticorps": "specificity",
    "antibody": "specificity", "resultat": "result", "technique": "method", "methode": "method",
    "date": "tested_on", "date_du_test": "tested_on", "date_test": "tested_on", "test_date": "tested_on",
    "date_de_test": "tested_on", "date_of_test": "tested_on", "tested": "tested_on", "teste_le": "tested_on",
    "date_examen": "tested_on", "echantillon": "sample", "serum": "sample", "sample_id": "sample",
    "sample_code": "sample",
}  # fmt: skip
FORM = ResultForm(ImportKind.PLATELET_ANTIBODIES, KEY, FIELDS, ALIASES, missing="platelet_columns_missing")


def import_platelet_antibodies(
    session: Session, request: ImportRequest, *, today: date, layout: Layout | None = None
) -> ImportResult:
    """Import one file of HPA and CD36 antibody results; `today` is the day where the registry is kept.

    Give the layout where it was opened already, so that the session of a writer keeps nobody waiting meanwhile.
    Raises UnusableInput where the file as a whole cannot be used.
    """
    layout = layout or open_platelet_layout(request)
    return import_result_rows(
        session, request, layout, kind=FORM.kind,
        taking=lambda batch_id: _Plan(session, request, today=today, batch_id=batch_id).take,
    )  # fmt: skip


def open_platelet_layout(request: ImportRequest) -> Layout:
    """Headings mapped and the whole file surveyed. Raises UnusableInput."""
    if request.mode == "full" and not request.confirmed:
        raise not_confirmed(ImportKind.PLATELET_ANTIBODIES)
    return open_result_layout(request, FORM)


def is_platelet_antibody_table(table: Table) -> bool:
    """Whether a table holds HPA and CD36 antibody results, by its headings."""
    return {KEY, "specificity", "result"} <= columns_named(table, FORM)


class _Plan:
    """What becomes of each row, told against the record as the rows before have left it."""

    def __init__(self, session: Session, request: ImportRequest, *, today: date, batch_id: int | None) -> None:
        self._session, self._request = session, request
        self._today, self._batch_id = today, batch_id
        self._patients: dict[str, Patient | None] = {}
        self._seen: dict[tuple[str, str, str, date, str], str] = {}

    def take(self, row: ReadRow) -> Outcome:
        """The row's outcome; a good row is written where the import writes."""
        settle_platelet_row(row, today=self._today)
        patient = None if row.refused else self._patient(row)
        if row.refused or patient is None:
            return "refused"
        result = result_of_row(row)
        key = (row.key, result.specificity, result.method, result.tested_on, result.sample_code)
        on_record = self._seen.get(key) or self._stored(patient, result)
        if on_record in (None, result.result.value):
            self._seen[key] = result.result.value
            if on_record:
                return "unchanged"
            if self._batch_id is not None:
                now, actor = self._request.now, self._request.actor
                self._session.add(new_row(patient, result, actor=actor, now=now, batch_id=self._batch_id))
            return "created"
        withdrawn = on_record == WITHDRAWN
        code = "platelet_result_was_withdrawn" if withdrawn else "platelet_result_differs"
        row.add("result", result.result.value, Fault(code, {} if withdrawn else {"stored": on_record or ""}))
        return "refused"

    def _patient(self, row: ReadRow) -> Patient | None:
        if row.key not in self._patients:
            query = select(Patient).where(Patient.patient_number == row.key)
            self._patients[row.key] = self._session.exec(query).first()
        if self._patients[row.key] is None:
            row.add(KEY, row.key, Fault("unknown_patient", {"patient": row.key}))
        return self._patients[row.key]

    def _stored(self, patient: Patient, result: Result) -> str | None:
        """The result on record of the same test; WITHDRAWN where it was: only a person may go back on that."""
        found = find_result(self._session, patient, result)
        if found is None:
            return None
        return WITHDRAWN if found.withdrawn_at else found.result.value


def settle_platelet_row(row: ReadRow, *, today: date) -> None:
    """Read the specificity of a row and judge its day; what cannot be used is an error of the row."""
    text = row.values.get("specificity")
    if isinstance(text, str) and text:
        try:
            row.values["specificity"] = parse_platelet_specificity(text)
        except UnusableInput as error:
            row.add("specificity", text, Fault(error.code, _plain(error.params)))
    tested_on = row.values.get("tested_on")
    if isinstance(tested_on, date) and tested_on > today:
        row.issues = [issue for issue in row.issues if issue.code != "date_in_future"]
        row.add("tested_on", tested_on.isoformat(), Fault("tested_in_future"))


def judge_typed(typed: Mapping[str, str], *, today: date, now: datetime) -> Result:
    """A result typed in a form, judged as a row of a file. Raises InvalidFields."""
    texts = {name: typed.get(name, "") for name in FIELDS}
    row = read_single_row(texts, fields=FIELDS, key=KEY, reference=core_reference(), now=now)
    settle_platelet_row(row, today=today)
    if faults := [_in_form_words(fault) for fault in faults_of(row)]:
        raise InvalidFields(faults)
    return result_of_row(row)


def _in_form_words(fault: FieldFault) -> FieldFault:
    """The sentence of an empty cell speaks of a column; a form has none."""
    return FieldFault(fault.field, f"result_needs.{fault.field}") if fault.code == "cell_empty" else fault


def result_of_row(row: ReadRow) -> Result:
    """The result of a row that has no error."""
    tested_on = row.values["tested_on"]
    if not isinstance(tested_on, date):
        raise TypeError("a row without a day is refused before")
    return Result(
        specificity=str(row.values["specificity"]),
        result=AntibodyResult(str(row.values["result"])),
        method=str(row.values["method"]),
        tested_on=tested_on,
        sample_code=str(row.values.get("sample") or ""),
    )


def _plain(params: Mapping[str, object]) -> dict[str, str | int | float]:
    return {name: str(value) for name, value in params.items()}
