"""The first donors of the list are the list's first donors, whatever ties stand at the cut (MATCHING §10)."""

from datetime import date
from itertools import product

import pytest

from domain.grading import GRADE_ORDER
from domain.ranking import Candidate, sort_key
from domain.verdict import Verdict
from models.crypto import configure_keys
from models.database import make_engines
from services.directives import Wording, set_directive
from services.matching import shortlist
from services.matching.shortlist import Ranking, Scope
from services.matching.snapshots import SnapshotStore
from services.patients import Request
from services.reference import ranking_policies
from services.searches import lay, region_code, search_patient
from tests.conftest import copy_sqlite, make_settings
from tests.small_registry import BEADS, NOW, ON, PATIENT, ZONE, D, put_donors, put_patient, put_serum

POLICIES = sorted(ranking_policies())
# Phenotypes that tie on every key of their own (three spellings of the patient's, two cross-reactive ones, …).
TYPED = (
    PATIENT, "A1 A3 B8 B49", "A*01:01 A*03:01 B*08:01 B*49:01", "A*01 - B*08 B*49", "A*11 A*03 B*08 B*49",
    "A*01 A*11 B*08 B*49", "A*01 A*03 B*40 B*49", "A*01 A*03 B40 B*49", "A*01 A*03 B*08 X", "A*01 A*32 B*08 B*49",
    "A*02 A*03 B*08 B*49", "A*01 A*24 B*08 B*49", "A*11 A*03 B*08 B*35",
)  # fmt: skip
MFI = 1000


@pytest.fixture(scope="module", params=["no directive", "HPA and ABO rules"])
def laid(request, tmp_path_factory, migrated_sqlite):
    """A registry of ties, laid under one patient."""
    folder = tmp_path_factory.mktemp("ties")
    settings = make_settings(folder, f"sqlite:///{folder / 'phenotheque.sqlite'}")
    copy_sqlite(migrated_sqlite, folder / "phenotheque.sqlite")
    configure_keys(settings.data_key_list(), settings.index_key.get_secret_value())
    engines = make_engines(settings.database_url)
    with engines.write_session() as session:
        put_donors(session, ties())
        put_serum(session, put_patient(session, "P1", PATIENT), "S1", BEADS)
        if request.param != "no directive":
            wording = Wording(MFI, hpa_antibodies=["HPA-1a"], abo_rule="no-major")
            set_directive(session, patient_number="P1", wording=wording, actor="test", now=NOW)
    with engines.read_session() as session:
        store = SnapshotStore(folder / "snapshots")
        laid = lay(session, store, patient_number="P1", request=Request(), on=ON)
        full = {
            (policy, region): search_patient(
                session,
                store,
                patient_number="P1",
                on=ON,
                zone=ZONE,
                threshold=MFI,
                policy=policy,
                limit=0,
                region=region,
            )["donors"]
            for policy, region in product(POLICIES, (None, "Bretagne", "Corse", "unassigned"))
        }
    engines.dispose()
    return laid, full


def ties():
    """Donors numbered against the order of their phenotypes, so that every cut falls inside a tie."""
    kinds = product(("Bretagne", "Corse", None), TYPED, (("A", "b/b"), ("A", ""), ("O", "b/b")))
    for at, (region, typed, (abo, hpa)) in enumerate(kinds):
        birth = None if at % 5 == 0 else "1985-05-17"
        yield D(f"D{(at * 37) % 997:04}", typed, region, birth_date=birth, more={"abo": abo, "hpa_1": hpa})


def ranking(laid, policy, region):
    case = laid.case
    scope = Scope(ON, case.patient.abo, case.patient.region, region=region_code(laid.index, region))
    return Ranking(laid.matching, ranking_policies()[policy], MFI, scope)


def listed(found, start, end):
    part = found.shortlist(None if end is None else end - start, start)
    assert len(part.rows) == len(part.phenotypes) == len(part.verdicts) == len(part.first_eligible_day)
    return [int(donor) for donor in found.index.donor_order[part.rows]]


@pytest.fixture(params=[1, 4, 256], ids=lambda steps: f"{steps} at a time")
def steps(request, monkeypatch):
    monkeypatch.setattr(shortlist, "FIRST_PHENOTYPES", request.param)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("region", [None, "Bretagne", "Corse", "unassigned"])
def test_the_first_k_are_the_first_k_of_all(laid, steps, policy, region):
    found = ranking(laid[0], policy, region)
    everyone = listed(found, 0, None)
    assert len(everyone) == len(set(everyone)) == len(laid[1][policy, region]) > 20
    for k in range(1, len(everyone) + 2):
        assert listed(found, 0, k) == everyone[:k], k
    for start in range(0, len(everyone) + 2, 3):
        assert listed(found, start, start + 5) == everyone[start : start + 5], start
        assert listed(found, start, None) == everyone[start:], start


@pytest.mark.parametrize("policy", POLICIES)
def test_a_region_lists_its_own_donors_in_the_order_of_the_nation(laid, policy):
    _, full = laid
    nation = [donor["donor_number"] for donor in full[policy, None]]
    seen = []
    for region in ("Bretagne", "Corse", "unassigned"):
        here = full[policy, region]
        assert {donor["region"] or "unassigned" for donor in here} == {region}
        numbers = [donor["donor_number"] for donor in here]
        assert numbers == [number for number in nation if number in set(numbers)]
        seen += numbers
    assert sorted(seen) == sorted(nation)


def candidate(donor):
    first = donor["first_eligible_on"]
    return Candidate(
        donor_number=donor["donor_number"],
        verdict=Verdict(donor["verdict"]),
        strong_possible=donor["strong_possible"],
        first_eligible_on=first if first is None or isinstance(first, date) else date.fromisoformat(first),
        grade_rank=GRADE_ORDER.index(donor["grade"]),
        sum_mfi=donor["sum_mfi"],
        max_mfi=donor["max_mfi"],
        verified_eplet_load=donor["verified_eplet_load"],
        abo=donor["abo"],
        same_region=donor["region"] == "Bretagne",
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_the_list_is_in_the_order_of_the_policys_keys(laid, policy):
    donors = laid[1][policy, None]
    keys = [sort_key(candidate(donor), ranking_policies()[policy]) for donor in donors]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert [donor["rank"] for donor in donors] == list(range(1, len(donors) + 1))
    assert {donor["verdict"] for donor in donors} == {"compatible", "possible", "unknown"}


def test_the_policies_order_these_donors_differently(laid):
    found = {policy: [donor["donor_number"] for donor in laid[1][policy, None]] for policy in POLICIES}
    assert found["antibody-first"] != found["identity-first"] == found["evidence-first"]  # nothing is on record here
    assert len({tuple(sorted(numbers)) for numbers in found.values()}) == 1
