"""Which of the laboratory formats a file is, from its content alone."""

from dataclasses import dataclass
from datetime import date

from domain.errors import UnusableInput
from services.imports import fusion, matchit
from services.imports.columns import known_column, plain_heading
from services.imports.fields import DONOR_FIELDS, DONOR_KEY, PATIENT_FIELDS, PATIENT_KEY
from services.imports.filetype import FileKind, recognise_file
from services.imports.haml import read_haml
from services.imports.sera import AntibodyFile
from services.imports.tabular import Table, read_table
from services.imports.two_column import is_two_column, read_two_columns


@dataclass(frozen=True, slots=True)
class Given:
    """What the person says beside the file: the sample's code and its run date, and what to call a nameless one."""

    sample_code: str | None = None
    run_on: date | None = None
    file_stem: str = ""


def read_antibodies(content: bytes, given: Given) -> AntibodyFile:
    """The sera of a laboratory file, its format recognised.

    Raises:
        UnusableInput: of no known format, a donor or patient file, or not readable at all.
    """
    if recognise_file(content) is FileKind.XML:
        return read_haml(content, run_on=given.run_on)
    table = read_table(content)
    headings = {plain_heading(heading) for heading in table.headings}
    if headings >= matchit.HEADINGS:
        return matchit.read_matchit(table, run_on=given.run_on)
    if headings >= fusion.HEADINGS and headings & set(fusion.MFI_HEADINGS):
        return fusion.read_fusion(table, run_on=given.run_on)
    if is_two_column(table):
        code = given.sample_code or given.file_stem
        return read_two_columns(table, sample_code=code, run_on=given.run_on)
    kind = people_kind(table)
    if kind:
        raise UnusableInput("people_file_given_as_antibodies", kind=kind)
    found = ", ".join(heading[:40] for heading in table.headings[:20] if heading)
    raise UnusableInput("antibody_format_unknown", found=found)


def people_kind(table: Table) -> str | None:
    """Whether a table is of donors or of patients, by its key column."""
    if any(known_column(heading, DONOR_FIELDS) == DONOR_KEY for heading in table.headings):
        return "donors"
    if any(known_column(heading, PATIENT_FIELDS) == PATIENT_KEY for heading in table.headings):
        return "patients"
    return None


def is_antibody_table(table: Table) -> bool:
    """Whether a table is a laboratory export, given by mistake as a file of donors or patients."""
    headings = {plain_heading(heading) for heading in table.headings}
    return headings >= matchit.HEADINGS or headings >= fusion.HEADINGS or is_two_column(table)
