"""The demo tells the stories it promises, on the real engine, the same on every machine."""

import hashlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from domain.errors import RefusedByRule
from models.antibody import SerumSample
from models.crypto import configure_keys
from models.donor import Deferral, Donor, DonorIdentity
from models.importing import ImportBatch, ImportIssue
from models.patient import Patient
from models.request import RequestStatus, TransfusionRequest
from services.allocation.proposing import propose_allocation
from services.allocation.terms import Span
from services.demo import DEMO_DAY, DEMO_DONORS, Seeding, donor_file, seed_demo
from services.donors import rederive_all
from services.duplicates.pairs import list_pairs
from services.matching.snapshots import SnapshotStore
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from services.searches import search_patient, sweep_patient
from tests.conftest import close, copy_sqlite, make_app
from tests.small_registry import ZONE

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SEEDING = Seeding(core_reference(), eligibility_rules(DEMO_DAY), actor="test", now=NOW)
STEPS_MFI = [500, 1_000, 2_000, 3_000, 5_000, 8_000]
VERDICTS = ("compatible", "possible", "unknown", "blocked")
# The README quotes numbers of the demo: whoever changes the file changes them too.
SHA256_OF_THE_FILE = "57f27fe0613f3cbb9ad6248a5fe9ee2ed9247e12f0b8e0a31e68558dc98e461a"
SERA_OF_P6 = ["DEMO-S61", "DEMO-S62", "DEMO-S63", "DEMO-S64", "DEMO-S65"]


@pytest.fixture(scope="module")
def seeded(migrated_sqlite, tmp_path_factory):
    """Engines and snapshots of a database that holds the demo."""
    folder = tmp_path_factory.mktemp("demo")
    copy_sqlite(migrated_sqlite, folder / "demo.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'demo.sqlite'}")
    runtime = app.extensions["phenotheque"]
    with runtime.engines.write_session() as session:
        loaded = seed_demo(session, SEEDING)
    assert loaded.donors == DEMO_DONORS
    yield runtime
    close(app)


@pytest.fixture
def demo(seeded):
    """The demo's database under its own keys: they are the process's, another application may have set others."""
    configure_keys(seeded.settings.data_key_list(), seeded.settings.index_key.get_secret_value())
    return seeded


@pytest.fixture
def session(demo):
    with demo.engines.read_session() as session:
        yield session


@pytest.fixture(scope="module")
def store(seeded):
    return SnapshotStore(seeded.snapshots_path)


def sweep(session, store, patient, sample=None):
    answer = sweep_patient(session, store, patient_number=patient, on=DEMO_DAY, thresholds=STEPS_MFI, sample=sample)
    return {entry["mfi"]: entry for entry in answer["thresholds"]}


def listed(session, store, patient, threshold=1_000):
    return search_patient(session, store, patient_number=patient, on=DEMO_DAY, zone=ZONE, threshold=threshold, limit=0)[
        "donors"
    ]


def donors_of(session, answer, verdict):
    numbers = [donor["donor_number"] for donor in answer if donor["verdict"] == verdict]
    return session.exec(select(Donor).where(col(Donor.donor_number).in_(numbers))).all()


def test_the_donor_file_is_the_same_on_every_machine():
    assert hashlib.sha256(donor_file(core_reference())).hexdigest() == SHA256_OF_THE_FILE


def test_everything_is_loaded_and_nothing_refused(session):
    batches = session.exec(select(ImportBatch)).all()
    assert {batch.kind.value for batch in batches} == {"donors", "patients", "antibodies"}
    assert sum(batch.refused for batch in batches) == 0
    assert session.exec(select(ImportIssue).where(ImportIssue.severity != "info")).all() == []
    patients = session.exec(select(Patient.patient_number).order_by(Patient.patient_number)).all()
    assert patients == [f"DEMO-P{number}" for number in range(1, 8)]


def test_every_serum_is_its_patients_and_dated(session):
    rows = session.exec(
        select(Patient.patient_number, SerumSample.sample_code, SerumSample.run_on).where(
            SerumSample.patient_id == Patient.id
        )
    ).all()
    assert len(rows) == 13
    for patient, sample, run_on in rows:
        assert sample[:6] == f"DEMO-S{patient[-1]}"[:6]
        assert sample[6] == patient[-1]
        assert run_on <= DEMO_DAY


def test_deferrals_show_in_the_calendar(session, store):
    deferrals = session.exec(select(Deferral)).all()
    assert 20 < len(deferrals) < 120
    assert any(one.until_on is None for one in deferrals)
    assert any(one.from_on > DEMO_DAY for one in deferrals)
    assert session.exec(select(Donor).where(Donor.has_gaps)).first() is not None


