"""The daily snapshot: it says what a search says, regions sum to the nation, and a day keeps its own."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from domain.availability import HORIZONS_DAYS
from models.availability import AvailabilityDay
from models.directive import Directive
from models.donor import Donor
from models.patient import Patient
from models.request import TransfusionRequest
from models.reservation import Reservation, ReservationStatus
from services.availability.counting import Figures, by_abo, figures_of
from services.availability.giving import giving_of, needs_by_patient
from services.availability.snapshot import KEPT_DAYS
from services.donor_records import record_donation
from services.searches import search_patient, sweep_patient
from tests.services.availability.conftest import ZONE, ask, direct, rows
from tests.small_registry import NOW, ON, put_patient, put_serum

FORECAST = ("now", "in_7", "in_14", "in_28")


def figures(report, region=None) -> Figures:
    [entry] = report(ON, region).entries
    return entry.figures


RULES = ({}, {"anti_cd36": True}, {"hpa_antibodies": ("HPA-1a",)}, {"abo_rule": "identical"})
FIRST = ((1_000, RULES[1] | RULES[3]), (2_000, RULES[2]))
EVERY = [(mfi, rule) for mfi in (500, 1_000, 2_000, 5_000) for rule in RULES]


@pytest.mark.parametrize(
    ("threshold", "more"), [*FIRST, *(pytest.param(*one, marks=pytest.mark.slow) for one in EVERY if one not in FIRST)]
)
def test_a_snapshot_counts_what_a_search_counts(registry, fresh, snapshot, report, threshold, more):
    direct(registry, threshold=threshold, **more)
    snapshot()
    found = report(ON)
    with registry.read_session() as session:
        search = search_patient(session, fresh(), patient_number="P1", on=ON, zone=ZONE, limit=0)
        days = [
            sweep_patient(session, fresh(), patient_number="P1", on=ON + timedelta(days=days), thresholds=[threshold])
            for days in HORIZONS_DAYS
        ]
    national = search["counts"]["national"]
    [entry] = found.entries
    assert entry.row.threshold_mfi == threshold
    assert (entry.figures.donors, entry.figures.now) == (national["compatible"], national["available"])
    listed = [donor for donor in search["donors"] if donor["verdict"] == "compatible"]
    assert entry.figures.donors == len(listed)
    for name, day in zip(FORECAST, days, strict=True):
        [counts] = day["thresholds"]
        assert getattr(entry.figures, name) == counts["national"]["available"]
        for region, of_region in counts["regions"].items():
            assert getattr(figures(report, region), name) == of_region["available"]
            assert figures(report, region).donors == of_region["compatible"]


def test_a_patient_asked_for_without_directive_is_not_left_out(registry, snapshot, report):
    with registry.write_session() as session:
        ask(session, "P1", 3, 2, "r1")
    assert snapshot()["undirected"] == 1
    [entry] = report().entries
    assert (entry.row.fault_code, entry.need.this_week, entry.gaps) == ("availability_undirected", 3, None)
    assert report().centres[0].gap == 3
    assert report().summary["undirected"] == 1


def test_a_directive_that_cannot_be_read_does_not_end_the_others(registry, snapshot, report):
    direct(registry)
    with registry.write_session() as session:
        other = put_patient(session, "P2", "A*01 A*03 B*08 B*49")
        put_serum(session, other, "S2", "A*02:01=9000")
    direct(registry, "P2")
    with registry.write_session() as session:
        session.exec(
            select(Directive).where(Directive.patient_id == Patient.id, Patient.patient_number == "P1")
        ).one().planned_donor = "A*"
    told = snapshot()
    assert (told["read"], told["unreadable"]) == (1, 1)
    faults = {entry.patient: entry.row.fault_code for entry in report().entries}
    assert faults["P2"] is None
    assert faults["P1"]


def test_the_rate_counts_platelets_of_the_last_12_months_once(registry):
    told = {
        "PT0001": {"donations_12m": 6, "last_donation_on": ON - timedelta(days=30), "last_donation_type": "platelets"},
        "PT0002": {"donations_12m": 4, "last_donation_on": ON - timedelta(days=30), "last_donation_type": "plasma"},
        "PT0003": {"donations_12m": 5, "last_donation_on": ON - timedelta(days=400), "last_donation_type": "platelets"},
        "PT0004": {"donations_12m": 0},
    }
    with registry.write_session() as session:
        for number, columns in told.items():
            donor = session.exec(select(Donor).where(Donor.donor_number == number)).one()
            for name, value in columns.items():
                setattr(donor, name, value)
    with registry.read_session() as session:
        giving = giving_of(session, ON)
    assert (giving.donations, giving.donors) == (6, 4)
    with registry.write_session() as session:
        for number, days in (("PT0001", 10), ("PT0001", 60), ("PT0004", 20), ("PT0005", 20)):
            donor = session.exec(select(Donor).where(Donor.donor_number == number)).one()
            record_donation(
                session, donor=donor, given_on=ON - timedelta(days=days), kind="platelets", actor="test", now=NOW
            )
    with registry.read_session() as session:
        giving = giving_of(session, ON)
    # one more of PT0001 (the other is older than the file), one of PT0004; of PT0005 no number is known
    assert (giving.donations, giving.donors) == (8, 4)
    assert giving.low < 8 < giving.high
    assert giving.spread == pytest.approx(max(1, ((7 - 2) ** 2 + 4 + 4 + 1) / 3 / 2))


def test_regions_and_groups_sum_to_the_nation_and_the_forecast_follows_deferrals(registry, snapshot, report):
    direct(registry)
    snapshot()
    found = report(ON)
    for counts in (found.entries[0].row.counts, found.day.facts["registry"]):
        whole = figures_of(counts)
        for parts in ([figures_of(counts, region=one) for one in counts], by_abo(counts).values()):
            for name in ("donors", *FORECAST, "within_7"):
                assert sum(getattr(part, name) for part in parts) == getattr(whole, name)
    assert found.registry.donors == 12
    # always PT0001, PT0002; until 1 December PT0004; from 30 November PT0012; from 8 December PT0003; never PT0011
    assert figures(report) == Figures(donors=6, now=3, in_7=3, in_14=3, in_28=4, within_7=3)
    snapshot(ON + timedelta(days=4))
    [entry] = report().entries
    # 26 November: PT0004 leaves within the week and PT0012 comes back in it
    assert entry.figures == Figures(donors=6, now=3, in_7=3, in_14=4, in_28=4, within_7=4)
    assert entry.before.now == 3


def test_a_day_made_again_replaces_itself_and_a_later_replay_replaces_only_a_late_one(registry, snapshot, report):
    direct(registry)
    first = snapshot()
    kept = rows(registry)
    assert snapshot() == first == {"read": 1, "unreadable": 0, "undirected": 0, "dropped": 0, "kept": 0}
    assert rows(registry) == kept
    direct(registry, threshold=500)
    assert snapshot(now=NOW + timedelta(days=3))["kept"] == 1
    assert (report(ON).entries[0].row.threshold_mfi, report(ON).late) == (2_000, False)
    missed = ON + timedelta(days=1)
    assert [snapshot(missed, now=NOW + timedelta(days=days))["kept"] for days in (3, 4)] == [0, 0]
    assert (report(missed).entries[0].row.threshold_mfi, report(missed).late) == (500, True)
    with registry.read_session() as session:
        assert len(session.exec(select(AvailabilityDay)).all()) == 2


def test_units_are_needed_on_the_local_day_until_a_donor_is_reserved(registry):
    with registry.write_session() as session:
        for at, (units, days) in enumerate(((3, 2), (2, 9), (1, 0))):
            ask(session, "P1", units, days, f"r{at}")
        # half past midnight in Paris on the 29th: the second week
        late = session.exec(select(TransfusionRequest).where(TransfusionRequest.code == "r2")).one()
        late.needed_by = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
        donor = session.exec(select(Donor.id).where(Donor.donor_number == "PT0001")).one()
        request = session.exec(select(TransfusionRequest).where(TransfusionRequest.code == "r0")).one()
        columns = {"held_by": "s", "held_at": NOW, "expires_at": NOW + timedelta(hours=8), "changed_by": "s"}
        columns |= {"patient_id": request.patient_id, "request_id": request.id, "status": ReservationStatus.CONFIRMED}
        session.add(Reservation(code="res", donor_id=donor, day=ON, changed_at=NOW, **columns))
    with registry.read_session() as session:
        [need] = needs_by_patient(session, ON, ZONE).values()
    assert (need.weeks, need.later) == ((2, 3, 0, 0), 0)


def test_the_whole_is_counted_and_outlives_the_rows_of_patients(registry, snapshot, report):
    direct(registry)
    snapshot(ON - timedelta(days=KEPT_DAYS + 1))
    assert snapshot()["dropped"] == 1
    old = report(ON - timedelta(days=KEPT_DAYS + 1))
    assert (old.entries, old.summary["read"]) == ([], 1)
    facts = report().day.facts
    untyped = facts["quality"]["untyped"]
    assert [untyped[name] for name in ("HLA-A", "HLA-B", "HLA-C", "HPA-1", "CD36")] == [0, 1, 10, 10, 10]
    assert facts["donors"] == 14
