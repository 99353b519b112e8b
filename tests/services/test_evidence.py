"""Crossmatches and transfusions on record as evidence: read, ranked, told, kept with a search (issue 7, item 4)."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from domain.evidence import Stance
from domain.grading import GRADE_ORDER
from domain.ranking import Candidate, sort_key
from domain.verdict import Verdict
from models.antibody import SerumSample
from models.donor import Abo, Donor
from models.patient import Patient
from models.search import Search
from models.transfusion import Transfusion
from services.documents.donor_list import DonorList
from services.donor_page import compare_donors, open_explanation
from services.evidence.reading import read_evidence
from services.explanations import explain_donor
from services.kept_searches import record_search
from services.reference import ranking_policies
from services.result_files import search_csv
from services.searches import search_patient
from services.wanted import Wanted
from services.workbench import open_workbench
from tests.crossmatching import put_crossmatch
from tests.small_registry import NOW, ON, ZONE, put_serum

HOUR = timedelta(hours=1)
ENDED = datetime(2026, 11, 10, 10, tzinfo=UTC)
POLICY = ranking_policies()["evidence-first"]


@pytest.fixture
def write(registry):
    """Runs a change with the patient and a function that gives a donor's id by number."""

    def write(change):
        with registry.write_session() as session:
            patient = session.exec(select(Patient).where(Patient.patient_number == "P1")).one()
            return change(session, patient.id, lambda number: id_of(session, number))

    return write


def id_of(session, number):
    return session.exec(select(Donor.id).where(Donor.donor_number == number)).one()


def try_donor(write, number, result, code=None, **more):
    write(
        lambda session, patient, id_: (
            put_crossmatch(session, code or number, patient, id_(number), result, **more) and 0
        )
    )


def transfuse(write, number, count_1h, *, code="T", **more):
    def put(session, patient, id_):
        columns = {
            "code": code, "patient_id": patient, "donor_id": id_(number), "ended_at": ENDED, "content": 5.0,
            "age_hours": 24.0, "product_abo": Abo.A, "pre_count": 5.0, "pre_at": ENDED - timedelta(hours=2),
            "count_1h": count_1h, "count_1h_at": ENDED + timedelta(hours=1), "weight_kg": 70.0, "height_cm": 170.0,
            "causes": {"bleeding": False}, "recorded_at": NOW, "recorded_by": "t", "changed_at": NOW, "changed_by": "t",
        }  # fmt: skip
        session.add(Transfusion(**{**columns, **more}))

    write(put)


def read(registry, on=ON, zone=ZONE):
    with registry.read_session() as session:
        patient = session.exec(select(Patient).where(Patient.patient_number == "P1")).one()
        found = read_evidence(session, patient, on=on, zone=zone)
        numbers = dict(session.exec(select(Donor.id, Donor.donor_number)).all())
        return {numbers[id_]: pair for id_, pair in found.pairs.items()}, found


def stances(registry, on=ON):
    return {number: pair.stance for number, pair in read(registry, on)[0].items()}


@pytest.fixture
def ask(registry, fresh):
    store = fresh()

    def ask(question=search_patient, **asked):
        with registry.read_session() as session:
            return question(session, store, patient_number="P1", on=ON, zone=ZONE, locale="en", threshold=1000, **asked)

    return ask


# --- read ---


def test_each_donor_has_what_is_on_record_with_this_patient_alone(registry, write):
    try_donor(write, "PT0001", "negative")
    try_donor(write, "PT0002", "positive")
    transfuse(write, "PT0003", 40.0)
    transfuse(write, "PT0010", 6.0, code="U", ended_at=ENDED + timedelta(days=2), pre_at=ENDED + timedelta(days=2),
              count_1h_at=ENDED + timedelta(days=2, hours=1))  # fmt: skip
    assert stances(registry) == {
        "PT0001": Stance.SUPPORTS, "PT0002": Stance.AGAINST, "PT0003": Stance.SUPPORTS, "PT0010": Stance.AGAINST,
    }  # fmt: skip


def test_what_is_withdrawn_is_not_read(registry, write):
    try_donor(write, "PT0001", "positive", withdrawn_at=NOW, withdrawn_by="test")
    transfuse(write, "PT0002", 6.0, withdrawn_at=NOW, withdrawn_by="test")
    assert stances(registry) == {}


