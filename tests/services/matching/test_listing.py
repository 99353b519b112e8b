"""A list under filters is the whole list, filtered and put in order donor by donor."""

import re
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from domain.crossmatch import CrossmatchResult
from domain.eligibility import Deferral
from domain.grading import GRADE_ORDER
from models.crypto import configure_keys
from models.database import make_engines
from models.donor import Donor
from models.reservation import Reservation, ReservationStatus
from services.directives import Wording, set_directive
from services.documents.donor_list import DonorList
from services.frequencies.importing import import_frequencies
from services.matching.columns import HPA_SORTS, SORTS, natural
from services.matching.snapshots import SnapshotStore
from services.searches import search_patient
from services.synthetic.demo_frequencies import demo_frequencies
from services.wanted import KNOWN, Wanted
from services.wording.alphabet import UNASSIGNED, region_order
from services.workbench import open_workbench
from tests.conftest import copy_sqlite, make_settings
from tests.crossmatching import put_crossmatch
from tests.invented_eplets import load_invented_eplets
from tests.small_registry import BEADS, NOW, ON, PATIENT, ZONE, D, put_donors, put_patient, put_serum

MFI = 1000
ABO_PLACES = ("identical", "minor", "major", "bidirectional")
VERDICTS = ("compatible", "possible", "unknown")
VALUES_C = ("C*07", "C*06:02", "C7", "X")
REGIONS = ("Bretagne", "Corse", "Île-de-France", None)
VALUES_A = ("A*01", "A*02", "A*03", "A*11", "A*24", "A*32", "A*68:01", "A24", "X")
VALUES_B = ("B*08", "B*49", "B*07", "B*35", "B*40", "B*44", "B61", "X")


def random_donors(seed: int, count: int = 140):
    rng = Random(seed)
    for at in range(count):
        typed = " ".join(rng.choice(values) for values in (VALUES_A, VALUES_B, VALUES_C) for _position in (1, 2))
        away = ON + timedelta(days=rng.randint(-5, 40))
        yield D(
            f"D{(at * 37 + seed) % 997:04}",
            typed,
            rng.choice(REGIONS),
            deferrals=(Deferral(ON, away, "travel"),) if rng.random() < 0.3 and away > ON else (),
            birth_date=None if rng.random() < 0.1 else "1985-05-17",
            more={
                "abo": rng.choice(["A", "B", "AB", "O", None]),
                "rhd": rng.choice(["+", "-", None]),
                "cmv": rng.choice(["positive", "negative", None]),
                "hpa_1": rng.choice(["a/a", "a/b", "b/b", ""]),
                "hpa_15": rng.choice(["a/b", "b/b", ""]),
                "cd36": rng.choice(["positive", "negative", "negative type II", ""]),
            },
        )


# What a reservation of the day asked makes of its donor: whether and how far they are taken.
MADE = {
    "held": (ReservationStatus.HELD, NOW + timedelta(hours=4), 1),
    "held, over": (ReservationStatus.HELD, NOW - timedelta(minutes=1), 0),
    "held to this moment": (ReservationStatus.HELD, NOW, 0),
    "confirmed": (ReservationStatus.CONFIRMED, NOW - timedelta(hours=1), 2),
    "collected": (ReservationStatus.COLLECTED, NOW, 3),
    "released": (ReservationStatus.RELEASED, NOW + timedelta(hours=4), 0),
    "expired": (ReservationStatus.EXPIRED, NOW, 0),
}


def put_reservations(session, seed: int, patient_id: int) -> None:
    """Every second donor reserved somehow, one in five of these on another day, some twice."""
    rng = Random(seed)
    for donor in session.exec(select(Donor).order_by(Donor.id)).all():
        for made in rng.sample(sorted(MADE), rng.choice([0, 1])) + rng.choice([[], [], ["released"]]):
            status, expires_at, _ = MADE[made]
            day = ON if rng.random() < 0.8 else ON + timedelta(days=1)
            row = Reservation(
                code=f"{donor.donor_number} {made} {rng.random()}", donor_id=donor.id, patient_id=patient_id, day=day,
                status=status, held_by="test", held_at=NOW, expires_at=expires_at, changed_by="test", changed_at=NOW,
                note=made,
            )  # fmt: skip
            session.add(row)


def put_crossmatches(session, seed: int, patient_id: int) -> None:
    """Two donors in five tried, some twice, some too long ago."""
    rng = Random(seed)
    for donor in session.exec(select(Donor).order_by(Donor.id)).all():
        for n in range(rng.choice([0, 0, 0, 1, 2])):
            result = rng.choice(list(CrossmatchResult))
            put_crossmatch(session, f"{donor.id}-{n}", patient_id, donor.id, result, days=rng.choice([1, 400]))


