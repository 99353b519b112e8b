"""The forecast on the small registry: needs on record, days of giving, what closes a gap, and what is refused."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule, UnusableInput
from domain.supply_forecast import forecast
from domain.supply_span import Span
from models.audit import AuditEvent
from models.directive import AboRule
from models.patient_need import PatientNeed
from models.reservation import Reservation, ReservationStatus
from services.directives import Wording, set_directive
from services.forecast.days import GivingDays, reserved_days
from services.forecast.needs import Needs, Standing, end_need, record_need
from services.forecast.page import open_forecast, open_overview
from services.forecast.relaxing import KINDS, relaxations
from services.forecast.saying import short_state
from services.forecast.supply import COUNTRY, OWN, Ground, Question, supply_of
from services.matching.engine import sweep
from services.matching.snapshots import current_index
from services.patients import Request
from services.requests import create_request
from services.searches import lay
from services.wording.catalogue import sentence
from tests.small_registry import BEADS, NOW, ON, PATIENT, D, put_donors, put_patient, put_serum

ZONE = "Europe/Paris"
ASKED = Question(ON, NOW, ZONE)
EDGE = {"actor": "test", "now": NOW, "today": ON}
SPAN = Span(weeks=8, ready_days=1, shelf_days=5, interval_days=28)


@pytest.fixture
def put(registry):
    """Writes in one transaction: `put(record_need, patient_number="P1", …)`."""

    def put(service, **given):
        with registry.write_session() as session:
            return service(session, **given)

    return put


@pytest.fixture
def need(put):
    return lambda units="1", number="P1", **more: put(
        record_need, patient_number=number, typed={"units_per_week": units, "reason": "allogreffe", **more}, **EDGE
    )


@pytest.fixture
def ask(registry, fresh):
    store = fresh()

    def ask(number="P1", **asked):
        with registry.read_session() as session:
            return open_forecast(session, store, number=number, question=replace(ASKED, **asked), locale="en")

    return ask


@pytest.fixture
def direct(put):
    def direct(threshold=1000, number="P1", **wording):
        put(set_directive, patient_number=number, wording=Wording(threshold, **wording), actor="test", now=NOW)

    return direct


def test_without_a_directive_the_middle_threshold_is_shown_and_without_a_need_nothing_is_compared(ask):
    found = ask()
    assert (found["threshold_mfi"], found["prescribed"], found["region"]) == (2000, False, "Bretagne")
    assert "threshold_not_prescribed" in [issue["code"] for issue in found["issues"]]
    assert not found["need"]["any"]
    assert [week["need"] for week in found["weeks"]] == [0] * 8
    assert (found["first_gap"], found["relaxations"]) == (None, [])
    assert found["weeks"][0]["givers"] > 0


def test_a_directive_not_signed_that_ends_within_the_weeks_is_told(ask, direct):
    direct(valid_until=ON + timedelta(days=50))
    told = [[one["code"] for one in ask(weeks=weeks)["issues"] if "directive" in one["code"]] for weeks in (7, 8)]
    assert told == [["directive_not_signed"], ["directive_lapses_soon", "directive_not_signed"]]


def test_donors_of_each_week_are_those_whom_the_search_says_may_give(ask, registry, fresh, direct):
    direct()
    found = ask(scope=COUNTRY, weeks=2)
    with registry.read_session() as session:
        laid = lay(session, fresh(), patient_number="P1", request=Request(), on=ON)
        may = [sweep(laid.matching, [1000], ON + timedelta(days=day)).national(0)["available"] for day in range(14)]
    assert found["donors"] == sweep(laid.matching, [1000], ON).national(0)["compatible"]
    # PT0012 is away to 30 November and PT0004 from 1 December: they are counted where they may give at all
    assert found["weeks"][0]["givers"] >= max(may[:7])
    assert found["weeks"][1]["givers"] >= max(may[7:])


def test_days_of_giving_are_those_of_the_index_and_none_near_a_reservation(registry, fresh):
    with registry.read_session() as session:
        index, _ = current_index(session, fresh())
        someone = int(index.donor_id[3])
        days = GivingDays(index, ON, SPAN, {someone: [40]})
    for row in range(len(index.donor_id)):
        [held] = days.stock(np.array([row])) or {0: 1}
        may = [bool(index.eligible_rows(ON + timedelta(days=day))[row]) for day in range(SPAN.days)]
        if index.donor_id[row] == someone:
            may = [one and abs(day - 40) >= 28 for day, one in enumerate(may)]
        assert [bool(held >> day & 1) for day in range(SPAN.days)] == may
    assert days.reserved_among(np.arange(len(index.donor_id))) == 1


def test_an_open_request_and_a_weekly_need_are_added(ask, need, put):
    typed = {"hospital": "CHU", "units": "2", "needed_on": "2026-12-01", "needed_at": "18:00", "urgency": "planned"}
    put(create_request, patient_number="P1", typed=typed, zone=ZONE, actor="test", now=NOW)
    need("1", from_on="2026-11-30", until_on="2026-12-20")
    found = ask(scope=COUNTRY)
    assert [week["need"] for week in found["weeks"]] == [0, 3, 1, 1, 0, 0, 0, 0]
    assert found["need"]["requests"][0]["needed_on"] == date(2026, 12, 1)
    assert found["need"]["standing"][0]["reason"] == "allogreffe"


def test_what_is_late_is_wanted_in_the_first_week_and_what_lies_beyond_is_told(ask, put):
    for day, units in (("2026-11-23", "1"), ("2027-03-01", "4")):
        typed = {"hospital": "CHU", "units": units, "needed_on": day, "needed_at": "18:00", "urgency": "planned"}
        put(create_request, patient_number="P1", typed=typed, zone=ZONE, actor="test", now=NOW)
    with_late = ask(on=date(2026, 11, 25))
    assert with_late["weeks"][0]["need"] == 1
    assert [one["late"] for one in with_late["need"]["requests"]] == [True, False]
    assert with_late["later"] == 4


def test_a_reservation_for_another_patient_takes_the_donor_away_and_one_that_ran_out_does_not(ask, put, registry):
    before = ask(scope=COUNTRY)
    with registry.write_session() as session:
        other = put_patient(session, "P9", PATIENT)
        for donor, expires in ((1, NOW + timedelta(hours=5)), (2, NOW - timedelta(hours=1))):
            session.add(
                Reservation(
                    code=f"R{donor}", donor_id=donor, patient_id=other.id, day=ON + timedelta(days=2),
                    status=ReservationStatus.HELD, held_by="x", held_at=NOW, expires_at=expires,
                    changed_by="x", changed_at=NOW,
                )
            )  # fmt: skip
        session.flush()
        assert set(reserved_days(session, ON, SPAN, NOW)) == {1}
    after = ask(scope=COUNTRY)
    assert after["reserved_donors"] == 1
    assert [week["givers"] for week in after["weeks"][:4]] == [week["givers"] - 1 for week in before["weeks"][:4]]
    assert after["weeks"][4]["givers"] == before["weeks"][4]["givers"]


def test_each_relaxation_is_the_forecast_of_a_directive_that_says_so(ask, need, direct, put):
    """What is told of a relaxed condition is what the page says once the directive is changed to it."""
    direct(1000, loci="A,B,C", abo_rule=AboRule.IDENTICAL)
    need("7")
    found = ask(weeks=4)
    assert found["first_gap"] is not None
    kinds = {tuple(one["kinds"]) for one in found["relaxations"]}
    assert {("threshold",), ("abo",), ("region",), ("locus_c",)} <= kinds
    for one in found["relaxations"]:
        direct(
            one["threshold_mfi"] or 1000,
            loci="A,B" if one["without_c"] else "A,B,C",
            abo_rule=AboRule(one["abo_rule"] or "identical"),
        )
        told = ask(weeks=4, scope=COUNTRY if one["whole_country"] else OWN)
        assert (told["donors"], told["missing"]) == (one["donors"], one["missing"])
        assert told["first_gap"] == one["first_gap"]
        assert one["lets_in"]["donors"] == told["donors"] - found["donors"]
        assert one["closes"] == (told["missing"] == 0)


def test_the_threshold_told_is_the_least_that_closes_the_gap(registry, fresh, direct, need):
    """Everybody blocked by an anti-A2 bead of 3,000.4 MFI is let in at 3,001 and not before."""
    with registry.write_session() as session:
        put_donors(session, [D(f"Q{n}", "A*02:03 A*03 B*08 B*49", more={"abo": "A"}) for n in range(6)])
        sample = put_patient(session, "P2", PATIENT, region="Bretagne")
        put_serum(
            session,
            sample,
            "T1",
            BEADS.replace("A*02:03=3000", "A*02:03=3000.4")
            .replace("=9000", "=3000.2")
            .replace("A*02:06=7000", "A*02:06=1100"),
        )
    direct(1000, "P2")
    need("4", "P2")
    store = fresh()
    with registry.read_session() as session:
        ground = Ground(session, store, replace(ASKED, weeks=1))
        supply = supply_of(session, ground, "P2")
        assert supply.forecast.first_gap == 0
        [least] = [one.conditions for one in relaxations(ground, supply) if one.kinds == ("threshold",)][:1]
        rows = supply.reach.rows

        def missing(mfi):
            stock = ground.days.stock(rows(replace(supply.reach.base, threshold_mfi=mfi)))
            return forecast(stock, supply.needs.days(ON, ground.span), ground.span).missing

        assert missing(least.threshold_mfi) == 0
        assert all(missing(mfi) for mfi in range(1000, least.threshold_mfi, 100))
        assert missing(least.threshold_mfi - 1) > 0


def test_pairs_are_tried_where_nothing_alone_closes_the_gap_and_what_is_left_is_said(ask, need, direct):
    direct(1000, abo_rule=AboRule.IDENTICAL)
    need("21")
    found = ask(weeks=2)
    assert found["closed_by"] == 0
    pairs = [one for one in found["relaxations"] if len(one["kinds"]) == 2]
    assert {one["kinds"][0] for one in pairs} <= set(KINDS)
    assert len(pairs) == 3  # threshold, ABO and region, two by two
    alone = [one["missing"] for one in found["relaxations"] if len(one["kinds"]) == 1]
    assert min(one["missing"] for one in pairs) <= min(alone)


def test_the_overview_begins_with_the_soonest_gap(registry, fresh, need, direct):
    with registry.write_session() as session:
        for number, region in (("P2", "Corse"), ("P3", None), ("P4", "Bretagne")):
            put_serum(session, put_patient(session, number, PATIENT, region=region), f"S{number}", BEADS)
    direct(5000, "P2")  # no need
    need("21", "P3")
    direct(1000, "P1")
    need("1", "P1", from_on="2026-12-20")
    store = fresh()
    with registry.read_session() as session:
        shown = open_overview(session, store, question=ASKED, region=None, locale="en")
        corse = open_overview(session, store, question=ASKED, region="Corse", locale="en")
    assert [one["patient"] for one in shown["patients"]] == ["P3", "P1", "P2"]  # P4 has neither directive nor need
    assert shown["regions"] == ["Bretagne", "Corse", "unassigned"]
    assert [one["patient"] for one in corse["patients"]] == ["P2"]
    assert shown["patients"][0]["region"] is None  # not known: the whole country


def test_who_needs_units_before_any_donation_is_ready_stands_first_and_is_not_called_met(
    registry, fresh, need, direct, put
):
    direct(5000, "P1")
    typed = {"hospital": "CHU", "units": "2", "needed_on": ON.isoformat(), "needed_at": "23:00", "urgency": "bleeding"}
    put(create_request, patient_number="P1", typed=typed, zone=ZONE, actor="test", now=NOW)
    with registry.write_session() as session:
        put_serum(session, put_patient(session, "P3", PATIENT), "SP3", BEADS)
    need("21", "P3")
    store = fresh()
    with registry.read_session() as session:
        first = open_overview(session, store, question=ASKED, region=None, locale="en")["patients"][0]
    assert first["patient"] == "P1"
    met_later = {**first, "first_gap": None}
    assert short_state(met_later, lambda code, said: sentence(code, said, "en")) == "2 wanted before any donation is ready"


def test_a_patient_without_a_serum_has_only_donors_of_their_own_antigens_and_it_is_said(registry, ask, need):
    with registry.write_session() as session:
        put_patient(session, "P5", PATIENT)
    need("1", "P5")
    found = ask("P5")
    assert found["donors"] == 2  # those who hold nothing that the patient lacks
    assert found["missing"] > 0
    assert "no_sample" in [issue["code"] for issue in found["issues"]]


def test_weeks_that_are_none_are_refused(ask):
    for weeks in (0, -1, 27, 1000):
        with pytest.raises(UnusableInput) as refused:
            ask(weeks=weeks)
        assert refused.value.code == "forecast_weeks"


def test_a_scope_that_is_none_and_an_unknown_patient_are_refused(ask):
    with pytest.raises(UnusableInput):
        ask(scope="moon")
    with pytest.raises(NotFound):
        ask("P77")


FAULTY = [
    ({"units_per_week": ""}, "units_per_week", "need_needs.units_per_week"),
    ({"units_per_week": "-2"}, "units_per_week", "number_out_of_range"),
    ({"units_per_week": "0"}, "units_per_week", "number_out_of_range"),
    ({"units_per_week": "500"}, "units_per_week", "number_out_of_range"),
    ({"units_per_week": "1.5"}, "units_per_week", "number_not_whole"),
    ({"reason": "  "}, "reason", "need_needs.reason"),
    ({"reason": "x" * 501}, "reason", "text_too_long"),
    ({"from_on": "2026-12-10", "until_on": "2026-12-01"}, "until_on", "need_reversed"),
    ({"from_on": "2026-10-01", "until_on": "2026-11-01"}, "until_on", "need_over"),
    ({"from_on": "2126-12-01"}, "from_on", "need_too_far"),
    ({"until_on": "2126-12-01"}, "until_on", "need_too_far"),
    ({"from_on": "31/02/2026"}, "from_on", "date_does_not_exist"),
]


def test_a_need_that_cannot_be_meant_is_refused(put):
    for typed, field, code in FAULTY:
        with pytest.raises(InvalidFields) as refused:
            put(record_need, patient_number="P1", typed={"units_per_week": "1", "reason": "x", **typed}, **EDGE)
        assert [(fault.field, fault.code) for fault in refused.value.faults] == [(field, code)], typed


def test_every_fault_of_a_need_is_told_at_once(put):
    with pytest.raises(InvalidFields) as refused:
        put(record_need, patient_number="P1", typed={"units_per_week": "x", "until_on": "x"}, **EDGE)
    assert {fault.field for fault in refused.value.faults} == {"units_per_week", "until_on", "reason"}


def test_two_needs_never_count_on_the_same_days_and_an_ended_one_counts_no_more(need, put, registry, ask):
    code = need("2", until_on="2026-12-20").code
    with pytest.raises(RefusedByRule) as refused:
        need("3", from_on="2026-12-20")
    assert refused.value.code == "need_on_record"
    need("3", from_on="2026-12-21")
    put(end_need, patient_number="P1", code=code, actor="test", now=NOW)
    with pytest.raises(RefusedByRule) as again:
        put(end_need, patient_number="P1", code=code, actor="test", now=NOW)
    assert again.value.code == "need_ended_already"
    with pytest.raises(NotFound):
        put(end_need, patient_number="P1", code="x", actor="test", now=NOW)
    assert [one["units_per_week"] for one in ask()["need"]["standing"]] == [3]


def test_the_trail_says_what_was_recorded_and_ended_and_never_the_reason(need, put, registry):
    code = need("2", reason="Madame Quelquundautre attend").code
    put(end_need, patient_number="P1", code=code, actor="test", now=NOW)
    with registry.read_session() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.subject_key == "P1")).all()
        row = session.exec(select(PatientNeed)).one()
        raw = session.connection().exec_driver_sql("SELECT reason FROM patient_need").scalar()
    assert [event.action for event in events][-2:] == ["need_recorded", "need_ended"]
    assert "Quelquundautre" not in str([event.details for event in events])
    assert row.reason == "Madame Quelquundautre attend"
    assert "Quelquundautre" not in raw


def test_a_need_falls_on_spread_days_within_its_first_and_last():
    weekly = Standing("x", 2, ON + timedelta(days=6), ON + timedelta(days=11), "", "", datetime.now(UTC))
    assert Counter(Needs(standing=(weekly,)).days(ON, SPAN)) == Counter([7, 11])