def test_a_transfusion_that_is_not_known_to_be_valid_is_shown_without_weight(registry, write):
    transfuse(write, "PT0001", 40.0, age_hours=None)
    [item] = read(registry)[0]["PT0001"].items
    assert (item.statement.says.value, item.statement.why.code) == ("nothing", "evidence_why.valid_unknown")
    assert stances(registry) == {"PT0001": Stance.NONE}


def test_a_transfusion_of_nobody_on_record_is_nobodys_evidence(registry, write):
    transfuse(write, "PT0001", 40.0, donor_id=None)
    assert stances(registry) == {}


def test_a_later_serum_takes_the_weight_of_an_earlier_crossmatch(registry, write):
    try_donor(write, "PT0001", "negative", serum_code="S1", serum_on=None)  # dated by the record: run on the day asked
    assert stances(registry) == {"PT0001": Stance.SUPPORTS}

    def draw(session, patient, _):
        put_serum(session, session.get_one(Patient, patient), "S2", "A*01:01=0", run_on=ON + timedelta(days=1))

    write(draw)
    assert stances(registry) == {"PT0001": Stance.SUPPORTS}  # drawn after the day asked
    assert stances(registry, ON + timedelta(days=2)) == {"PT0001": Stance.NONE}

    def reject(session, *_):
        session.exec(select(SerumSample).where(SerumSample.sample_code == "S2")).one().rejected = True

    write(reject)
    assert stances(registry, ON + timedelta(days=2)) == {"PT0001": Stance.SUPPORTS}


def test_a_merged_donors_evidence_is_of_the_record_that_took_it_over(registry, write):
    try_donor(write, "PT0014", "positive")

    def merge(session, _, id_):
        session.get_one(Donor, id_("PT0014")).merged_into_id = id_("PT0001")

    write(merge)
    assert stances(registry) == {"PT0001": Stance.AGAINST}


# --- ranked and told ---


def order(answer):
    return [donor["donor_number"] for donor in answer["donors"]]


def test_only_evidence_first_moves_donors_and_no_count_changes(ask, write):
    before = {policy: ask(policy=policy, limit=0) for policy in ranking_policies()}
    best, last = order(before["identity-first"])[0], order(before["identity-first"])[5]
    assert before["identity-first"]["donors"][5]["verdict"] == "compatible"
    try_donor(write, best, "positive")
    try_donor(write, last, "negative")
    for policy, answer in before.items():
        after = ask(policy=policy, limit=0)
        assert after["counts"] == answer["counts"]
        assert [d["verdict"] for d in after["donors"]] == [d["verdict"] for d in answer["donors"]]
        if policy != "evidence-first":
            assert order(after) == order(answer)
            continue
        compatible = [d["donor_number"] for d in after["donors"] if d["verdict"] == "compatible"]
        assert (compatible[0], compatible[-1]) == (last, best)
    chosen = {d["donor_number"]: d["evidence"]["stance"] for d in ask(limit=0)["donors"]}
    assert chosen[best] == "against"
    assert chosen[last] == "supports"


def test_an_explanation_has_each_item_with_its_reason(ask, write):
    try_donor(write, "PT0001", "negative", method="MASPAT", kind=CrossmatchKind.LYMPHOCYTE)
    try_donor(write, "PT0001", "positive", code="old", days=3, serum_code="", serum_on=date(2026, 1, 2))
    evidence = ask(explain_donor, donor_number="PT0001")["donor"]["evidence"]
    assert evidence["stance"] == "supports"
    new, old = evidence["items"]
    assert (new["kind"], new["result"], new["method"], new["serum"], new["says"]) == (
        "lymphocyte", "negative", "MASPAT", "S1", "supports"
    )  # fmt: skip
    assert (old["serum_on"], old["says"]) == (date(2026, 1, 2), "nothing")
    assert old["reason"] == {"code": "evidence_why.earlier_serum", "params": {"latest_on": ON.isoformat()}}


def test_a_file_says_it_in_words(ask, write):
    try_donor(write, "PT0001", "positive")
    [row] = [line for line in search_csv(ask(limit=0), "en").splitlines() if "PT0001" in line]
    assert "speaks against; Crossmatch on platelets 21 Nov 2026 positive (speaks against)" in row


