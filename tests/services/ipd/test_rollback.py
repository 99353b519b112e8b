"""What is answered follows from the nomenclature in force alone: whatever was in force before, and however often."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from domain.errors import RefusedByRule, UnusableInput
from models.directive import Directive, DirectiveStatus
from models.donor import Donor, DonorEligibilityGap
from models.patient import Patient
from services.directive_page import open_directives
from services.directives import Wording, set_directive
from services.explanations import explain_donor
from services.ipd.activation import activate_reference, compare_as_seen
from services.ipd.seen import seen_state
from services.ipd.store import record_release
from services.matching.snapshots import SnapshotStore
from services.reference import active_name
from services.rule_tables import eligibility_rules
from services.searches import search_patient, sweep_patient
from tests.ipd_folder import ALLELES, contents_of, files_of, write_folder
from tests.small_registry import NOW_AWAY, ON, ZONE, D, put_donors, put_patient, put_serum

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CORE, RELEASE, OLDER = "core-1", "ipd-imgt-hla-3.99.0", "ipd-imgt-hla-3.98.0"
# Most of these read differently under one of the three, or say something else of themselves.
TEXTS = {
    "A": "A*24:18 A*01:04 A*02:100 A*02:01:08 A*01:01:01:02N A*02:01P A*02:01/A*24:18 A*02:55 A24 A9 A*01 A*02 A*03 - X",
    "B": "B*40:26 B*40:05 B*38:156 B*15:12 B*44:02/B*40:26 B40 B21 B*07:02 B*44 B7 B8 - X",
    "C": "C*07:01 C*12:03 C*12 Cw7 - X",
}
BEADS = "A*01:01 A*02:01 A*02:03 A*24:18 A*24:02 A*03:01 B*07:02 B*40:26 B*40:05 B*49:01 B*44:02 B*15:12 C*07:01"
ADDED = ["A24", "A*24:18", "B49", "B*40:26", "Bw4", "A*01:04"]
DERIVED = ("phenotype_key", "class_key", "searchable", "eligible_from_day", "eligible_until_day")


@pytest.fixture
def held(database_url, app_on, tmp_path):
    """An empty registry with two releases kept: the older one knows fewer alleles, and one of them otherwise."""
    engines = app_on(database_url).extensions["phenotheque"].engines
    older = [("A*24:18", "3", "", "", "", "") if row[0] == "A*24:18" else row for row in ALLELES if row[0] != "B*40:26"]
    with engines.write_session() as session:
        for folder, files in (("new", files_of()), ("old", files_of(older, version="3.98.0"))):
            record_release(session, contents_of(write_folder(tmp_path / folder, files)), actor="test", now=NOW)
    return engines


def phenotypes():
    return st.tuples(*(st.sampled_from(texts.split()) for texts in TEXTS.values() for _ in (1, 2))).map(" ".join)


cases = st.fixed_dictionaries({
    "patient": phenotypes(),
    "donors": st.lists(phenotypes(), min_size=2, max_size=5),
    "mfis": st.lists(st.sampled_from([0, 90, 900, 2500, 9000]), min_size=len(BEADS.split()), max_size=len(BEADS.split())),
    "added": st.lists(st.sampled_from(ADDED), unique=True, max_size=2),
    "walk": st.lists(st.sampled_from([RELEASE, OLDER, CORE]), min_size=1, max_size=4),
})  # fmt: skip


def put(engines, case, number):
    """The case beside those before it, while the core is in force; a directive that is refused is left out."""
    with engines.write_session() as session:
        put_donors(session, [
            D(f"{number}-{place}", typed, deferrals=(NOW_AWAY,) if place == 0 else ())
            for place, typed in enumerate(case["donors"])
        ])  # fmt: skip
        patient = put_patient(session, number, case["patient"])
        pairs = zip(BEADS.split(), case["mfis"], strict=True)
        put_serum(session, patient, f"S-{number}", " ".join(f"{allele}={mfi}" for allele, mfi in pairs))
    wording = Wording(threshold_mfi=1000, loci="A,B,C", add=case["added"])
    try:
        with engines.write_session() as session:
            set_directive(session, patient_number=number, wording=wording, on=ON, actor="test", now=NOW)
    except (RefusedByRule, UnusableInput) as refused:  # by the rule of §4: what the patient certainly has
        assert refused.code == "added_own_antigen"  # noqa: PT017


def activate(engines, name, now):
    with engines.read_session() as session:
        comparison = compare_as_seen(session, name, seen=seen_state(session))
    with engines.write_session() as session:
        activate_reference(session, comparison, rules=eligibility_rules(ON), actor="test", now=now)


def answers(engines, folder, number):
    """All that is said of a patient, and all that is kept of everybody, but for the name of the snapshot."""
    store = SnapshotStore(folder)
    with engines.read_session() as session:
        asked = {"patient_number": number, "on": ON, "locale": "en"}
        numbers = sorted(session.exec(select(Donor.donor_number)).all())
        said = [
            sweep_patient(session, store, every=True, **asked),
            *(search_patient(session, store, threshold=mfi, limit=0, zone=ZONE, **asked) for mfi in (900, 1000, 5000)),
            *(
                explain_donor(session, store, donor_number=one, threshold=1000, zone=ZONE, **asked)
                for one in numbers
                if one.startswith(number)
            ),
        ]
        columns = [getattr(Donor, name) for name in ("id", *DERIVED)]
        kept = [
            [tuple(row) for row in session.exec(select(*columns).order_by(Donor.id)).all()],
            sorted(
                (gap.donor_id, gap.from_day, gap.until_day) for gap in session.exec(select(DonorEligibilityGap)).all()
            ),
            [one.model_dump() for one in session.exec(select(Patient).order_by(Patient.id)).all()],
            open_directives(session, patient_number=number, on=ON),
        ]
    return [*map(without_snapshot, said), *kept]


def without_snapshot(answer):
    versions = {name: version for name, version in answer["versions"].items() if name != "snapshot"}
    issues = [one for one in answer.get("issues", ()) if one["code"] != "index_rebuilt"]
    return {
        **{name: value for name, value in answer.items() if name != "search"},
        "versions": versions,
        "issues": issues,
    }


def follow(engines, folder, case, number):
    """Walk from one nomenclature to another and end at the core; every stop answers as it did the first time."""
    put(engines, case, number)
    known = {CORE: answers(engines, folder, number)}
    at = CORE
    for step, name in enumerate([*case["walk"], CORE], start=1):
        if name != at:
            try:
                activate(engines, name, NOW + timedelta(minutes=step))
                at = name
            except RefusedByRule as refused:  # a directive would not be understood: then nothing at all has changed
                assert refused.code == "activation_breaks_directives"  # noqa: PT017
        found = answers(engines, folder, number)
        assert found == known.setdefault(at, found)
    with engines.read_session() as session:
        assert active_name(session) == at
    return known, at


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each case stands on those before it, so that a smaller one could not be tried alone
)
@given(data=st.data())
def test_every_answer_follows_from_the_nomenclature_in_force(held, tmp_path, data):
    numbers = count(held)
    _, at = follow(held, tmp_path / "snapshots", data.draw(cases), f"P{numbers}")
    if at != CORE:  # its own directive keeps it there: end it, so that the next case can be put
        with held.write_session() as session:
            for one in session.exec(select(Directive)).all():
                one.status = DirectiveStatus.CLOSED
        activate(held, CORE, NOW)


def count(engines):
    with engines.read_session() as session:
        return len(session.exec(select(Patient)).all())


def test_the_walk_tells_three_nomenclatures_apart(held, tmp_path):
    """Else the law would hold for nothing: here each of the three answers otherwise, and the core last as first."""
    case = {
        "patient": "A*01 A*03 B*08 B*35 C*07 C*12",
        "donors": ["A*24:18 A*01 B*40:26 B*08 C*07:01 -", "A*01:04 A*02:01:08 B*40:05 B*15:12 X X"],
        "mfis": [0, 0, 0, 9000, 0, 0, 0, 2500, 0, 900, 0, 0, 0],
        "added": [],
        "walk": [RELEASE, OLDER, CORE, OLDER, RELEASE],
    }
    known, at = follow(held, tmp_path / "snapshots", case, "P0")
    assert at == CORE
    donors = {
        name: [one["donor"] for one in found if isinstance(one, dict) and "donor" in one]
        for name, found in known.items()
    }
    first, second, third = donors.values()
    assert all(len(found) == 2 for found in donors.values())
    assert first != second != third != first
