"""Sweeps, searches and explanations say one thing, for any threshold, region and registry (INTERFACES §3, §4)."""

import json
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from sqlmodel import select

from domain.errors import Issue, NotFound, UnusableInput
from models.audit import AuditEvent
from models.directive import Directive
from models.search import Search
from services.audit import verify_audit
from services.directives import Removal, Wording, set_directive
from services.explanations import explain_donor
from services.kept_searches import KEPT_OF_A_DONOR, record_search
from services.matching.snapshots import SnapshotStore
from services.patients import get_patient
from services.reference import core_reference
from services.searches import (
    default_thresholds,
    issues_json,
    search_patient,
    sweep_patient,
)
from tests.small_registry import (
    BEADS,
    NOW,
    ON,
    PATIENT,
    PERSONAL,
    ZONE,
    D,
    put_donors,
    put_patient,
    put_serum,
    put_small_registry,
)

COUNTED = ("compatible", "possible", "unknown", "blocked")
POLICIES = ("identity-first", "antibody-first")


@pytest.fixture
def ask(registry, fresh):
    """Asks a service about P1: `ask(search_patient, threshold=1000)`; the store is one, as in a process."""
    store = fresh()

    def ask(question, **asked):
        with registry.read_session() as session:
            return question(session, store, **asked_of_p1(question, {"locale": "en", **asked}))

    return ask


def asked_of_p1(question, asked):
    """Counts rest on no transfusion, so that they ask for no zone."""
    zone = {} if question is sweep_patient else {"zone": ZONE}
    return {"patient_number": "P1", "on": ON, **zone, **asked}


@pytest.fixture
def direct(registry):
    def direct(threshold=1000, **wording):
        with registry.write_session() as session:
            set_directive(session, patient_number="P1", wording=Wording(threshold, **wording), actor="test", now=NOW)

    return direct


def counts(answer, mfi):
    [entry] = [entry for entry in answer["thresholds"] if entry["mfi"] == mfi]
    return {name: entry[name] for name in ("national", "regions")}


def codes(answer):
    return [issue["code"] for issue in answer["issues"]]


# --- counts worked out by hand on the small registry ---


def test_the_counts_of_the_small_registry(ask):
    answer = ask(sweep_patient)
    assert [entry["mfi"] for entry in answer["thresholds"]] == default_thresholds() == [1000, 2000, 5000]
    assert counts(answer, 1000) == {
        "national": {"compatible": 6, "possible": 1, "unknown": 2, "blocked": 3, "available": 3},
        "regions": {
            "Bretagne": {"compatible": 2, "possible": 1, "unknown": 0, "blocked": 1, "available": 1},
            "Corse": {"compatible": 3, "possible": 0, "unknown": 1, "blocked": 2, "available": 2},
            "unassigned": {"compatible": 1, "possible": 0, "unknown": 1, "blocked": 0, "available": 0},
        },
    }
    # at 2,000 B*44 (1,500 and 2,500) is undecided; at 5,000 it is negative, and A*02 is undecided (A2 7,000, A203 3,000)
    assert counts(answer, 2000)["national"] == {
        "compatible": 6,
        "possible": 2,
        "unknown": 2,
        "blocked": 2,
        "available": 3,
    }
    assert counts(answer, 5000)["national"] == {
        "compatible": 7,
        "possible": 3,
        "unknown": 2,
        "blocked": 0,
        "available": 4,
    }


def test_a_sweep_says_for_whom_and_on_what(ask):
    answer = ask(sweep_patient, loci="C,B,A")
    assert (answer["patient"], answer["sample"], answer["loci"], answer["on"]) == (
        "P1",
        "S1",
        ["A", "B", "C"],
        "2026-11-22",
    )
    assert answer["active_donors"] == 12
    versions = answer["versions"]
    assert versions["snapshot"].startswith("r1-")
    assert {name: versions[name] for name in ("nomenclature", "creg", "eplets", "eligibility")} == {
        "nomenclature": "core-1", "creg": "rodey-1", "eplets": None, "eligibility": "FR-2026",
    }  # fmt: skip
    assert versions["nomenclature"] == core_reference().name


