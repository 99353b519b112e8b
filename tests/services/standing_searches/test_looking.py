"""The nightly look: what is told of a small registry after each thing that can happen, to whom, and only once."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from sqlmodel import select

from domain.errors import NotFound, RefusedByRule, UnusableInput
from domain.list_change import Step
from domain.reservation import Timing
from models.antibody import SerumSample
from models.directive import Directive
from models.donor import DonationKind, Donor
from models.patient import Patient
from models.reservation import Reservation
from models.standing_search import StandingChange, StandingFacts, StandingLook, StandingSearch
from models.subscription import Subscription, Topic
from services.directive_drafts import Removal
from services.directives import close_directive
from services.donor_consent import restrict_donor, set_consent
from services.donor_records import lift_deferral, record_deferral, record_donation
from services.donor_tests.recording import SampleResult, record_test
from services.donors import mark_registry_changed
from services.matching.engine import sweep
from services.matching.snapshots import SnapshotStore, current_index
from services.patients import Request
from services.reference import active_reference
from services.searches import lay
from services.standing_searches import looking, running
from services.standing_searches.comparing import Between
from services.standing_searches.differing import Difference, Seen
from services.standing_searches.facts import Ordered, read_facts
from services.standing_searches.kept_case import keep_case
from services.standing_searches.listing import changed_today, list_searches, open_search_file
from services.standing_searches.telling import tell
from services.standing_searches.watching import find_open_search, stop_watching, watch_patient
from tests.small_registry import BEADS, NOW, ON, PATIENT, D, put_donors, put_serum
from tests.standing import FREED, changes, direct, donor, latest, look, morning, watch


def news(engines, day, since=None, **scope):
    subscription = Subscription(
        code="s", account_id=1, topic=Topic.STANDING_SEARCHES, scope=scope, created_at=NOW, created_by="x"
    )
    with engines.read_session() as session:
        return tell(session, subscription, ON + timedelta(days=day), since and ON + timedelta(days=since))


def told(engines, day, number="P1"):
    """The changes at the look of a day, which must be the last."""
    with engines.read_session() as session:
        found = latest(session, number)
        assert found.local_day == ON + timedelta(days=day)
        return changes(session, number)


def test_the_counts_are_those_of_a_search_of_that_day(watched, tmp_path):
    with watched.read_session() as session:
        for number in ("P1", "P2"):
            laid = lay(session, SnapshotStore(tmp_path), patient_number=number, request=Request(), on=ON)
            counts = sweep(laid.matching, [1000], ON)
            found, expected = latest(session, number).counts, counts.national(0)
            assert (found["available"], found["compatible"]) == (expected["available"], expected["compatible"])
            by_region = counts.by_region(0, "unassigned")
            assert found["regions"] == {
                name: {what: row[what] for what in ("compatible", "available")}
                for name, row in by_region.items()
                if row["compatible"]
            }
    assert news(watched, 0) is None


def test_a_new_serum_that_frees_donors_is_told_for_that_patient_alone(watched, tmp_path):
    with watched.write_session() as session:
        put_serum(
            session,
            session.exec(select(Patient).where(Patient.patient_number == "P1")).one(),
            "S2",
            FREED,
            run_on=ON + timedelta(1),
        )
    done = look(watched, tmp_path, 1)
    assert (done["changed"], done["new"], done["lost"]) == (1, 1, 0)
    assert told(watched, 1) == {"PT0005": ("new", "new_serum")}
    assert told(watched, 1, "P2") == {}
    found = news(watched, 1)
    assert (found.summary.code, found.summary.params) == (
        "standing_news", {"searches": 1, "new": 1, "lost": 0, "ended": 0}
    )  # fmt: skip
    assert [(one.code, one.params, one.address) for one in found.lines] == [
        (
            "standing_line.new",
            {"patient": "P1", "count": 1, "reason": "standing_cause.new_serum"},
            "/standing-searches/P1",
        )
    ]
    with watched.read_session() as session:
        file = open_search_file(session, number="P1", day=None)
        assert ("sera", "S1 (1)", "S2 (1)") in file.case_changes
        assert [one.patient for one in changed_today(session, on=ON + timedelta(1))] == ["P1"]


def test_a_donor_newly_confirmed_cd36_negative_is_told_for_the_patient_who_needs_one(watched, tmp_path):
    timing = Timing(NOW + timedelta(hours=1), "Europe/Paris", 24)
    with watched.write_session() as session:
        for sample in ("C1", "C2"):
            result = SampleResult("PT0001", "CD36", "negative type I", sample, ON)
            record_test(session, result=result, campaign=None, actor="laboratory", timing=timing)
    look(watched, tmp_path, 1)
    assert (told(watched, 1, "P2"), told(watched, 1)) == ({"PT0001": ("new", "new_typing")}, {})
    with watched.read_session() as session:
        [row] = open_search_file(session, number="P2", day=None).rows
        assert row.details["typing"] == {"CD36": ["", "negative type I"]}
        p2 = session.exec(select(Patient.id).where(Patient.patient_number == "P2")).one()
        p1 = session.exec(select(Patient.id).where(Patient.patient_number == "P1")).one()
    assert news(watched, 1, patient=p2).summary.params["new"] == 1
    assert news(watched, 1, patient=p1) is None
    assert news(watched, 1, region="Bretagne").lines[0].params == {
        "patient": "P2", "region": "Bretagne", "new": 1, "lost": 0
    }  # fmt: skip
    assert news(watched, 1, region="Corse") is None


def deed(session, number, do, **asked):
    row = donor(session, number)
    return do(session, number=number, version=row.version_id, actor="coordinator", now=morning(1), **asked)


def test_what_happens_to_donors_is_put_down_to_what_it_was(watched, tmp_path):
    with watched.write_session() as session:
        deed(session, "PT0001", record_deferral, from_on=ON, until_on=ON + timedelta(5), reason="travel")
        giving = {"given_on": ON, "kind": DonationKind.PLATELETS, "actor": "nurse", "now": morning(1)}
        record_donation(session, donor=donor(session, "PT0002"), **giving)
        put_donors(session, [D("PT0015", PATIENT, "Corse"), D("PT0016", PATIENT)], now=morning(1))
    look(watched, tmp_path, 1)
    assert told(watched, 1) == {
        "PT0001": ("lost", "deferred"),
        "PT0002": ("lost", "gave"),
        "PT0015": ("new", "new_donor"),
        "PT0016": ("new", "new_donor"),
    }
    with watched.write_session() as session:
        deferral = deed(session, "PT0001", record_deferral, from_on=ON, until_on=ON + timedelta(9), reason="again")
        deed(session, "PT0001", lift_deferral, deferral_id=deferral.id, reason="a mistake")
        deed(session, "PT0015", restrict_donor, reason="asked", today=ON)
        deed(session, "PT0016", set_consent, agreed=False, on=ON, reason="asked", today=ON)
    look(watched, tmp_path, 2)
    assert told(watched, 2) == {"PT0015": ("lost", "donor_removed"), "PT0016": ("lost", "consent")}
    look(watched, tmp_path, 6)
    assert told(watched, 6) == {"PT0001": ("new", "eligible_again")}


def test_the_directive_that_lets_more_through_is_the_cause(watched, tmp_path):
    with watched.write_session() as session:
        direct(
            session,
            remove=[Removal("A2", "weak in the crossmatch"), Removal("B44", "the same"), Removal("B60", "the same")],
        )
    look(watched, tmp_path, 1)
    found = told(watched, 1)
    assert found
    assert {cause for _, cause in found.values()} == {"directive_changed"}
    assert found["PT0005"] == ("new", "directive_changed")
    assert told(watched, 1, "P2") == {}


def test_again_on_one_day_gives_the_same_and_the_next_day_nothing(watched, tmp_path):
    with watched.write_session() as session:
        deed(session, "PT0001", record_deferral, from_on=ON, until_on=ON + timedelta(30), reason="travel")
    first = look(watched, tmp_path, 1)
    kept = told(watched, 1)
    assert look(watched, tmp_path, 1) == first
    assert (told(watched, 1), kept) == (kept, {"PT0001": ("lost", "deferred")})
    assert look(watched, tmp_path, 2)["changed"] == 0
    assert (told(watched, 2), news(watched, 2)) == ({}, None)
    assert news(watched, 2, since=0).summary.params["lost"] == 1
    with watched.read_session() as session:
        assert len(session.exec(select(StandingFacts.id)).all()) == 2  # of the last two looks
        assert len(session.exec(select(StandingLook.id)).all()) == 6


def test_a_day_before_the_last_look_changes_nothing(watched, tmp_path):
    assert look(watched, tmp_path, -1)["searches"] == 0
    with watched.read_session() as session:
        assert {one.local_day for one in session.exec(select(StandingLook)).all()} == {ON}


def test_a_run_that_dies_leaves_nothing_and_the_next_tells_all(watched, tmp_path, monkeypatch):
    with watched.write_session() as session:
        deed(session, "PT0001", record_deferral, from_on=ON, until_on=None, reason="travel")

    def die(*_args, **_kwargs):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("services.standing_searches.keeping._forget", die)
        with pytest.raises(MemoryError):
            look(watched, tmp_path, 1)
    with watched.read_session() as session:
        assert session.exec(select(StandingChange)).all() == []
        assert len(session.exec(select(StandingFacts)).all()) == 1
    look(watched, tmp_path, 1)
    assert told(watched, 1) == {"PT0001": ("lost", "deferred")}


def test_a_directive_that_cannot_be_read_says_why_once_and_is_compared_again_later(watched, tmp_path):
    with watched.write_session() as session:
        patient = session.exec(select(Patient).where(Patient.patient_number == "P1")).one()
        row = session.exec(select(Directive).where(Directive.patient_id == patient.id)).one()
        row.sample_code = "GONE"
        deed(session, "PT0002", record_deferral, from_on=ON, until_on=ON + timedelta(90), reason="travel")
    assert look(watched, tmp_path, 1)["unreadable"] == 1
    assert [one.code for one in news(watched, 1).lines] == ["standing_line.unreadable"]
    look(watched, tmp_path, 2)
    assert news(watched, 2) is None
    with watched.read_session() as session:
        assert latest(session).fault_code == news(watched, 1).lines[0].params["reason"]
        [one, other] = list_searches(session)
        assert (one.look.fault_code is None, other.look.fault_code) == (False, None)
    with watched.write_session() as session:
        session.exec(select(Directive).where(Directive.patient_id == patient.id)).one().sample_code = None
    look(watched, tmp_path, 3)
    assert told(watched, 3) == {"PT0002": ("lost", "deferred")}
    with watched.read_session() as session:
        assert latest(session).since_day == ON


def test_a_closed_directive_ends_the_search_and_is_told_once(watched, tmp_path):
    with watched.write_session() as session:
        close_directive(session, patient_number="P1", actor="doctor", now=morning(1))
    assert look(watched, tmp_path, 1)["ended"] == 1
    found = news(watched, 1)
    assert (found.summary.code, [one.code for one in found.lines]) == ("standing_ended", ["standing_line.ended"])
    assert look(watched, tmp_path, 2)["ended"] == 0
    assert news(watched, 2) is None
    with watched.read_session() as session:
        assert [one.patient for one in list_searches(session)] == ["P2"]
        assert open_search_file(session, number="P1", day=None).search.end_reason == "directive_closed"


def test_a_search_ended_while_the_registry_is_read_is_left_alone(watched, tmp_path):
    with watched.read_session() as session:
        night = looking.look_at_all(session, SnapshotStore(tmp_path), on=ON + timedelta(1), now=morning(1))
    with watched.write_session() as session:
        patient = session.exec(select(Patient).where(Patient.patient_number == "P1")).one()
        version = find_open_search(session, patient.id).version_id
        asked = {"number": "P1", "actor": "searcher", "on": ON, "now": NOW}
        with pytest.raises(RefusedByRule, match="changed_meanwhile"):
            stop_watching(session, version=version + 1, **asked)
        stop_watching(session, version=version, **asked)
    with watched.write_session() as session:
        assert running.keep_night(session, night, now=morning(1))["searches"] == 1
    assert news(watched, 1) is None  # whoever ends one by hand knows


def test_only_a_directive_in_force_is_watched_and_only_once(registry):
    with registry.write_session() as session:
        with pytest.raises(RefusedByRule, match="standing_no_directive"):
            watch(session)
        direct(session)
        watch(session)
        with pytest.raises(RefusedByRule, match="standing_watched_already"):
            watch(session)
        with pytest.raises(NotFound, match="unknown_patient"):
            watch_patient(session, number="P9", actor="searcher", now=NOW)
        assert len(session.exec(select(StandingSearch)).all()) == 1


def test_a_kept_case_answers_as_the_case_itself(registry, tmp_path):
    """Edits at every level, a rule on HPA, CD36 and ABO, a peak of two sera: laid over from what was kept."""
    with registry.write_session() as session:
        patient = session.exec(select(Patient)).one()
        put_serum(session, patient, "S0", BEADS.replace("A*32:01", "A*33:01"), run_on=ON - timedelta(20))
        edits = {"add": ("Bw4", "A*11:01"), "remove": [Removal("B60", "weak")], "serum": "peak", "peak_months": 12}
        direct(session, hpa_antibodies=("HPA-1a",), anti_cd36=True, abo_rule="no-major", **edits)
        assert len(session.exec(select(SerumSample)).all()) == 2
    with registry.read_session() as session:
        laid = lay(session, SnapshotStore(tmp_path), patient_number="P1", request=Request(), on=ON)
        kept = keep_case(laid.case, 1000)
        over = kept.over(laid.index, active_reference(session), None)
        for mfi in (200, 1000, 5000):
            assert sweep(over, [mfi], ON).national(0) == sweep(laid.matching, [mfi], ON).national(0)
        assert over.directive == laid.case.directive
        assert over.reading.profile.beads == laid.case.profile.beads


def test_a_reserved_donor_stays_available_and_that_they_are_kept_is_told(watched, tmp_path):
    with watched.write_session() as session:
        p2 = session.exec(select(Patient.id).where(Patient.patient_number == "P2")).one()
        kept = {"donor_id": donor(session, "PT0001").id, "patient_id": p2, "day": ON + timedelta(3), "held_by": "x"}
        times = {"held_at": NOW, "expires_at": NOW + timedelta(hours=30), "changed_by": "x", "changed_at": NOW}
        session.add(Reservation(code="r", **kept, **times))
    look(watched, tmp_path, 1)
    assert told(watched, 1) == {"PT0001": ("changed", "reserved")}
    with watched.read_session() as session:
        [row] = open_search_file(session, number="P1", day=None).rows
        assert row.details["reserved"] == [None, "2026-11-25"]
        assert "P2" not in str(row.details)
        assert latest(session).counts["available"] == latest(session).counts["since"]
    look(watched, tmp_path, 2)  # nobody confirmed it in time
    assert told(watched, 2) == {"PT0001": ("changed", "released")}


def read_anew(session, rules, moment):
    """As after another table of rules that lets nobody give before 2027: every record is worked out anew."""
    session.execute(sa.update(Donor).where(Donor.searchable).values(eligible_from_day=20_820))
    state = mark_registry_changed(session, now=moment)
    state.rules_name = rules


def test_what_other_rules_of_eligibility_do_is_not_put_down_to_donors(watched, tmp_path):
    with watched.write_session() as session:
        giving = {
            "given_on": ON,
            "kind": DonationKind.PLATELETS,
            "actor": "nurse",
            "now": morning(1) - timedelta(hours=1),
        }
        record_donation(session, donor=donor(session, "PT0002"), **giving)
        read_anew(session, "FR-2027", morning(1))
    look(watched, tmp_path, 1)
    found = told(watched, 1)
    assert found["PT0002"] == ("lost", "gave")
    assert found["PT0001"] == ("lost", "rule_table")


def test_what_another_nomenclature_reads_anew_is_not_a_new_typing(watched, tmp_path):
    """The typings that nobody touched are read as others: the release is the cause, but of who was typed since."""
    with watched.read_session() as session:
        index, _ = current_index(session, SnapshotStore(tmp_path))
        now = read_facts(session, Ordered(index), codes="", on=ON, now=NOW)
        ids = [donor(session, number).id for number in ("PT0001", "PT0002")]
    texts = {**now.texts, "A": tuple(f"{text}x" for text in now.texts["A"])}
    before = replace(now, reference="another", texts=texts)
    between = Between(before, now, np.array(ids[:1]), np.zeros(0, dtype=np.int64))
    same = dict(zip(between.ids.tolist(), between.same_typing.tolist(), strict=True))
    assert (same.pop(ids[0]), set(same.values())) == (False, {True})
    everybody = np.ones(len(now.ids), dtype=bool)
    seen = [Seen(one, np.zeros(int(one.sum()), dtype=np.uint8)) for one in (everybody, ~everybody)]
    worlds = {Step.DONOR: ~everybody}
    totals = Difference(between, *seen, worlds, by_release=True).totals()
    assert totals["lost"] == {"new_typing": 1, "reference_release": int(now.eligible.sum()) - 1}


def test_no_search_no_facts(registry, tmp_path):
    assert look(registry, tmp_path, 0)["searches"] == 0
    with registry.read_session() as session:
        assert session.exec(select(StandingFacts)).all() == []


def test_donors_read_with_another_nomenclature_stop_the_look(watched, tmp_path, monkeypatch):
    def refuse(*_args):
        raise UnusableInput("registry_read_with_other", used="x", active="y")

    monkeypatch.setattr("services.directives_in_force.check_derivation", refuse)
    with pytest.raises(UnusableInput, match="registry_read_with_other"):
        look(watched, tmp_path, 1)
    with watched.read_session() as session:
        assert latest(session).local_day == ON
