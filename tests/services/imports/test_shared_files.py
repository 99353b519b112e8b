"""The team's real files, read where they are: they are never copied into the project."""

import csv
import io
import tracemalloc
from datetime import date

import pytest
from sqlmodel import func, select

from models.antibody import Bead, BeadKind, SerumSample
from models.donor import Donor

pytestmark = pytest.mark.shared
DATA = "data"


@pytest.fixture
def read(shared_path):
    return lambda *parts: shared_path.joinpath(DATA, *parts).read_bytes()


def test_a_small_donor_file(import_donor_file, read, engines):
    content = read("donors", "simulated_asian_4000.csv")
    result = import_donor_file(content)
    assert (result.rows, result.created, result.refused, result.issues) == (4_000, 4_000, 0, ())
    assert import_donor_file(content).unchanged == 4_000
    with engines.read_session() as session:
        searchable = session.exec(select(func.count()).select_from(Donor).where(Donor.searchable)).one()
        keys = set(session.exec(select(Donor.phenotype_key)))
    listed = list(csv.DictReader(io.StringIO(content.decode())))
    assert searchable == sum(row["status"] == "active" and row["consent_contact"] == "yes" for row in listed)
    assert all(key.endswith("^?+?") and not key.startswith("?") for key in keys)


@pytest.mark.slow
@pytest.mark.timeout(600)  # the time it takes is measured by the benchmark, not here
def test_the_largest_donor_file_in_little_memory(import_donor_file, read):
    content = read("donors", "north_portugal_37993.csv")
    result = import_donor_file(content)
    assert (result.rows, result.created, result.issues) == (37_993, 37_993, ())
    tracemalloc.start()
    assert import_donor_file(content).unchanged == 37_993
    assert tracemalloc.get_traced_memory()[1] < 200_000_000
    tracemalloc.stop()


@pytest.fixture
def patients(import_patient_file, read):
    result = import_patient_file(read("patients", "patients.csv"))
    assert (result.created, result.issues) == (6, ())


def test_six_class_one_sera_find_their_patients(patients, import_antibody_file, read, engines):
    content = read("antibodies", "matchit_class1_6_patients.csv")
    result = import_antibody_file(content)
    assert (result.rows, result.created, result.issues) == (576, 576, ())
    assert [(one["patient"], one["run_on"], one["beads"]) for one in result.details["samples"]] == [
        (f"P000{n}", date(2019, 12, 10), 96) for n in range(1, 7)
    ]
    assert import_antibody_file(content).unchanged == 576
    with engines.read_session() as session:
        assert session.exec(select(func.count()).select_from(Bead)).one() == 576


def test_class_two_sera_of_nobody_are_named(patients, import_antibody_file, read):
    result = import_antibody_file(read("antibodies", "matchit_class2.csv"))
    assert (result.rows, result.refused) == (2_002, 2_002)
    assert {issue.code for issue in result.issues} == {"serum_of_nobody"}
    assert len(result.issues) == 13


def test_a_fusion_export_of_class_two(patients, import_antibody_file, read, engines):
    result = import_antibody_file(read("antibodies", "fusion_class2_1_patient.csv"), patient="P0001")
    assert (result.rows, result.created, result.issues) == (97, 97, ())
    with engines.read_session() as session:
        serum = session.exec(select(SerumSample)).one()
        beads = session.exec(select(Bead)).all()
    assert (serum.sample_code, serum.hla_class, serum.run_on) == ("19s02030", "II", date(2019, 7, 29))
    assert [bead.kind for bead in beads if bead.kind is not BeadKind.HLA] == ["negative_control", "positive_control"]
    assert {bead.allele_text: bead.mfi for bead in beads}["DPA1*02:02~DPB1*11:01"] == 13220.26


@pytest.mark.parametrize(
    ("name", "mfis", "codes"),
    [
        ("haml_0.4.4_sample.xml", [9, 12000, 276, 245, 900], ["assay_rejected"]),
        ("haml_0.5.3_sample.xml", [78, 23484, 209.7], ["several_adjusted"]),
    ],
)
def test_both_haml_samples(name, mfis, codes, patients, import_antibody_file, read, engines):
    result = import_antibody_file(read("antibodies", name), patient="P0002")
    assert [issue.code for issue in result.issues] == codes
    with engines.read_session() as session:
        assert session.exec(select(Bead.mfi).order_by(Bead.position)).all() == mfis
        assert session.exec(select(SerumSample.kit_lot)).all() == ["12345"]