def test_gains_and_typings_of_the_small_registry(ask):
    answer = ask(sweep_patient, thresholds=[2000])
    gains = {gain["specificity"]: gain for gain in answer["gains"]}
    assert {name: gain["national"] for name, gain in gains.items()} == {
        "A2": {"from_blocked": 2, "from_possible": 0},
        "B44": {"from_blocked": 0, "from_possible": 1},
        "B61": {"from_blocked": 0, "from_possible": 1},
    }
    assert gains["B44"]["max_mfi"] == 2500
    assert gains["B44"]["regions"] == {"Corse": {"from_blocked": 0, "from_possible": 1}}
    settled = {(one["locus"], one["typed"]): one["national"] for one in answer["typing_could_settle"]}
    assert settled == {("A", "A*32"): 1, ("B", "B*40"): 1, ("B", "B*44"): 1}
    assert {one["mfi"] for one in (*answer["gains"], *answer["typing_could_settle"])} == {2000}


# --- the laws of counting ---


def hold_laws(answer):
    for entry in answer["thresholds"]:
        nation, regions = entry["national"], entry["regions"]
        assert sum(nation[name] for name in COUNTED) == answer["active_donors"]
        for name in (*COUNTED, "available"):
            assert sum(region[name] for region in regions.values()) == nation[name]
        for one in (nation, *regions.values()):
            assert one.keys() == {*COUNTED, "available"}
            assert 0 <= one["available"] <= one["compatible"]
    for lower, higher in pairwise(answer["thresholds"]):
        assert lower["mfi"] < higher["mfi"]
        assert lower["national"]["compatible"] <= higher["national"]["compatible"]


@pytest.mark.parametrize("loci", ["A,B", "A,B,C"])
def test_counts_add_up_at_every_threshold_and_never_fall(ask, loci):
    answer = ask(sweep_patient, every=True, loci=loci)
    assert [entry["mfi"] for entry in answer["thresholds"]] == sorted(
        {int(float(b.split("=")[1])) for b in BEADS.split()}
    )
    assert {one["mfi"] for one in answer["gains"]} <= {1000, 2000, 5000}  # the usual ones, not every MFI
    hold_laws(answer)
    hold_laws(ask(sweep_patient, thresholds=[100_000, 1, 7, 2084, 2085, 1000, 1000], loci=loci))


def test_thresholds_are_sorted_and_each_stands_once(ask):
    answer = ask(sweep_patient, thresholds=[5000, 1000, 5000, 1])
    assert [entry["mfi"] for entry in answer["thresholds"]] == [1, 1000, 5000]


def test_a_full_sweep_gives_at_each_threshold_what_one_threshold_gives(ask):
    full = ask(sweep_patient, every=True)
    for entry in full["thresholds"]:
        assert counts(ask(sweep_patient, thresholds=[entry["mfi"]]), entry["mfi"]) == counts(full, entry["mfi"])


# --- sweep, search and explain agree ---


def hold_agreement(ask, threshold, policy, loci):
    answer = ask(search_patient, threshold=threshold, policy=policy, loci=loci, limit=0)
    swept = counts(ask(sweep_patient, thresholds=[threshold], loci=loci), threshold)
    assert answer["counts"] == swept
    hold_length(answer["donors"], swept["national"])
    explained = {}
    for donor in answer["donors"]:
        one = ask(explain_donor, donor_number=donor["donor_number"], threshold=threshold, loci=loci)["donor"]
        assert {**one, "rank": donor["rank"]} == donor
        explained[donor["donor_number"]] = donor
    for region, expected in swept["regions"].items():
        here = ask(search_patient, threshold=threshold, policy=policy, loci=loci, limit=0, region=region)
        hold_length(here["donors"], expected)
        assert here["counts"] == swept
        assert [{**explained[d["donor_number"]], "rank": d["rank"]} for d in here["donors"]] == here["donors"]