def taken(session) -> dict[str, int]:
    """How far each donor is taken on the day asked, the farthest where several reservations say something."""
    found: dict[str, int] = {}
    rows = session.exec(select(Donor.donor_number, Reservation).join(Reservation).where(Reservation.day == ON))
    for number, row in rows:
        found[number] = max(found.get(number, 0), MADE[row.note][2])
    return found


@pytest.fixture(scope="module", params=[(1, False), (2, True), (3, False)], ids=["1", "2 with rules", "3 with eplets"])
def registry(request, tmp_path_factory, migrated_sqlite):
    """A random registry, with the whole list of each region and policy as the search gives it."""
    seed, ruled = request.param
    folder = tmp_path_factory.mktemp("listing")
    own = make_settings(folder, f"sqlite:///{folder / 'phenotheque.sqlite'}")
    copy_sqlite(migrated_sqlite, folder / "phenotheque.sqlite")
    configure_keys(own.data_key_list(), own.index_key.get_secret_value())
    engines = make_engines(own.database_url)
    with engines.write_session() as session:
        put_donors(session, random_donors(seed))
        patient = put_patient(session, "P1", PATIENT)
        put_serum(session, patient, "S1", BEADS)
        put_reservations(session, seed, patient.id)
        put_crossmatches(session, seed, patient.id)
        if seed == 3:
            load_invented_eplets(session)
        if seed != 2:
            import_frequencies(session, demo_frequencies(), file_name="demo.csv", actor="test", now=NOW)
        if ruled:
            wording = Wording(MFI, hpa_antibodies=["HPA-1a"], abo_rule="no-major")
            set_directive(session, patient_number="P1", wording=wording, actor="test", now=NOW)
    with engines.read_session() as session:
        yield session, SnapshotStore(folder / "snapshots")
    engines.dispose()


FILTERED = st.builds(
    Wanted,
    on=st.just(ON),
    threshold_mfi=st.sampled_from([500, MFI, 2500, 7000]),
    region=st.sampled_from([None, "Bretagne", UNASSIGNED]),
    policy=st.sampled_from([None, "antibody-first", "risk-first", "evidence-first"]),
    by=st.none() | st.dates(ON - timedelta(days=3), ON + timedelta(days=45)),
    sort=st.sampled_from(KNOWN["sort"]),
    **{name: st.none() | st.sampled_from(KNOWN[name]) for name in ("verdict", "grade", "abo", "rhd", "cmv", "risk")},
    evidence=st.none() | st.none() | st.sampled_from(KNOWN["evidence"]),
)


def day_of(donor) -> date | None:
    first = donor["first_eligible_on"]
    return date.fromisoformat(first) if isinstance(first, str) else first


def passes(donor, wanted: Wanted) -> bool:
    """Whether one donor of the whole list passes every filter, as a person would check it."""
    day = day_of(donor)
    verdicts = {None: ("compatible", "possible"), "all": ("compatible", "possible", "unknown")}
    return all((
        donor["verdict"] in verdicts.get(wanted.verdict, (wanted.verdict,)),
        wanted.grade is None or GRADE_ORDER.index(donor["grade"]) <= GRADE_ORDER.index(wanted.grade),
        wanted.abo is None or wanted.abo in (donor["abo"] or "unknown", donor["abo_group"]),
        wanted.by is None or (day is not None and day <= wanted.by),
        wanted.rhd is None or donor["rhd"] == wanted.rhd,
        wanted.cmv is None or donor["cmv"] == wanted.cmv,
        wanted.evidence is None or (wanted.evidence == "any" and donor["evidence"]["items"]) or (
            donor["evidence"]["stance"] == wanted.evidence
        ),
        wanted.risk is None or (donor["risk"] is not None and donor["risk"] <= int(wanted.risk) / 100),
    ))  # fmt: skip


def by_size(text: str) -> list[tuple[int, int]]:
    """A text sign by sign, but for its numbers, which stand by their size."""
    parts = re.findall(r"\d+|\D", text)
    return [(ord("0"), int(part)) if part.isdigit() else (ord(part), 0) for part in parts]


def written(donor, locus: str):
    """The typed values of a locus in the order they are shown, a position that is not typed last; None for neither."""
    cells = [one["typed"] for one in (*donor["values"], *donor["out_of_scope_values"]) if one["locus"] == locus]
    return None if set(cells) == {None} else [(typed is None, by_size(typed or "")) for typed in cells]


def key_of(donor, column: str):
    """The value by which a column is sorted, None for a donor who has none."""
    return {
        "rank": donor["rank"],
        "verdict": VERDICTS.index(donor["verdict"]),
        **{f"hla_{locus.lower()}": written(donor, locus) for locus in "ABC"},
        **{name: donor["hpa"][system] for name, system in HPA_SORTS.items()},
        "cd36": donor["cd36"],
        "reservation": donor["taken"],
        "donor": donor["donor_number"],
        "grade": GRADE_ORDER.index(donor["grade"]),
        "sum_mfi": donor["sum_mfi"],
        "max_mfi": donor["max_mfi"],
        "eplets": donor["eplet_load"],
        "risk": donor["risk"],
        "abo": ABO_PLACES.index(donor["abo"]) if donor["abo"] else None,
        "day": day_of(donor),
        "region": region_order(donor["region"]) if donor["region"] else None,
    }[column]