def test_deriving_again_changes_nothing(demo):
    with demo.engines.write_session() as session:
        changed = rederive_all(session, reference=core_reference(), rules=SEEDING.rules, now=NOW)
        session.rollback()
    assert changed == 0


def test_nobody_in_the_region_at_1000_and_a_curve_that_rises(session, store):
    found = sweep(session, store, "DEMO-P1")
    assert found[1_000]["regions"]["Bretagne"]["compatible"] == 0
    assert 0 < found[1_000]["national"]["compatible"] < 20
    national = [found[mfi]["national"]["compatible"] for mfi in STEPS_MFI]
    regional = [found[mfi]["regions"]["Bretagne"]["compatible"] for mfi in STEPS_MFI]
    assert national == sorted(national)
    assert national[2] > 5 * national[1]
    assert 0 < regional[2] < regional[4] < regional[5]


def test_anti_cd36_leaves_only_cd36_negative_donors(session, store):
    compatible = donors_of(session, listed(session, store, "DEMO-P2"), "compatible")
    assert compatible
    assert {donor.cd36.split()[0] for donor in compatible} == {"negative"}
    unknown = donors_of(session, listed(session, store, "DEMO-P2"), "unknown")
    assert any(donor.cd36 == "" for donor in unknown)
    assert not any(donor.cd36 == "positive" for donor in unknown)


def test_anti_hpa_1a_leaves_only_hpa_1a_negative_donors(session, store):
    answer = listed(session, store, "DEMO-P3")
    compatible = donors_of(session, answer, "compatible")
    assert compatible
    assert {donor.hpa_1 for donor in compatible} == {"b/b"}
    assert {donor.hpa_1 for donor in donors_of(session, answer, "unknown")} <= {"", "b/b"}


def test_a_mild_immunisation_leaves_most_donors(session, store):
    found = sweep(session, store, "DEMO-P4")[1_000]["national"]
    assert 0.1 < found["blocked"] / sum(found[verdict] for verdict in VERDICTS) < 0.4
    assert found["compatible"] > found["blocked"]


def test_without_antibodies_nobody_is_blocked_and_the_closest_come_first(session, store):
    found = sweep(session, store, "DEMO-P5")
    active = sum(found[1_000]["national"][verdict] for verdict in VERDICTS)
    for mfi in STEPS_MFI:
        assert found[mfi]["national"]["blocked"] == 0
        assert found[mfi]["national"]["compatible"] > 0.95 * active
    for donor in listed(session, store, "DEMO-P5"):
        fully_typed = all(value["reaction"] in {"negative"} for value in donor["values"])
        assert (donor["verdict"] == "compatible") == fully_typed
    assert listed(session, store, "DEMO-P5")[0]["grade"] == "A"


def test_serial_sera_open_more_donors_as_the_antibodies_fall(session, store):
    dates = session.exec(
        select(SerumSample.run_on).where(col(SerumSample.sample_code).in_(SERA_OF_P6)).order_by(SerumSample.sample_code)
    ).all()
    assert dates == sorted(set(dates))
    assert len(dates) == 5
    counts = [sweep(session, store, "DEMO-P6", sample)[5_000]["national"]["compatible"] for sample in SERA_OF_P6]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] > 100
    assert sweep(session, store, "DEMO-P6") == sweep(session, store, "DEMO-P6", SERA_OF_P6[-1])


def test_every_patient_has_an_answer_without_a_warning(session, store):
    for number in range(1, 8):
        answer = sweep_patient(session, store, patient_number=f"DEMO-P{number}", on=DEMO_DAY, thresholds=STEPS_MFI)
        assert [issue for issue in answer["issues"] if issue["severity"] != "info"] == []
        assert answer["active_donors"] > 2_000


def test_nobody_can_be_reached(session):
    for identity in session.exec(select(DonorIdentity)):
        assert identity.phone.startswith("06 39 98 ")
        assert identity.email.endswith("@example.org")


def test_invented_data_never_joins_other_data(engines):
    with engines.write_session() as session:
        session.add(Patient(patient_number="REAL-1", created_at=NOW, updated_at=NOW))
    with pytest.raises(RefusedByRule) as refusal, engines.write_session() as session:
        seed_demo(session, SEEDING)
    assert refusal.value.code == "seed_needs_empty_database"
    with engines.read_session() as session:
        assert session.exec(select(Patient.patient_number)).all() == ["REAL-1"]
        assert session.exec(select(Donor)).first() is None


def test_a_clock_that_is_behind_loads_the_same_demo(engines, seeded):
    early = Seeding(core_reference(), SEEDING.rules, actor="test", now=datetime(2025, 1, 1, tzinfo=UTC))
    with engines.write_session() as session:
        seed_demo(session, early)
    columns = (Donor.donor_number, Donor.phenotype_key, Donor.class_key, Donor.eligible_from_day, Donor.searchable)
    query = select(*columns).order_by(Donor.donor_number)
    with engines.read_session() as one, seeded.engines.read_session() as other:
        assert one.exec(query).all() == other.exec(query).all()


