"""The workbench's answer: each part is that of the sweep and the search, and pages cut the list without loss."""

from collections import Counter

import pytest

from services.demo import DEMO_DAY, Seeding, seed_demo
from services.matching.snapshots import SnapshotStore
from services.patient_list import Sought, find_patients
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from services.searches import search_patient, sweep_patient
from services.wanted import Wanted
from services.workbench import open_workbench
from tests.conftest import NOW, close, copy_sqlite, make_app
from tests.small_registry import ZONE


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
    return open_workbench(
        session, store, patient_number=patient, wanted=Wanted(on=DEMO_DAY, **wanted), locale="en", now=NOW, zone=ZONE
    )


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
    whole = search_patient(session, store, patient_number="DEMO-P1", on=DEMO_DAY, zone=ZONE, threshold=2000, limit=0)[
        "donors"
    ]
    pages, unknown = [], []
    for page in range(1, 6):
        answer = opened(demo, "DEMO-P1", threshold_mfi=2000, page=page, unknown_page=page)
        pages += answer["donors"]
        unknown += answer["unknown_donors"]
    assert [without_band(one) for one in pages] + unknown == whole
    assert {donor["verdict"] for donor in unknown} == {"unknown"}


def without_band(donor):
    return {name: value for name, value in donor.items() if name != "band"}


def test_the_totals_are_those_of_the_region_asked(demo):
    answer = opened(demo, "DEMO-P1", threshold_mfi=2000, region="Bretagne")
    here = next(entry for entry in answer["thresholds"] if entry["mfi"] == 2000)["regions"]["Bretagne"]
    assert answer["total"] == answer["whole"] == here["compatible"] + here["possible"]
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


def searched(demo, patient, **wanted):
    session, store = demo
    return search_patient(session, store, patient_number=patient, on=DEMO_DAY, zone=ZONE, limit=0, **wanted)["donors"]


def test_those_who_can_give_that_day_are_the_list_without_the_others(demo):
    whole = searched(demo, "DEMO-P1", threshold=2000)
    wanted = [one for one in whole if one["verdict"] != "unknown" and one["first_eligible_on"] == DEMO_DAY]
    pages = [opened(demo, "DEMO-P1", threshold_mfi=2000, by=DEMO_DAY, page=page) for page in (1, 2, 3, 4)]
    listed = [donor for answer in pages for donor in answer["donors"]]
    assert 50 < len(wanted) < 150
    assert [one["donor_number"] for one in listed] == [one["donor_number"] for one in wanted]
    assert [one["rank"] for one in listed] == [one["rank"] for one in wanted]
    assert pages[0]["total"] == len(wanted)
    assert pages[0]["whole"] - pages[0]["hidden"]["by"] == len(wanted)
    here = next(entry for entry in pages[0]["thresholds"] if entry["mfi"] == 2000)["national"]
    assert pages[0]["totals"]["compatible"] == here["available"]
    assert pages[0]["unknown_total"] == here["unknown"]


@pytest.mark.parametrize(
    ("patient", "wanted"),
    [
        ("DEMO-P1", {}),
        ("DEMO-P1", {"region": "Bretagne", "loci": "A,B,C"}),
        ("DEMO-P2", {}),
        ("DEMO-P3", {}),
        ("DEMO-P3", {"region": "Grand Est", "loci": "A,B,C"}),
    ],
)
def test_what_is_missing_is_counted_as_the_donors_are_explained(demo, patient, wanted):
    expected = Counter()
    for donor in searched(demo, patient, threshold=1000, **wanted):
        if donor["verdict"] == "unknown":
            expected.update({missing_fact(reason) for reason in donor["reasons"]} - {None})
    facts = opened(demo, patient, threshold_mfi=1000, **wanted)["missing_facts"]
    assert {(one["code"], *one["params"].values()): one["donors"] for one in facts} == expected
    assert expected
    assert [one["donors"] for one in facts] == sorted(expected.values(), reverse=True)


def missing_fact(reason):
    """A reason of a donor as a fact that is missing; None for one that tells of something else."""
    params = reason["params"]
    return {
        "position_not_typed": ("missing.untyped", params.get("locus")),
        "value_untested": ("missing.untested", params.get("locus")),
        "hpa_missing": ("missing.hpa", params.get("subject")),
        "cd36_missing": ("missing.cd36",),
    }.get(reason["code"])


def test_the_banner_of_a_patient_has_age_and_no_birth_date(demo):
    banner = opened(demo, "DEMO-P2")
    assert banner["directive"]["anti_cd36"] is True
    assert 0 < banner["patient"]["age_years"] < 120
    assert "birth_date" not in banner["patient"]


def test_patients_are_listed_a_page_at_a_time(demo):
    session, _ = demo
    found = find_patients(session, Sought(), limit=4)
    first, total = found.patients, found.total
    rest = find_patients(session, Sought(), limit=4, offset=4).patients
    assert [row["number"] for row in first + rest] == [f"DEMO-P{n}" for n in range(1, 8)]
    assert total == 7
    assert next(row for row in first if row["number"] == "DEMO-P2")["threshold_mfi"] == 1000
    assert rest[-1]["sample"] == "DEMO-S71"