def hold_length(donors, expected):
    verdicts = Counter(donor["verdict"] for donor in donors)
    assert verdicts == Counter({name: expected[name] for name in COUNTED[:3] if expected[name]})
    today = [donor for donor in donors if donor["verdict"] == "compatible" and donor["first_eligible_on"] == ON]
    assert len(today) == expected["available"]


@pytest.mark.parametrize("seed", range(6))
def test_the_counts_are_the_length_of_the_list_and_each_entry_its_explanation(ask, seed):
    random = Random(seed)
    threshold = random.choice([1, 400, 401, 800, 801, 1000, 2500, 6000, 9001, random.randint(1, 10_000)])
    hold_agreement(ask, threshold, random.choice(POLICIES), random.choice(["A,B", "A,B,C"]))


@pytest.mark.parametrize(
    "wording",
    [
        {"hpa_antibodies": ("HPA-1a",)},
        {"anti_cd36": True},
        {"abo_rule": "identical"},
        {"add": ("A11",), "remove": (Removal("A2", "old"),), "abo_rule": "no-major", "hpa_antibodies": ("HPA-1b",)},
    ],
    ids=str,
)
def test_they_agree_under_every_rule_of_a_directive(ask, direct, wording):
    direct(1000, **wording)
    for threshold in (700, 2500):
        hold_agreement(ask, threshold, "identity-first", "A,B")


@pytest.mark.parametrize("seed", range(3))
def test_they_agree_on_registries_made_at_random(engines, fresh, seed):
    random, store = Random(seed), fresh()
    texts = {
        "A": ["A*01", "A1", "A2", "A*02:06", "A9", "A*24", "A*11", "-", "X"],
        "B": ["B*08", "B*44", "B12", "B*40", "B*07:03", "B21", "-", "X"],
    }
    donors = [
        D(
            f"D{number:03}", " ".join(random.choice(texts[locus]) for locus in "AABB"),
            random.choice(["Bretagne", "Corse", None]), birth_date=random.choice(["1985-05-17", None, "2009-01-01"]),
            more={"abo": random.choice(["A", "O", None]), "status": random.choice(["active", "active", "inactive"])},
        )
        for number in random.sample(range(1000), 60)
    ]  # fmt: skip
    with engines.write_session() as session:
        put_donors(session, donors)
        put_serum(session, put_patient(session, "P1", PATIENT), "S1", BEADS)

    def ask(question, **asked):
        with engines.read_session() as session:
            return question(session, store, **asked_of_p1(question, asked))

    hold_laws(ask(sweep_patient, every=True))
    for threshold in (1, random.randint(1, 9000), 1000):
        hold_agreement(ask, threshold, random.choice(POLICIES), "A,B")


@pytest.mark.parametrize(
    "region", ["unassigned", "A\tB", "A,B", "x^y+z", "Provence-Alpes-Côte d’Azur", "?", "0"],
    ids=["unassigned", "tab", "comma", "signs", "accents", "question", "zero"],
)  # fmt: skip
def test_a_region_is_any_text(ask, registry, region):
    with registry.write_session() as session:
        put_donors(session, [D("PT2001", PATIENT, region), D("PT2002", "A*02 A*03 B*08 B*49", region)])
    answer = ask(sweep_patient, thresholds=[1000])
    assert answer["active_donors"] == 14
    hold_laws(answer)
    hold_agreement(ask, 1000, "identity-first", "A,B")


def test_a_registry_of_nobody_counts_nobody(engines, fresh):
    with engines.write_session() as session:
        put_serum(session, put_patient(session, "P1", PATIENT), "S1", BEADS)
    with engines.read_session() as session:
        swept = sweep_patient(session, fresh(), patient_number="P1", on=ON, every=True)
        found = search_patient(session, fresh(), patient_number="P1", on=ON, zone=ZONE, threshold=1000, limit=0)
    assert swept["active_donors"] == 0
    assert {entry["national"]["blocked"] for entry in swept["thresholds"]} == {0}
    hold_laws(swept)
    assert found["donors"] == []


