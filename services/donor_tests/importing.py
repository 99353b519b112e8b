"""Files of results of donors' samples: a bad row never stops the good ones, and the same file twice changes nothing."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from sqlmodel import Session

from domain.errors import FieldFault, InvalidFields, Issue, UnusableInput
from domain.reservation import Timing
from domain.wanted_phenotype import CD36, Standing, read_flow, read_result
from models.campaign import Campaign
from models.importing import ImportKind
from services.donor_tests.recording import SampleResult, code_on_record, record_test
from services.donor_tests.standing import standing_for
from services.explanations import get_donor
from services.imports.fields import Field
from services.imports.outcome import ImportResult, Outcome
from services.imports.reading import Layout, ReadRow
from services.imports.request import ImportRequest
from services.imports.result_rows import ResultForm, columns_named, import_result_rows, open_result_layout
from services.imports.single_row import faults_of, read_single_row
from services.imports.tabular import Table
from services.imports.typed_results import checked_or_written, plain_params, take_row
from services.imports.values import Fault
from services.platelet_antibodies import parse_platelet_specificity
from services.reference import core_reference
from services.rule_tables import hpa_systems

KEY = "donor_number"
FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(KEY, "key", required=True),
        Field("analyte", "text", required=True),
        Field("result", "text"),
        Field("platelets", "text"),
        Field("monocytes", "text"),
        Field("sample_code", "text", required=True),
        Field("sampled_on", "day"),
        Field("tested_on", "day", required=True),
        Field("method", "text"),
    )
}
ALIASES: Mapping[str, str] = {
    "donneur": KEY, "donor": KEY, "numero_donneur": KEY, "analyse": "analyte", "antigene": "analyte",
    "antigen": "analyte", "systeme": "analyte", "system": "analyte", "parametre": "analyte", "test": "analyte",
    "resultat": "result", "genotype": "result", "phenotype": "result", "plaquettes": "platelets",
    "platelet": "platelets", "cd36_plaquettes": "platelets", "cd36_platelets": "platelets",
    "monocyte": "monocytes", "cd36_monocytes": "monocytes", "echantillon": "sample_code", "sample": "sample_code",
    "tube": "sample_code", "sample_id": "sample_code", "code_echantillon": "sample_code",
    "preleve_le": "sampled_on", "date_prelevement": "sampled_on", "date_de_prelevement": "sampled_on",
    "sampling_date": "sampled_on", "teste_le": "tested_on", "date_test": "tested_on", "date_du_test": "tested_on",
    "test_date": "tested_on", "date_resultat": "tested_on", "date": "tested_on", "technique": "method",
    "methode": "method",
}  # fmt: skip

FORM = ResultForm(
    ImportKind.DONOR_TESTS, KEY, FIELDS, ALIASES, missing="donor_test_columns_missing", either=("result", "platelets")
)


def import_donor_tests(
    session: Session, request: ImportRequest, *, timing: Timing, campaign: Campaign | None = None,
    layout: Layout | None = None,
) -> ImportResult:  # fmt: skip
    """Import one file; with a campaign each donor must have been invited to it, and the invitations move.

    A check does all of it and takes it back, so that it tells exactly what the import would. Give the layout where it
    was opened already, so that the session of a writer keeps nobody waiting meanwhile.
    Raises UnusableInput where the file as a whole cannot be used.
    """
    layout = layout or open_test_layout(request)
    return checked_or_written(session, request, lambda: _import(session, request, layout, timing, campaign))


def open_test_layout(request: ImportRequest, *, most_rows: int | None = None) -> Layout:
    """Headings mapped and the whole file surveyed. Raises UnusableInput, also for more rows than `most_rows`."""
    layout = open_result_layout(request, FORM)
    if most_rows is not None and layout.survey.row_count > most_rows:
        raise UnusableInput("donor_test_file_too_long", rows=layout.survey.row_count, most=most_rows)
    return layout


def is_donor_test_table(table: Table) -> bool:
    """Whether a table holds results of donors' samples, by its headings."""
    return {KEY, "analyte", "sample_code"} <= columns_named(table, FORM)


