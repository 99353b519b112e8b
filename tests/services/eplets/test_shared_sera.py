"""The shared sera with the tables of pelc 0.5.4.5: plausible public epitopes, and the beads that contradict a near miss."""

from importlib.metadata import PackageNotFoundError, distribution

import pytest

from services.eplets.serum import open_serum_eplets
from services.matching.snapshots import SnapshotStore
from services.wanted import Wanted
from tests.small_registry import ON

# Patient: reactive eplets expected at 2,000 MFI (with the antigens that share them), and one near miss with what is against.
EXPECTED = {
    "P0001": ((), None),  # nothing above the threshold but single beads
    "P0002": (("62GK", "163LS/G", "44K"), ("76ANT", ["A*29:01"])),  # A2/B17 side of 62; B7 group; A1, A36
    "P0003": (("80K", "62EE", "163R", "76ANT"), ("114R", ["A*68:01"])),  # Cw2 4 5 6 15 17 18; A23 A24; A11 A25 A26 A66
    "P0004": ((), None),
    "P0005": ((), None),
    "P0006": (("62GE", "144TKH", "62GK"), ("44RT", ["B*18:01", "B*37:01"])),  # A2, A68, A69 and B57, B58
}


@pytest.fixture(scope="module")
def pelc_installed():
    try:
        version = distribution("pelc").version
    except PackageNotFoundError:
        version = "none"
    if version != "0.5.4.5":
        pytest.skip("the optional package pelc 0.5.4.5 is not installed (make setup installs it where it can be had)")


@pytest.fixture
def opened(pelc_installed, app, runner, shared_path, tmp_path):
    """What the page of a patient's eplets shows at 2,000 MFI."""
    data = shared_path / "data"
    for words in (
        ("patients", "import", data / "patients" / "patients.csv"),
        ("antibodies", "import", data / "antibodies" / "matchit_class1_6_patients.csv"),
        ("reference", "import-eplets", "--pelc"),
    ):
        assert runner.invoke(args=list(map(str, words))).exit_code == 0, words
    engines = app.extensions["phenotheque"].engines

    def open_page(patient):
        with engines.read_session() as session:
            wanted = Wanted(on=ON, threshold_mfi=2000)
            store = SnapshotStore(tmp_path / "snapshots")
            return open_serum_eplets(session, store, patient_number=patient, wanted=wanted, locale="en")["eplets"]

    return open_page


def test_each_serum_names_plausible_epitopes_and_the_beads_against_them(opened):
    for patient, (reactive, near) in EXPECTED.items():
        found = opened(patient)
        assert set(reactive) <= {one["eplet"] for one in found["reactive"]}, patient
        assert bool(reactive) == bool(found["reactive"]), patient
        misses = {one["eplet"]: sorted(bead["allele"] for bead in one["contradicting"]) for one in found["near_misses"]}
        assert near is None or misses[near[0]] == near[1], patient
        assert found["unlisted"] == [], patient  # the table knows every bead of the kit


def test_every_reactive_bead_is_explained_or_said_not_to_be(opened):
    for patient in EXPECTED:
        found = opened(patient)
        told = [bead["allele"] for one in found["explaining"] for bead in one["beads"]]
        told += [bead["allele"] for bead in found["unexplained"]]
        assert len(told) == len(set(told)), patient
        behind = {bead["allele"] for one in found["reactive"] for bead in one["supporting"]}
        assert behind <= set(told), patient