# --- the list ---


def test_a_page_is_a_slice_of_the_list(ask):
    full = ask(search_patient, threshold=1000, limit=0)["donors"]
    assert len(full) == 9
    assert [donor["rank"] for donor in full] == list(range(1, 10))
    for limit, offset in ((1, 0), (3, 0), (3, 2), (100, 0), (100, 8), (5, 9), (5, 100)):
        assert (
            ask(search_patient, threshold=1000, limit=limit, offset=offset)["donors"] == full[offset : offset + limit]
        )


def test_the_order_of_the_small_registry(ask):
    numbers = [donor["donor_number"] for donor in ask(search_patient, threshold=1000)["donors"]]
    assert numbers == ["PT0001", "PT0002", "PT0003", "PT0012", "PT0004", "PT0011", "PT0007", "PT0009", "PT0008"]
    # B2X without a reactive bead goes before B1X with 900 MFI
    numbers = [
        donor["donor_number"] for donor in ask(search_patient, threshold=1000, policy="antibody-first")["donors"]
    ]
    assert numbers == ["PT0001", "PT0002", "PT0003", "PT0004", "PT0012", "PT0011", "PT0007", "PT0009", "PT0008"]


def test_a_search_says_what_it_was_asked(ask):
    answer = ask(search_patient, threshold=1000, region="Corse", policy="antibody-first")
    assert (answer["threshold"], answer["region"], answer["policy"]) == (1000, "Corse", "antibody-first")
    assert answer["ranking_keys"][:4] == ["verdict", "strong_possible", "has_date", "sum_mfi"]
    assert answer["policy_version"] == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"threshold": 0}, "threshold_out_of_range"),
        ({"threshold": 100_001}, "threshold_out_of_range"),
        ({"threshold": 1000, "region": "Atlantide"}, "unknown_region"),
        ({"threshold": 1000, "policy": "cheapest"}, "unknown_policy"),
        ({"threshold": 1000, "loci": "A,C"}, "unknown_loci"),
        ({"threshold": 1000, "sample": "S9"}, "unknown_sample"),
        ({}, "threshold_needed"),
    ],
)
def test_what_cannot_be_searched_is_refused(ask, asked, code):
    with pytest.raises(UnusableInput) as refused:
        ask(search_patient, **asked)
    assert refused.value.code == code


@pytest.mark.parametrize("question", [search_patient, sweep_patient])
def test_an_unknown_patient_is_refused(ask, question):
    with pytest.raises(NotFound, match="unknown_patient"):
        ask(question, patient_number="P9")


def test_an_unknown_donor_is_refused(ask):
    with pytest.raises(NotFound, match="unknown_donor") as refused:
        ask(explain_donor, donor_number="PT9999", threshold=1000)
    assert refused.value.params == {"donor": "PT9999"}


@pytest.mark.parametrize("thresholds", [[0], [1000, -1], [10**9]])
def test_a_threshold_that_is_none_is_refused_in_a_sweep(ask, thresholds):
    with pytest.raises(UnusableInput, match="threshold_out_of_range"):
        ask(sweep_patient, thresholds=thresholds)


# --- the directive in force ---


def test_the_directive_gives_the_threshold_and_the_rules(ask, direct):
    direct(2000, add=("A11",))
    answer = ask(search_patient, limit=0)
    assert (answer["threshold"], answer["directive"]) == (2000, 1)
    assert "PT0004" not in {donor["donor_number"] for donor in answer["donors"]}
    assert ask(explain_donor, donor_number="PT0004")["threshold"] == 2000
    assert ask(search_patient, threshold=1000)["threshold"] == 1000


