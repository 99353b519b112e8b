"""The same imports on PostgreSQL, where a server binary is present."""

import pytest
from sqlmodel import func, select

from models.antibody import Bead
from models.donor import Donor, DonorTyping
from models.importing import ImportIssue


@pytest.fixture
def engines(app_on, postgres_url):
    """The engines of a migrated application on PostgreSQL."""
    return app_on(postgres_url).extensions["phenotheque"].engines


def count(engines, table):
    with engines.read_session() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_donors_created_changed_unchanged_and_deactivated(import_donor_file, donor_csv, engines):
    rows = [{"donor_number": f"D{n}", "last_name": "Élodie œ"} for n in range(30)]
    assert import_donor_file(donor_csv(*rows, {"donor_number": "X", "sex": "?!"})).created == 30
    assert import_donor_file(donor_csv(*rows)).unchanged == 30
    changed = donor_csv(rows[0] | {"hla_a_1": "A*03", "updated_at": "2026-11-01T10:00:00+01:00"}, *rows[1:20])
    result = import_donor_file(changed, mode="full", confirmed=True)
    assert (result.updated, result.unchanged, result.deactivated) == (1, 19, 10)
    assert import_donor_file(donor_csv(rows[0] | {"updated_at": "2026-10-31"})).refused == 1
    assert (count(engines, Donor), count(engines, DonorTyping)) == (30, 2)
    assert count(engines, ImportIssue) == 1 + 10 + 1
    with engines.read_session() as session:
        assert session.exec(select(func.count()).select_from(Donor).where(Donor.searchable)).one() == 20


def test_patients_and_sera(two_patients, import_patient_file, import_antibody_file, engines):
    assert import_patient_file(b"patient_number,antibody_sample,hla_a_1\nP1,S1,A*01\nP2,S2,\n").updated == 1
    content = (
        b"Sample ID,Lot ID,Run Date,Allele,Raw Value\nS1,L1,10-12-2019,A*01:01,128\nS1,L1,10-12-2019,A*02:01,1.234\n"
    )
    assert import_antibody_file(content).created == 1
    assert import_antibody_file(content.replace(b"1.234", b"12.5")).updated == 2
    assert import_antibody_file(content.replace(b"1.234", b"12.5")).unchanged == 2
    assert import_antibody_file(content.replace(b"1.234", b"13")).refused == 2
    assert count(engines, Bead) == 2
