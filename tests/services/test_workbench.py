"""The workbench's answer: each part is that of the sweep and the search, and pages cut the list without loss."""

import pytest

from services.demo import DEMO_DAY, Seeding, seed_demo
from services.matching.snapshots import SnapshotStore
from services.patient_list import list_patients
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from services.searches import search_patient, sweep_patient
from services.workbench import Wanted, open_workbench, patient_banner
from tests.conftest import NOW, close, copy_sqlite, make_app


@pytest.fixture(scope="module")
def demo(tmp_path_factory, migrated_sqlite):
    folder = tmp_path_factory.mktemp("workbench")
    copy_sqlite(migrated_sqlite, folder / "demo.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'demo.sqlite'}")
    runtime = app.extensions["phenotheque"]
    with runtime.engines.write_session() as session:
        seed_demo(session, Seeding(core_reference(), eligibility_rules(DEMO_DAY), actor="test", now=NOW))
    with runtime.engines.read_session() as session:
        yield session, SnapshotStore(runtime.snapshots_path)
    close(app)


def opened(demo, patient, **wanted):
    session, store = demo
    return open_workbench(session, store, patient_number=patient, wanted=Wanted(on=DEMO_DAY, **wanted), locale="en")


def test_counts_and_openings_are_those_of_the_sweep(demo):
    session, store = demo
    answer = opened(demo, "DEMO-P6", threshold_mfi=2000)
    levels = [entry["mfi"] for entry in answer["thresholds"]]
    sweep = sweep_patient(session, store, patient_number="DEMO-P6", on=DEMO_DAY, thresholds=levels)
    assert answer["thresholds"] == sweep["thresholds"]
    at_2000 = sweep_patient(session, store, patient_number="DEMO-P6", on=DEMO_DAY, thresholds=[2000])
    assert answer["gains"] == at_2000["gains"]
    assert answer["typing_could_settle"] == at_2000["typing_could_settle"]


def test_the_pages_together_are_the_list_of_the_search(demo):
    session, store = demo
    whole = search_patient(session, store, patient_number="DEMO-P1", on=DEMO_DAY, threshold=2000, limit=0)["donors"]
    pages, unknown = [], []
    for page in range(1, 6):
        answer = opened(demo, "DEMO-P1", threshold_mfi=2000, page=page, unknown_page=page)
        pages += answer["donors"]
        unknown += answer["unknown_donors"]
    assert pages + unknown == whole
    assert {donor["verdict"] for donor in unknown} == {"unknown"}


def test_the_totals_are_those_of_the_region_asked(demo):
    answer = opened(demo, "DEMO-P1", threshold_mfi=2000, region="Bretagne")
    here = next(entry for entry in answer["thresholds"] if entry["mfi"] == 2000)["regions"]["Bretagne"]
    assert answer["ranked_total"] == here["compatible"] + here["possible"]
    assert {donor["region"] for donor in answer["donors"]} == {"Bretagne"}


def test_the_steps_hold_one_threshold_beyond_the_highest_bead(demo):
    answer = opened(demo, "DEMO-P1")
    highest = max(int(bead["mfi"]) for bead in answer["beads"])
    assert answer["thresholds"][-1]["mfi"] == max(highest + 1, 5000)
    assert {1000, 2000, 5000} <= {entry["mfi"] for entry in answer["thresholds"]}


def test_beads_say_whose_antigen_they_carry(demo):
    beads = {bead["allele"]: bead for bead in opened(demo, "DEMO-P4")["beads"]}
    assert beads["A*03:01"]["self"] == "certain"
    assert beads["A*01:01"]["self"] == "foreign"
    assert not beads["C*07:01"]["in_scope"]
    assert opened(demo, "DEMO-P4", loci="A,B,C")["beads"][0]["in_scope"]


def test_the_banner_of_a_patient_has_age_and_no_birth_date(demo):
    session, _ = demo
    banner = patient_banner(session, patient_number="DEMO-P2", on=DEMO_DAY)
    assert banner["directive"]["anti_cd36"] is True
    assert 0 < banner["patient"]["age_years"] < 120
    assert "birth_date" not in banner["patient"]


def test_patients_are_listed_a_page_at_a_time(demo):
    session, _ = demo
    first, total = list_patients(session, limit=4)
    rest, _ = list_patients(session, limit=4, offset=4)
    assert [row["number"] for row in first + rest] == [f"DEMO-P{n}" for n in range(1, 7)]
    assert total == 6
    assert next(row for row in first if row["number"] == "DEMO-P2")["threshold_mfi"] == 1000
    assert rest[-1]["sample"] == "DEMO-S65"