def test_the_directives_threshold_is_among_those_of_a_sweep_unless_others_are_asked(ask, direct):
    direct(1500)
    assert [entry["mfi"] for entry in ask(sweep_patient)["thresholds"]] == [1000, 1500, 2000, 5000]
    assert [entry["mfi"] for entry in ask(sweep_patient, thresholds=[700])["thresholds"]] == [700]
    direct(2000)
    assert [entry["mfi"] for entry in ask(sweep_patient)["thresholds"]] == [1000, 2000, 5000]


def test_the_loci_asked_go_before_the_directives(ask, direct):
    direct(1000, loci="A,B,C")
    assert ask(search_patient)["loci"] == ["A", "B", "C"]
    answer = ask(search_patient, loci="A,B", limit=0)
    assert answer["loci"] == ["A", "B"]
    assert answer["counts"]["national"]["compatible"] == 6


def test_a_serum_changes_the_answer_and_is_named(ask, registry):
    with registry.write_session() as session:
        put_serum(session, get_patient(session, "P1"), "S0", "A*02:01=10 A*11:01=9000", run_on=ON - timedelta(days=400))
    assert ask(sweep_patient)["sample"] == "S1"
    old = ask(sweep_patient, sample="S0", thresholds=[1000])
    assert old["sample"] == "S0"
    assert counts(old, 1000) != counts(ask(sweep_patient, thresholds=[1000]), 1000)


def test_a_patient_without_a_serum_is_answered_and_it_is_said(ask, registry):
    with registry.write_session() as session:
        put_patient(session, "P2", PATIENT)
    answer = ask(sweep_patient, patient_number="P2", thresholds=[1000])
    assert answer["sample"] is None
    assert "no_sample" in codes(answer)
    national = counts(answer, 1000)["national"]
    # own values alone are negative; everything else is untested
    assert national == {"compatible": 4, "possible": 0, "unknown": 8, "blocked": 0, "available": 2}
    assert [entry["mfi"] for entry in ask(sweep_patient, patient_number="P2", every=True)["thresholds"]] == [
        1000,
        2000,
        5000,
    ]


# --- issues ---


def test_own_beads_above_the_lowest_threshold_asked_are_said(ask):
    found = ask(sweep_patient, thresholds=[40, 1000])["issues"]
    assert [(one["code"], one["subject"]) for one in found if one["code"] != "index_rebuilt"] == [
        ("self_reactive_bead", "A*01:01"), ("self_reactive_bead", "A*03:01"),
    ]  # fmt: skip
    assert "self_reactive_bead" not in codes(ask(search_patient, threshold=1000))


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_each_issue_has_its_sentence_in_the_readers_language(ask, locale):
    found = ask(sweep_patient, thresholds=[1], locale=locale)["issues"]
    assert found
    for issue in found:
        assert issue.keys() >= {"code", "severity", "subject", "message"}
        assert issue["severity"] in {"error", "warning", "info"}
        assert issue["message"] not in ("", issue["code"])
        assert "{" not in issue["message"]
    message = next(one["message"] for one in found if one["code"] == "self_reactive_bead")
    assert ("compté" in message) == (locale == "fr")


def test_the_same_issue_is_said_once():
    twice = [Issue("duplicate_bead", "warning", "A*01:01", {"allele": "A*01:01"})] * 2
    assert len(issues_json(twice, "en")) == 1


def test_a_rebuilt_index_is_said_once(ask):
    assert "index_rebuilt" in codes(ask(sweep_patient))
    assert "index_rebuilt" not in codes(ask(sweep_patient))


# --- the day ---


def test_the_day_asked_moves_available_and_nothing_else(ask):
    today, later = (ask(sweep_patient, thresholds=[1000], on=on) for on in (ON, date(2026, 12, 10)))
    first, second = counts(today, 1000)["national"], counts(later, 1000)["national"]
    assert {name: first[name] for name in COUNTED} == {name: second[name] for name in COUNTED}
    # PT0003 may give again from 8 December, PT0012 from the 1st; PT0004 is deferred in December
    assert (first["available"], second["available"]) == (3, 4)


def test_a_day_before_any_rules_is_refused(ask):
    with pytest.raises(UnusableInput, match="no_rules_in_force"):
        ask(sweep_patient, on=date(1990, 1, 1))