def _import(
    session: Session, request: ImportRequest, layout: Layout, timing: Timing, campaign: Campaign | None
) -> ImportResult:
    def taking(batch_id: int | None) -> Callable[[ReadRow], Outcome]:
        return lambda row: _take(session, row, request, timing=timing, campaign=campaign, batch_id=batch_id)

    return import_result_rows(session, request, layout, kind=FORM.kind, taking=taking)


def _take(
    session: Session, row: ReadRow, request: ImportRequest, *, timing: Timing, campaign: Campaign | None,
    batch_id: int | None,
) -> Outcome:  # fmt: skip
    result = _settle(row)
    if result is None:
        return "refused"
    recording = partial(
        record_test, session, result=result, campaign=campaign, actor=request.actor, timing=timing,
        source=request.file_name, batch_id=batch_id, by_hand=False,
    )  # fmt: skip
    outcome = take_row(session, row, recording)
    if outcome == "refused":
        return outcome
    if (stored := code_on_record(session, result)) != result.sample_code:
        row.add("sample_code", result.sample_code, Fault("donor_test_known_as", {"sample": stored}), "warning")
    donor_id = get_donor(session, result.donor_number).id or 0
    if standing_for(session, donor_id, result.analyte).state is Standing.CONTRADICTORY:
        row.add("result", result.result, Fault("donor_tests_contradict", {"analyte": result.analyte}), "warning")
    return outcome


def _settle(row: ReadRow) -> SampleResult | None:
    """The result of a row; what cannot be read is an error of the row."""
    values = {name: str(row.values.get(name) or "") for name in FIELDS}
    analyte = _analyte(row, values["analyte"]) if values["analyte"] else ""
    if row.refused or not analyte:
        return None
    said, issue = _read(analyte, values)
    if issue is not None:
        column = "platelets" if values["platelets"] or values["monocytes"] else "result"
        row.add(column, values[column], Fault(issue.code, plain_params(issue.params)), issue.severity)
    tested_on, sampled_on = row.values.get("tested_on"), row.values.get("sampled_on")
    if row.refused or not isinstance(tested_on, date):
        return None
    return SampleResult(
        donor_number=row.key, analyte=analyte, result=said, sample_code=values["sample_code"], tested_on=tested_on,
        sampled_on=sampled_on if isinstance(sampled_on, date) else None, method=values["method"],
        platelets=values["platelets"], monocytes=values["monocytes"],
    )  # fmt: skip


def _read(analyte: str, values: Mapping[str, str]) -> tuple[str, Issue | None]:
    """The result, from the cells of flow cytometry where they are filled."""
    if analyte != CD36 or not (values["platelets"] or values["monocytes"]):
        if not values["result"]:
            return "", Issue("donor_test_without_result", "error")
        return read_result(analyte, values["result"])
    found, issue = read_flow(values["platelets"], values["monocytes"])
    if issue is None and values["result"]:
        written, fault = read_result(analyte, values["result"])
        if fault is not None and fault.severity == "error":
            return "", fault
        if written != found and not found.startswith(f"{written} "):
            params = {"text": values["result"], "found": found}
            return "", Issue("donor_test_cells_differ", "error", values["result"], params)
    return found, issue


def _analyte(row: ReadRow, text: str) -> str:
    """`CD36` or the HPA system (`HPA-1`, also `HPA-1a`); empty with an error of the row."""
    systems = hpa_systems()
    plain = text.strip().upper()
    for name in systems:
        if plain in (name, name.replace("-", ""), name.replace("-", " ")):
            return name
    try:
        specificity = parse_platelet_specificity(text)
    except UnusableInput as error:
        row.add("analyte", text, Fault(error.code, plain_params(error.params)))
        return ""
    if specificity == CD36:
        return CD36
    return next(name for name, one in systems.items() if specificity in (one.antigen_a, one.antigen_b))


def judge_typed_test(typed: Mapping[str, str], *, timing: Timing) -> SampleResult:
    """A result typed in a form, judged as a row of a file. Raises InvalidFields."""
    texts = {name: typed.get(name, "") for name in FIELDS}
    row = read_single_row(texts, fields=FIELDS, key=KEY, reference=core_reference(), now=timing.now)
    result = None if faults_of(row) else _settle(row)
    if result is None:
        faults = faults_of(row)
        raise InvalidFields(
            [
                FieldFault(one.field, f"donor_test_needs.{one.field}") if one.code == "cell_empty" else one
                for one in faults
            ]
        )
    return result
