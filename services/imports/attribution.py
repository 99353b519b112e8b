"""Whose serum it is: the file's patient id, else the patient who expects the sample, else what the person says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from domain.errors import UnusableInput
from models.patient import Patient
from services.imports.columns import plain_heading
from services.imports.outcome import FileIssue
from services.imports.sera import SerumHeader
from services.imports.survey import clean_key
from services.imports.tabular import read_table
from services.imports.values import Fault
from services.patients import get_patient

_SAMPLE_HEADINGS = frozenset({"sample", "sample_id", "sampleid", "echantillon", "serum"})


@dataclass(frozen=True, slots=True)
class Owner:
    """The patient a serum belongs to, and what there is to say about how that was found."""

    patient_id: int
    patient_number: str
    doubts: tuple[Fault, ...] = ()


class Attribution:
    """Finds the patient of each serum of one file, in the order of INTERFACES §2."""

    def __init__(
        self, session: Session, headers: Iterable[SerumHeader], *, patient: str | None, by_sample: Mapping[str, str]
    ) -> None:
        """Load every patient who may be meant.

        Raises:
            NotFound: no patient has the number given for the whole file.
        """
        self._default = get_patient(session, patient) if patient else None
        self._by_sample = by_sample
        headers = list(headers)
        codes = {header.patient_code for header in headers} | set(by_sample.values())
        samples = {code for header in headers for code in (header.sample_code, header.base_code) if code}
        query = select(Patient).where(
            col(Patient.patient_number).in_(codes) | col(Patient.antibody_sample).in_(samples)
        )
        self._by_number: dict[str, Patient] = {}
        self._expecting: dict[str, list[Patient]] = defaultdict(list)
        for found in session.exec(query.order_by(col(Patient.patient_number))):
            self._by_number[found.patient_number] = found
            if found.antibody_sample:
                self._expecting[found.antibody_sample].append(found)

    def owner(self, header: SerumHeader) -> Owner | Fault:
        """The patient of one serum, or why there is none."""
        expecting = self._expecting.get(header.sample_code) or self._expecting.get(header.base_code) or []
        named = self._by_number.get(header.patient_code)
        if named is None and len(expecting) > 1:
            numbers = ", ".join(patient.patient_number for patient in expecting)
            return Fault("sample_expected_by_several", {"sample": header.sample_code, "patients": numbers})
        mapped = self._mapped_number(header)
        if mapped and mapped not in self._by_number:  # a slip of the table is said even where it decides nothing
            return Fault("mapped_patient_unknown", {"sample": header.sample_code, "patient": mapped})
        found = named or next(iter(expecting), None) or self._default or self._by_number.get(mapped)
        if found is None:
            return Fault("serum_of_nobody", {"sample": header.sample_code, "patient": header.patient_code or "–"})
        return Owner(found.id or 0, found.patient_number, tuple(self._doubts(header, found, expecting)))

    def _mapped_number(self, header: SerumHeader) -> str:
        return self._by_sample.get(header.sample_code) or self._by_sample.get(header.base_code) or ""

    def _doubts(self, header: SerumHeader, found: Patient, expecting: list[Patient]) -> Iterable[Fault]:
        params = {"sample": header.sample_code, "patient": found.patient_number}
        if (mapped := self._mapped_number(header)) not in ("", found.patient_number):
            yield Fault("map_not_used", {**params, "other": mapped})
        if expecting and found not in expecting:
            yield Fault("sample_expected_by_other", {**params, "other": expecting[0].patient_number})
        if self._default and self._default.id != found.id:
            yield Fault("patient_option_not_used", {**params, "other": self._default.patient_number})


def unused_map_rows(by_sample: Mapping[str, str], headers: Iterable[SerumHeader]) -> list[FileIssue]:
    """The samples of a map that the file does not hold: perhaps slips of a key."""
    held = {code for header in headers for code in (header.sample_code, header.base_code)}
    return [
        FileIssue("map_sample_unused", "warning", raw=sample, params={"sample": sample, "patient": patient})
        for sample, patient in by_sample.items()
        if sample not in held
    ]


def read_sample_map(content: bytes) -> dict[str, str]:
    """Patient number by sample code, from a two-column table with or without a heading.

    Raises:
        UnusableInput: not a table of two columns, or one sample given to two patients.
    """
    table = read_table(content)
    if table.width != 2:
        raise UnusableInput("map_not_two_columns", columns=table.width)
    headed = plain_heading(table.headings[0]) in _SAMPLE_HEADINGS
    found: dict[str, str] = {}
    for row in table.rows() if headed else table.all_rows():
        sample, patient = (clean_key(cell) for cell in (*row.cells, "")[:2])
        if not sample or not patient:
            raise UnusableInput("map_row_incomplete", line=row.line)
        if found.setdefault(sample, patient) != patient:
            raise UnusableInput("map_sample_twice", line=row.line, sample=sample)
    return found
