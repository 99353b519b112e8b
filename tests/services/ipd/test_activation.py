"""Another nomenclature in force: told text by text first, then done in one transaction, and undone without a trace."""

import time
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from domain.errors import NotFound, RefusedByRule
from models.audit import AuditEvent
from models.donor import Donor
from models.patient import Patient
from models.reference import IpdAllele, IpdWithdrawnName, ReferenceRelease
from models.registry import STATE_ID, RegistryState
from services.directives import Wording, set_directive
from services.donors import DonorDeriver
from services.ipd.activation import activate_reference, compare_as_seen, start_comparison
from services.ipd.seen import seen_state
from services.ipd.store import record_release
from services.matching.snapshots import SnapshotStore
from services.reference import active_reference, core_reference, get_reference
from services.rule_tables import eligibility_rules
from services.searches import search_patient, sweep_patient
from services.synthetic.frequencies import haplotype_frequencies
from services.synthetic.population import demo_population
from services.synthetic.registry import RegistryDraw
from services.synthetic.store import Filling, fill_registry
from tests.ipd_folder import ALLELES, contents_of, files_of, reference_of_contents, write_folder
from tests.small_registry import ON, ZONE, D, put_donors, put_patient, put_serum

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NAME = "ipd-imgt-hla-3.99.0"
RULES = eligibility_rules(ON)
DONORS = (
    D("PT1", "A*01 A*02 B*07 B*44"),
    D("PT2", "A*24:18 A*02:01 B*40:26 B*07:02"),
    D("PT3", "A*01:04 A*02:01 B*40:05 B*15:12"),
    D("PT4", "A*02:100 A*02:01:08 B*07:02 B*07:02"),
    D("PT5", "A*01:01:01:02N A*02:01P B*38:156 B7"),
    D("PT6", "A24 A9 B40 B21"),
)
BEADS = "A*01:01=300 A*02:01=5000 A*24:18=2500 A*03:01=400 B*07:02=100 B*40:26=3000 B*49:01=90"
BY = {"actor": "test", "now": NOW}


@pytest.fixture
def held(database_url, app_on):
    """An application on each database with a few donors, one patient with a serum, and a release kept."""
    return app_on(database_url).extensions["phenotheque"].engines


@pytest.fixture
def engines(held, tmp_path):
    with held.write_session() as session:
        put_donors(session, DONORS)
        patient = put_patient(session, "P1", "A*01 A*03 B*08 B*35")
        put_serum(session, patient, "S1", BEADS)
        record_release(session, contents_of(write_folder(tmp_path / "release")), **BY)
    return held


def compared(engines, name=NAME):
    with engines.read_session() as session:
        return compare_as_seen(session, name, seen=seen_state(session))


def activate(engines, name, now=NOW, comparison=None):
    comparison = comparison or compared(engines, name)
    with engines.write_session() as session:
        return activate_reference(session, comparison, rules=RULES, actor="test", now=now)


def changes(engines, name=NAME):
    with engines.read_session() as session:
        comparison = start_comparison(session, name)
        return list(comparison.changes(session)), comparison.counts


def answers(engines, folder):
    """All that a search says, but for the names of the nomenclature and the snapshot."""
    with engines.read_session() as session:
        store = SnapshotStore(folder)
        sweep = sweep_patient(session, store, patient_number="P1", on=ON, every=True)
        asked = {"patient_number": "P1", "on": ON, "zone": ZONE, "threshold": 1000, "limit": 0}
        found = search_patient(session, store, **asked)
    return [
        {name: value for name, value in one.items() if name not in ("versions", "issues", "search")}
        for one in (sweep, found)
    ]


def test_a_release_is_kept_once_and_is_not_in_force(engines, tmp_path):
    with engines.write_session() as session:
        row, created = record_release(session, contents_of(write_folder(tmp_path / "again")), **BY)
        assert (row.name, created, row.active) == (NAME, False, False)
        assert active_reference(session) is core_reference()
        assert len(session.exec(select(IpdAllele)).all()) == len(ALLELES)
        assert len(session.exec(select(IpdWithdrawnName)).all()) == 4


def test_a_release_that_says_something_else_is_refused(engines, tmp_path):
    other = contents_of(write_folder(tmp_path / "other", files_of(ALLELES[:-1])))
    with pytest.raises(RefusedByRule, match="release_kept_otherwise"), engines.write_session() as session:
        record_release(session, other, **BY)