# --- nobody is named ---


def test_nothing_personal_is_in_any_answer(ask):
    answers = [
        ask(sweep_patient),
        ask(search_patient, threshold=1000, limit=0),
        ask(explain_donor, donor_number="PT0010", threshold=1000),
    ]
    text = json.dumps(answers, default=str, ensure_ascii=False)
    assert [word for word in PERSONAL if word in text] == []


# --- kept as it was answered ---


def keep(registry, answer, moment=NOW):
    with registry.write_session() as session:
        record_search(session, answer, actor="dr-a", now=moment)
    return answer["search"]


def test_a_search_is_kept_with_every_version_that_shaped_it(ask, direct, registry):
    direct(1000)
    answer = ask(search_patient, limit=3)
    number = keep(registry, answer)
    with registry.read_session() as session:
        kept = session.get(Search, number)
        assert (kept.threshold_mfi, kept.policy, kept.loci, kept.on_day) == (1000, "identity-first-1", "A,B", ON)
        assert kept.versions == answer["versions"]
        assert kept.snapshot_id == answer["versions"]["snapshot"]
        assert kept.directive_id is not None
        asked = json.loads(json.dumps(answer, default=str))
        ranked = [{name: donor[name] for name in KEPT_OF_A_DONOR} for donor in asked["donors"]]
        assert kept.result == {**asked, "donors": ranked}
        assert (kept.actor, kept.created_at.replace(tzinfo=NOW.tzinfo)) == ("dr-a", NOW)


def test_a_kept_search_names_the_directive_it_used_not_the_one_in_force_since(ask, direct, registry):
    direct(1000)
    answer = ask(search_patient)
    direct(2000)
    number = keep(registry, answer)
    with registry.read_session() as session:
        used = session.get(Directive, session.get(Search, number).directive_id)
        assert (used.version, used.threshold_mfi) == (1, 1000)


def test_a_search_without_a_directive_is_kept_without_one(ask, registry):
    number = keep(registry, ask(search_patient, threshold=1000))
    with registry.read_session() as session:
        assert session.get(Search, number).directive_id is None


def test_a_kept_search_is_in_the_audit_trail(ask, registry):
    number = keep(registry, ask(search_patient, threshold=1000))
    with registry.read_session() as session:
        [event] = session.exec(select(AuditEvent)).all()
        assert (event.action, event.subject_type, event.subject_key, event.actor) == ("search", "patient", "P1", "dr-a")
        assert event.details["search"] == number
        assert event.details["listed"] == 9
        assert verify_audit(session).fault is None


def test_each_search_has_an_id_of_its_own(ask):
    assert ask(search_patient, threshold=1000)["search"] != ask(search_patient, threshold=1000)["search"]


def without_id(answer):
    return {name: value for name, value in answer.items() if name != "search"}


def test_the_same_snapshot_gives_the_same_result(ask, registry, fresh):
    asked = {"threshold": 1000, "limit": 0}
    ask(search_patient, **asked)  # builds the index
    first = without_id(ask(search_patient, **asked))
    assert without_id(ask(search_patient, **asked)) == first
    with registry.read_session() as session:  # another process
        again = search_patient(session, fresh(), patient_number="P1", on=ON, zone=ZONE, locale="en", **asked)
        assert without_id(again) == first


def test_another_database_with_the_same_donors_gives_the_same_list(ask, app_on, tmp_path):
    first = ask(search_patient, threshold=1000, limit=0)
    other = app_on(f"sqlite:///{tmp_path / 'other.sqlite'}").extensions["phenotheque"]
    with other.engines.write_session() as session:
        put_small_registry(session)
    with other.engines.read_session() as session:
        store = SnapshotStore(other.snapshots_path)
        second = search_patient(
            session, store, patient_number="P1", on=ON, zone=ZONE, locale="en", threshold=1000, limit=0
        )
    assert without_id(second) == without_id(first)
