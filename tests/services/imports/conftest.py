"""Small files and the imports of them, on a migrated empty database."""

import io
from collections.abc import Callable

import pytest
import xlsxwriter

from services.imports.antibodies import AntibodyOptions, import_antibodies
from services.imports.donors import import_donors
from services.imports.patients import import_patients
from services.imports.request import ImportRequest
from services.reference import core_reference
from services.rule_tables import eligibility_rules

DONOR_HEADER = (
    "donor_number,last_name,birth_date,sex,region,consent_contact,abo,rhd,weight_kg,"
    "hla_a_1,hla_a_2,hla_b_1,hla_b_2,hpa_1,cd36,last_donation_on,last_donation_type,status"
)


@pytest.fixture
def donor_csv() -> Callable[..., bytes]:
    """A donor file of full columns: `donor_csv({"donor_number": "D1", …}, …)`; good values where none is given."""
    good = {
        "donor_number": "D1", "last_name": "Martin", "birth_date": "1980-05-17", "sex": "F", "region": "Bretagne",
        "consent_contact": "yes", "abo": "A", "rhd": "+", "weight_kg": "62", "hla_a_1": "A*01", "hla_a_2": "A*02",
        "hla_b_1": "B*07", "hla_b_2": "B*08", "hpa_1": "a/b", "cd36": "positive",
        "last_donation_on": "2026-09-01", "last_donation_type": "platelets", "status": "active",
    }  # fmt: skip

    def make(*rows: dict[str, str], without: tuple[str, ...] = (), **more: str) -> bytes:
        names = [name for name in DONOR_HEADER.split(",") if name not in without]
        names += [name for row in rows for name in row if name not in names]
        names = list(dict.fromkeys(names))
        lines = [",".join(names)]
        lines += [",".join({**good, **more, **row}.get(name, "") for name in names) for row in rows]
        return ("\n".join(lines) + "\n").encode()

    return make


@pytest.fixture
def import_donor_file(engines, now):
    """Imports bytes as a donor file in one transaction: `import_donor_file(content, mode="check")`."""

    def run(content: bytes, **options):
        request = ImportRequest(
            content=content, file_name=options.pop("file_name", "donors.csv"), actor="test",
            now=options.pop("now", now), **options,
        )  # fmt: skip
        session_of = engines.write_session if request.writes else engines.read_session
        with session_of() as session:
            rules = eligibility_rules(request.now.date())
            return import_donors(session, request, reference=core_reference(), rules=rules)

    return run


@pytest.fixture
def import_patient_file(engines, now):
    """Imports bytes as a patient file in one transaction."""

    def run(content: bytes, **options):
        request = ImportRequest(
            content=content, file_name="patients.csv", actor="test", now=now, confirmed=True, **options
        )
        session_of = engines.write_session if request.writes else engines.read_session
        with session_of() as session:
            return import_patients(session, request, reference=core_reference())

    return run


@pytest.fixture
def import_antibody_file(engines, now):
    """Imports bytes as a laboratory file; `patient`, `sample_code`, `run_on` and `by_sample` are its options."""

    def run(content: bytes, *, file_name: str = "results.csv", mode: str = "diff", **options):
        request = ImportRequest(content=content, file_name=file_name, actor="test", now=now, mode=mode, confirmed=True)
        session_of = engines.write_session if request.writes else engines.read_session
        with session_of() as session:
            return import_antibodies(session, request, AntibodyOptions(**options), reference=core_reference())

    return run


@pytest.fixture
def two_patients(import_patient_file):
    """P1 expects sample S1, P2 expects sample S2."""
    import_patient_file(b"patient_number,antibody_sample\nP1,S1\nP2,S2\n")


@pytest.fixture
def xlsx() -> Callable[..., bytes]:
    """An .xlsx of rows of cells, in one sheet for each argument: `xlsx([["a", 1], …])`."""

    def make(*sheets) -> bytes:
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"default_date_format": "dd/mm/yyyy"}) as book:
            for rows in sheets:
                sheet = book.add_worksheet()
                for number, cells in enumerate(rows):
                    for place, cell in enumerate(cells):
                        if cell is not None:
                            sheet.write(number, place, cell)
        return stream.getvalue()

    return make