def sorted_by(donors, sort: str):
    """By the column, those without a value last, equals by rank."""
    column = sort.removeprefix("-")
    having = sorted((one for one in donors if key_of(one, column) is not None), key=lambda one: one["rank"])
    having.sort(  # stable, turned round or not: equals keep their ranks
        key=lambda one: key_of(one, column), reverse=sort.startswith("-")
    )
    without = sorted((one for one in donors if key_of(one, column) is None), key=lambda one: one["rank"])
    return having + without


def whole_list(registry, wanted: Wanted):
    session, store = registry
    asked = {"threshold": wanted.threshold_mfi, "region": wanted.region, "policy": wanted.policy or "identity-first"}
    far = taken(session)
    donors = search_patient(session, store, patient_number="P1", on=ON, zone=ZONE, limit=0, **asked)["donors"]
    return [{**donor, "taken": far.get(donor["donor_number"], 0)} for donor in donors]


def listed(registry, wanted: Wanted) -> DonorList:
    """The list as the exports have it."""
    session, store = registry
    return DonorList(session, store, patient_number="P1", wanted=wanted, locale="en", now=NOW, zone=ZONE)


CHECKED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@CHECKED
@given(wanted=FILTERED)
def test_the_filtered_list_is_the_whole_list_filtered_and_sorted(registry, wanted):
    whole = whole_list(registry, wanted)
    view = listed(registry, wanted)
    expected = sorted_by([donor for donor in whole if passes(donor, wanted)], wanted.sort)
    assert [(one["donor_number"], one["rank"]) for one in view.donors()] == [
        (one["donor_number"], one["rank"]) for one in expected
    ]
    offered = [one for one in whole if passes(one, Wanted(on=ON, verdict=base_of(wanted.verdict)))]
    assert (view.listing.total, view.listing.whole) == (len(expected), len(offered))
    for name, hidden in view.listing.hidden.items():
        alone = Wanted(on=ON, **({"verdict": base_of(wanted.verdict)} | {name: getattr(wanted, name)}))
        assert hidden == len(offered) - sum(passes(one, alone) for one in offered), name


def base_of(verdict: str | None) -> str | None:
    """Among whom a verdict chooses: those who may be offered, unless others are asked for."""
    return verdict if verdict in ("unknown", "all") else None


@CHECKED
@given(wanted=FILTERED, size=st.integers(1, 60))
def test_pages_and_bands_cut_the_list_without_loss(registry, wanted, size):
    session, store = registry
    whole = list(listed(registry, wanted).donors())
    paged, bands = [], None
    for page in range(1, len(whole) // size + 2):
        asked = {name: getattr(wanted, name) for name in Wanted.__slots__} | {"page": page, "page_size": size}
        answer = open_workbench(
            session, store, patient_number="P1", wanted=Wanted(**asked), locale="en", now=NOW, zone=ZONE
        )
        paged += answer["donors"]
        bands = answer["bands"]
    assert [one["donor_number"] for one in paged] == [one["donor_number"] for one in whole]
    assert sum(band["donors"] for band in bands.values()) == (len(whole) if bands else 0)
    for code, band in bands.items():
        members = [one for one in paged if one["band"] == code]
        assert len(members) == band["donors"]
        for one in members:
            assert band["grade"] in (None, one["grade"])
            assert band.get("verdict", one["verdict"]) == one["verdict"]
            assert band.get("has_date", day_of(one) is not None) == (day_of(one) is not None)
    codes = [one["band"] for one in paged]
    assert not bands or sum(a != b for a, b in pairwise(codes)) == len(bands) - 1


@pytest.mark.parametrize("turned", ["", "-"])
@pytest.mark.parametrize("column", SORTS)
def test_every_column_puts_the_whole_list_in_order(registry, column, turned):
    wanted = Wanted(on=ON, threshold_mfi=MFI, verdict="all", sort=turned + column)
    whole = whole_list(registry, wanted)
    expected = sorted_by(whole, wanted.sort)
    assert [one["donor_number"] for one in listed(registry, wanted).donors()] == [
        one["donor_number"] for one in expected
    ]
    alike = ("hpa_2", "hpa_3", "hpa_5", *(() if whole[0]["eplet_load"] is not None else ("eplets",)))
    assert len({str(key_of(one, column)) for one in whole}) > 1 or column in alike


def test_numbers_of_a_typed_value_stand_by_their_size():
    ordered = ["A*02", "A*02:01", "A*02:01/A*02:09", "A*02:09", "A*02:10", "A*02:101", "A*11", "A2", "A11", "A203"]
    assert sorted(Random(1).sample(ordered, len(ordered)), key=natural) == ordered