def test_what_is_stored_reads_as_what_was_in_the_files(engines, tmp_path):
    with engines.read_session() as session:
        stored = get_reference(session, "3.99.0")
        assert stored is get_reference(session, NAME)  # read once for a process
    assert stored.release == reference_of_contents(contents_of(write_folder(tmp_path / "again"))).release
    with pytest.raises(NotFound, match="unknown_reference"), engines.read_session() as session:
        get_reference(session, "3.12.0")


def test_every_text_that_reads_differently_is_told(engines):
    found, counts = changes(engines)
    said = [
        (one.who, one.number, one.locus, one.raw, one.before, one.after, *(n.code for n in one.noted)) for one in found
    ]
    assert said == [
        ("donor", "PT2", "A", "A*24:18", "A24 A2403", "A24 A3"),
        ("donor", "PT2", "B", "B*40:26", "B4005 B60 B61", "B4005 B49 B50"),
        ("donor", "PT3", "A", "A*01:04", "A1", "", "null_in_release"),
        ("donor", "PT3", "B", "B*40:05", "B4005 B60 B61", "B4005"),
        ("donor", "PT4", "A", "A*02:100", "A2 A203 A210", "A2 A203 A210", "allele_never_assigned"),
        ("donor", "PT4", "A", "A*02:01:08", "A2", "A2 A203 A210", "allele_renamed"),
        ("donor", "PT5", "A", "A*02:01P", "A2", "A2"),
        ("donor", "PT5", "B", "B*38:156", "B38", "B38 B39 B3901 B3902", "allele_renamed"),
        ("bead", "P1 · S1", "A", "A*24:18", "A24 A2403", "A24 A3"),
        ("bead", "P1 · S1", "A", "A*03:01", "A3", "A3", "allele_not_in_release"),
        ("bead", "P1 · S1", "B", "B*40:26", "B4005 B60 B61", "B4005 B49 B50"),
        ("bead", "P1 · S1", "B", "B*49:01", "B49", "B49", "allele_not_in_release"),
    ]
    assert counts == {
        "donors": 6, "donors_changed": 4, "patients": 1, "patients_changed": 0, "beads": 7, "beads_changed": 4,
        "directives": 0, "directives_changed": 0,
    }  # fmt: skip


def test_activation_does_it_all_or_nothing_and_is_in_the_trail(engines):
    done = activate(engines, NAME)
    with engines.read_session() as session:
        assert active_reference(session).name == NAME
        state = session.get(RegistryState, STATE_ID)
        assert state.reference_name == NAME
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "reference_activated")).one()
        assert (event.subject_key, event.details["before"], event.details["donors_changed"]) == (NAME, "core-1", 4)
        keys = dict(session.exec(select(Donor.donor_number, Donor.phenotype_key)).all())
    assert done["after"] == NAME
    assert keys["PT5"] == "A*01:01:01:02N+A*02:01P^B*38:156+B7^?+?"


def test_rolling_back_restores_every_answer(engines, tmp_path):
    with engines.read_session() as session:
        donors = session.exec(select(Donor.donor_number, Donor.phenotype_key, Donor.class_key)).all()
    core = answers(engines, tmp_path / "snapshots")
    activate(engines, NAME)
    under_release = answers(engines, tmp_path / "snapshots")
    assert under_release != core
    activate(engines, "core-1", LATER)
    assert answers(engines, tmp_path / "snapshots") == core
    with engines.read_session() as session:
        assert active_reference(session) is core_reference()
        assert session.exec(select(Donor.donor_number, Donor.phenotype_key, Donor.class_key)).all() == donors
    activate(engines, NAME, LATER)
    assert answers(engines, tmp_path / "snapshots") == under_release


def test_the_answer_names_the_release_and_the_core_it_was_read_with(engines, tmp_path):
    activate(engines, NAME)
    with engines.read_session() as session:
        sweep = sweep_patient(session, SnapshotStore(tmp_path), patient_number="P1", on=ON, thresholds=[1000])
    assert (sweep["versions"]["nomenclature"], sweep["versions"]["core"]) == (NAME, "core-1")


