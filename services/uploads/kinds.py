"""What an uploaded file holds, who may handle it, and the import that takes it in."""

from collections.abc import Collection, Mapping

from domain.errors import UnusableInput
from models.importing import ImportKind
from services.accounts.permissions import Permission
from services.crossmatches.importing import is_crossmatch_table
from services.donor_tests.importing import is_donor_test_table
from services.imports.columns import known_column, plain_heading
from services.imports.fields import DONOR_FORM, PATIENT_FORM, PeopleForm
from services.imports.filetype import FileKind, recognise_file
from services.imports.platelet_antibodies import ALIASES, FIELDS, KEY, is_platelet_antibody_table
from services.imports.recognise import is_antibody_table, people_kind
from services.imports.tabular import read_table
from services.transfusions.importing import is_transfusion_table
from services.treatments.importing import is_treatment_table

PLATELET_FORM = PeopleForm(ImportKind.PLATELET_ANTIBODIES, KEY, FIELDS)
FORMS: Mapping[ImportKind, PeopleForm] = {form.kind: form for form in (DONOR_FORM, PATIENT_FORM, PLATELET_FORM)}
_OF_A_LABORATORY = frozenset({Permission.IMPORT_FILES, Permission.SEE_PATIENTS, Permission.RECORD_ANTIBODIES})
# A file of patients or of their sera names patients: it is for those who may see them.
NEEDED: Mapping[ImportKind, frozenset[Permission]] = {
    ImportKind.DONORS: frozenset({Permission.IMPORT_FILES, Permission.SEE_DONORS}),
    ImportKind.PATIENTS: frozenset({Permission.IMPORT_FILES, Permission.SEE_PATIENTS}),
    ImportKind.ANTIBODIES: _OF_A_LABORATORY,
    ImportKind.PLATELET_ANTIBODIES: _OF_A_LABORATORY,
}


def kinds_of(permissions: Collection[Permission]) -> tuple[ImportKind, ...]:
    """The kinds of file that somebody of these permissions may send and see."""
    return tuple(kind for kind, needed in NEEDED.items() if needed <= set(permissions))


def column_of(heading: str, kind: ImportKind) -> str | None:
    """The column of this kind of file that a heading names by itself."""
    form = FORMS[kind]
    own = ALIASES.get(plain_heading(heading)) if kind is ImportKind.PLATELET_ANTIBODIES else None
    return own or known_column(heading, form.fields)


def recognise_kind(content: bytes) -> ImportKind:
    """What a file holds, from its content; where no heading is a key, what most of its headings are of.

    Raises UnusableInput where no import could read the file at all, and for kinds of file that have a page of their
    own: results of donors' samples read as a file of donors would add each unknown number to the registry.
    """
    if recognise_file(content) is FileKind.XML:
        return ImportKind.ANTIBODIES
    table = read_table(content)
    if is_antibody_table(table):  # first: a laboratory's export may have a column of patient numbers
        return ImportKind.ANTIBODIES
    if is_donor_test_table(table):
        raise UnusableInput("file_of_donor_tests")
    if is_transfusion_table(table):
        raise UnusableInput("file_of_transfusions")
    if is_crossmatch_table(table):
        raise UnusableInput("file_of_crossmatches")
    if is_treatment_table(table):
        raise UnusableInput("file_of_treatments")
    if is_platelet_antibody_table(table):
        return ImportKind.PLATELET_ANTIBODIES
    if found := people_kind(table):
        return ImportKind(found)
    known = {kind: sum(column_of(heading, kind) is not None for heading in table.headings) for kind in FORMS}
    if not any(known.values()):
        found = ", ".join(heading[:40] for heading in table.headings[:20] if heading)
        raise UnusableInput("upload_kind_unknown", found=found)
    return max(known, key=lambda kind: known[kind])