@pytest.mark.parametrize(
    ("patient", "mfi", "national", "region", "regional"),
    [
        ("DEMO-P1", 1_000, (11, 9, 32, 2516, 8), "Bretagne", (0, 1, 3, 173, 0)),
        ("DEMO-P1", 2_000, (169, 19, 38, 2342, 121), "Bretagne", (10, 1, 3, 163, 8)),
        ("DEMO-P1", 5_000, (383, 58, 42, 2085, 286), "Bretagne", (27, 3, 3, 144, 22)),
        ("DEMO-P2", 1_000, (6, 1, 2243, 318, 4), "Île-de-France", (1, 1, 305, 71, 0)),
        ("DEMO-P3", 1_000, (15, 0, 1831, 722, 12), "Grand Est", (1, 0, 138, 67, 0)),
        ("DEMO-P4", 1_000, (1770, 8, 58, 732, 1338), "Auvergne-Rhône-Alpes", (204, 1, 8, 93, 156)),
        ("DEMO-P5", 1_000, (2488, 14, 66, 0, 1888), "Nouvelle-Aquitaine", (221, 1, 3, 0, 168)),
        ("DEMO-P6", 2_000, (245, 44, 37, 2242, 180), "Provence-Alpes-Côte d'Azur", (15, 4, 2, 173, 9)),
        ("DEMO-P7", 1_000, (4, 0, 13, 2551, 4), "Hauts-de-France", (0, 0, 2, 225, 0)),
    ],
)
def test_the_numbers_that_the_readme_quotes(session, store, patient, mfi, national, region, regional):
    entry = sweep(session, store, patient)[mfi]
    assert tuple(entry["national"][name] for name in (*VERDICTS, "available")) == national
    assert tuple(entry["regions"][region][name] for name in (*VERDICTS, "available")) == regional


def test_one_pair_of_donors_is_to_be_merged_and_another_is_forbidden_by_its_hla(session):
    pairs = {(one, other): row.conflicts for row, one, other in list_pairs(session)}
    assert pairs == {("DEMO-00114", "DEMO-02962"): [], ("DEMO-00112", "DEMO-02941"): ["A", "B", "C"]}


def divided(demo, store, days, without=""):
    """The division so many days after the demo's, its requests moved with it; `without` one patient's."""
    with demo.engines.write_session() as session:
        for row, number in session.exec(
            select(TransfusionRequest, Patient.patient_number).join(
                Patient, Patient.id == TransfusionRequest.patient_id
            )
        ):
            row.needed_by += timedelta(days=days)
            if number == without:
                row.status = RequestStatus.CANCELLED
        session.flush()
        span = Span(DEMO_DAY + timedelta(days=days), 28, ZoneInfo("Europe/Paris"))
        answer = propose_allocation(session, store, span=span, locale="en")
        session.rollback()
    return answer


def donors_given(answer, patient):
    return {one["donor_number"] for one in answer["given"] if one["patient"] == patient}


@pytest.mark.parametrize("days", [0, 7, 1_000])
def test_on_any_day_two_patients_want_one_donor_and_the_one_who_waits_is_told_who_has_them(demo, store, days):
    answer = divided(demo, store, days)
    assert donors_given(answer, "DEMO-P7") == {"DEMO-00140", "DEMO-00453", "DEMO-00990", "DEMO-01922"}
    lost = {(one["patient"], one["donor_number"], one["to"]) for one in answer["lost"]}
    assert lost == {("DEMO-P2", "DEMO-00453", "DEMO-P7")}
    unmet = {one["patient"]: (one["units"], one["why"], one["held_by"]) for one in answer["unmet"]}
    assert unmet == {
        "DEMO-P1": (2, "outside_undirected", []),
        "DEMO-P2": (1, "taken", ["DEMO-P2", "DEMO-P7"]),
        "DEMO-P6": (1, "no_directive", []),
    }


@pytest.mark.parametrize("days", [0, 7, 1_000])
def test_on_any_day_a_rare_donor_is_spared_for_who_has_few_also_when_she_asks_for_nothing(demo, store, session, days):
    listed_of_p3 = listed(session, store, "DEMO-P3")
    first = [one["donor_number"] for one in listed_of_p3 if one["verdict"] == "compatible"]
    for without in ("", "DEMO-P7"):
        given = donors_given(divided(demo, store, days, without), "DEMO-P3")
        assert len(given) == 5
        assert "DEMO-00140" not in given
        assert any(first.index(one) > first.index("DEMO-00140") for one in given)