def test_only_one_release_is_ever_active(engines, tmp_path):
    files = files_of(version="3.98.0")
    with engines.write_session() as session:
        record_release(session, contents_of(write_folder(tmp_path / "older", files)), **BY)
    activate(engines, NAME)
    activate(engines, "3.98.0", LATER)
    with engines.read_session() as session:
        active = [row.name for row in session.exec(select(ReferenceRelease)).all() if row.active]
    assert active == ["ipd-imgt-hla-3.98.0"]


def test_what_is_in_force_is_not_put_in_force_again(engines):
    with pytest.raises(RefusedByRule, match="reference_active_already"):
        activate(engines, "core-1")


def another_donor(session):
    put_donors(session, [D("PT7", "A*01 A*02 B*07 B*44")], now=LATER)


def another_text_of_the_patient(session):
    session.exec(select(Patient)).one().hla_a_1 = "A*01:04"


def another_serum(session):
    put_serum(session, session.exec(select(Patient)).one(), "S2", "A*24:18=7000")


def another_directive(session):
    wording = Wording(threshold_mfi=1000, add=["A*01:04"])
    set_directive(session, patient_number="P1", wording=wording, on=ON, actor="test", now=NOW)


@pytest.mark.parametrize("meanwhile", [another_donor, another_text_of_the_patient, another_serum, another_directive])
def test_a_confirmation_of_something_else_than_what_was_seen_is_refused(engines, meanwhile):
    comparison = compared(engines)
    with engines.write_session() as session:
        meanwhile(session)
    with pytest.raises(RefusedByRule, match="activation_outdated"):
        activate(engines, NAME, comparison=comparison)
    with engines.read_session() as session:
        assert active_reference(session) is core_reference()
        with pytest.raises(RefusedByRule, match="activation_outdated"):
            compare_as_seen(session, NAME, seen=comparison.seen)


def test_what_was_seen_before_another_activation_is_refused_after_it(engines):
    comparison = compared(engines)
    activate(engines, NAME)
    activate(engines, "core-1", LATER)
    with pytest.raises(RefusedByRule, match="activation_outdated"):
        activate(engines, NAME, comparison=comparison)


def test_what_was_seen_is_the_same_while_nothing_has_changed(engines):
    assert compared(engines).seen == compared(engines).seen


def test_a_directive_that_would_give_way_to_what_has_become_the_patients_own_stands_in_the_way(engines):
    """A*02:01P is two alleles under the release, and its first allele alone, certainly, once it is rolled back."""
    with engines.write_session() as session:
        patient = session.exec(select(Patient)).one()
        patient.hla_a_1 = "A*02:01P"
    activate(engines, NAME)
    with engines.write_session() as session:
        wording = Wording(threshold_mfi=1000, add=["A*02:01"])
        set_directive(session, patient_number="P1", wording=wording, on=ON, actor="test", now=NOW)
    found, counts = changes(engines, "core-1")
    assert [(one.raw, [issue.code for issue in one.noted]) for one in found if one.who == "directive"] == [
        ("A*02:01", ["added_own_antigen"])
    ]
    assert counts["directives_changed"] == 1
    with pytest.raises(RefusedByRule, match="activation_breaks_directives"):
        activate(engines, "core-1")


def test_a_directive_that_would_no_longer_be_understood_stands_in_the_way(engines):
    with engines.write_session() as session:
        wording = Wording(threshold_mfi=1000, add=["A*01:04"])
        set_directive(session, patient_number="P1", wording=wording, on=ON, actor="test", now=NOW)
    found, counts = changes(engines)
    assert [(one.who, one.raw, one.before, one.after) for one in found][-1] == ("directive", "A*01:04", "A1", "")
    assert counts["directives_changed"] == 1
    with pytest.raises(RefusedByRule, match="activation_breaks_directives") as refused:
        activate(engines, NAME)
    assert refused.value.params["patients"] == "P1"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_56_000_donors_are_read_again_in_30_seconds(held, tmp_path):
    population = demo_population()
    draw = RegistryDraw(population, haplotype_frequencies(population, core_reference()), seed=1, on=ON)
    filling = Filling(draw, DonorDeriver(core_reference(), RULES), with_identities=True)
    with held.write_session() as session:
        fill_registry(session, filling, count=56_000, now=NOW, progress=lambda _: None)
        record_release(session, contents_of(write_folder(tmp_path / "release")), **BY)
    began = time.perf_counter()
    done = activate(held, NAME)
    assert time.perf_counter() - began < 30
    assert done["donors"] == 56_000