# --- kept ---


def candidate(donor):
    """A donor of a kept search, as the order sees them, from what was kept alone."""
    day = donor["first_eligible_on"]
    return Candidate(
        donor_number=donor["donor_number"], verdict=Verdict(donor["verdict"]),
        strong_possible="strong_possible" in donor["flags"], first_eligible_on=day and date.fromisoformat(day),
        grade_rank=GRADE_ORDER.index(donor["grade"]), sum_mfi=donor["sum_mfi"], max_mfi=donor["max_mfi"],
        verified_eplet_load=donor["verified_eplet_load"], abo=donor["abo"], same_region=donor["region"] == "Bretagne",
        stance=Stance(donor["evidence"]["stance"]),
    )  # fmt: skip


def test_a_kept_search_holds_what_its_order_rested_on_when_the_records_have_changed(registry, ask, write):
    for number, result in (("PT0001", "positive"), ("PT0010", "negative"), ("PT0005", "negative")):
        try_donor(write, number, result)
    answer = ask(policy="evidence-first", limit=0)
    with registry.write_session() as session:
        record_search(session, answer, actor="test", now=NOW)
    try_donor(write, "PT0001", "negative", code="again")
    with registry.read_session() as session:
        kept = session.get_one(Search, answer["search"]).result
    assert kept["evidence"] == json.loads(json.dumps(answer["evidence"], default=str))
    assert kept["evidence"]["latest_serum_on"] == ON.isoformat()
    assert {one["donor_number"]: one["stance"] for one in kept["evidence"]["donors"]} == {
        "PT0001": "against", "PT0005": "supports", "PT0010": "supports",
    }  # fmt: skip
    again = sorted((candidate(one) for one in kept["donors"]), key=lambda one: sort_key(one, POLICY))
    assert [one.donor_number for one in again] == order(answer)
    assert order(ask(policy="evidence-first", limit=0)) != order(answer)


def test_the_same_evidence_gives_the_same_result(ask, write):
    try_donor(write, "PT0001", CrossmatchResult.POSITIVE)
    ask(policy="evidence-first")  # builds the index
    first, second = (ask(policy="evidence-first", limit=0) for _ in range(2))
    assert {**first, "search": ""} == {**second, "search": ""}


# --- the day of a transfusion is that of the registry ---


def days_of(donor):
    return [one["on"] for one in donor["evidence"]["items"]]


def test_a_transfusion_late_in_the_evening_of_utc_is_of_the_next_day_of_the_registry(registry, write, fresh):
    late = datetime(2026, 8, 14, 23, 30, tzinfo=UTC)
    transfuse(write, "PT0001", 40.0, ended_at=late, pre_at=late - timedelta(hours=2), count_1h_at=late + HOUR)
    asked = {"patient_number": "P1", "zone": ZONE, "locale": "en"}
    wanted = Wanted(on=ON, threshold_mfi=1000, page_size=100)
    with registry.read_session() as session:
        store = fresh()
        searched = search_patient(session, store, on=ON, threshold=1000, limit=0, **asked)["donors"]
        listed = open_workbench(session, store, wanted=wanted, now=NOW, **asked)["donors"]
        filed = list(DonorList(session, store, wanted=wanted, now=NOW, **asked).donors())
        explained = open_explanation(session, store, donor_number="PT0001", wanted=wanted, **asked)["donor"]
        compared = compare_donors(session, store, donor_numbers=["PT0001", "PT0002"], wanted=wanted, **asked)["donors"]
    for donors in (searched, listed, filed, [explained], compared):
        [one] = [donor for donor in donors if donor["donor_number"] == "PT0001"]
        assert days_of(one) == [date(2026, 8, 15)]


def test_a_transfusion_counts_from_its_day_in_the_registry_on(registry, write):
    late = datetime(2026, 8, 14, 23, 30, tzinfo=UTC)
    transfuse(write, "PT0001", 40.0, ended_at=late, pre_at=late - timedelta(hours=2), count_1h_at=late + HOUR)
    day = date(2026, 8, 14)
    assert read(registry, day)[0]["PT0001"].stance is Stance.NONE
    assert read(registry, day, zone="UTC")[0]["PT0001"].stance is Stance.SUPPORTS
