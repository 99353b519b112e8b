"""The rare-donor file: entering, leaving, confirmation, care, alerts; on the small registry."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule
from domain.reservation import Timing
from jobs.daily import run_daily
from models.audit import AuditEvent
from models.donor import Donation, Donor
from models.donor_test import DonorTest
from models.job import JobRun
from models.patient import Patient
from models.rare_donor import RareDonor, RareDonorCare, RareStatus
from models.reservation import Reservation
from services.directives import Wording, set_directive
from services.donor_consent import erase_donor, restrict_donor, set_consent
from services.donor_edits import record_typing
from services.rare_donors import finding, refreshing
from services.rare_donors.care import Care, read_care, set_care
from services.rare_donors.file import open_card, open_file, rare_alert_counts
from services.rare_donors.filtering import RareFilter
from services.rare_donors.listing import Eyes, rare_entries
from services.rare_donors.refreshing import refresh_rare_donors
from services.uploads.folder import UploadFolder
from tests.reserving import NOW, TIMING, TODAY
from tests.small_registry import put_small_registry

ALL = Eyes(reservations=True, patients=True)
RARE = "PT0007"  # CD36-negative of unknown type, HPA-1b/1b; 1 of 2 typed


def later(days: int) -> Timing:
    return Timing(NOW + timedelta(days=days), TIMING.timezone, TIMING.hold_hours)


@pytest.fixture
def made(registry):
    """The engines of the small registry, its file made."""
    refresh(registry)
    return registry


def refresh(engines, now=NOW):
    with engines.write_session() as session:
        return refresh_rare_donors(session, now=now, actor="test")


def entry(engines, number=RARE, timing=TIMING, eyes=ALL):
    with engines.read_session() as session:
        return next(one for one in rare_entries(session, eyes=eyes, timing=timing) if one.number == number)


def alerts(engines, timing=TIMING, number=RARE):
    return [one.code.removeprefix("rare_alert.") for one in entry(engines, number, timing).alerts]


def put_test(engines, sample, result="negative", analyte="CD36", number=RARE, **more):
    with engines.write_session() as session:
        donor = session.exec(select(Donor.id).where(Donor.donor_number == number)).one()
        columns = {"tested_on": TODAY, "recorded_at": NOW, "recorded_by": "laboratory", **more}
        session.add(DonorTest(donor_id=donor, analyte=analyte, result=result, sample_code=sample, **columns))


def type_anew(engines, number=RARE, **platelets):
    with engines.write_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == number)).one()
        asked = {"number": number, "version": donor.version_id, "reason": "retyped", "confirmed": True}
        hla = f"{donor.hla_a_1} {donor.hla_a_2} {donor.hla_b_1} {donor.hla_b_2}"
        record_typing(session, hla=hla, platelets=platelets, **asked, actor="laboratory", now=NOW)


def reserve_for(engines, day=TODAY, number=RARE, **directive):
    with engines.write_session() as session:
        donor = session.exec(select(Donor.id).where(Donor.donor_number == number)).one()
        patient = session.exec(select(Patient.id).where(Patient.patient_number == "P1")).one()
        if directive:
            wording = Wording(threshold_mfi=2_000, **directive)
            set_directive(session, patient_number="P1", wording=wording, actor="scientist", now=NOW)
        columns = {"held_by": "s", "held_at": NOW, "expires_at": NOW + timedelta(hours=8), "changed_by": "s"}
        session.add(
            Reservation(code=f"r-{day}", donor_id=donor, patient_id=patient, day=day, changed_at=NOW, **columns)
        )


def test_the_typing_on_record_puts_a_donor_in_the_file(made):
    found = entry(made)
    assert [(one.phenotype, one.status) for one in found.standing] == [
        ("cd36_negative_type_unknown", RareStatus.SUSPECTED),
        ("hpa_1a_negative", RareStatus.SUSPECTED),
    ]
    assert found.months == 6
    assert found.next_recall_on == date(2027, 5, 22)


def test_an_antigen_seen_alone_by_serology_is_no_homozygote(made):
    with made.read_session() as session:
        found = {one.number for one in rare_entries(session, eyes=ALL, timing=TIMING)}
    assert "PT0010" not in found  # A2 -, B7 B8
    assert found == {RARE}


def test_a_second_refresh_changes_nothing_and_says_nothing(made):
    with made.read_session() as session:
        before = [one.model_dump() for one in session.exec(select(RareDonor))]
        trail = len(session.exec(select(AuditEvent)).all())
    done = refresh(made, NOW + timedelta(days=1))
    assert (done.donors, done.moved) == (1, False)
    with made.read_session() as session:
        assert [one.model_dump() for one in session.exec(select(RareDonor))] == before
        assert len(session.exec(select(AuditEvent)).all()) == trail


def test_the_file_is_the_same_read_a_donor_at_a_time(registry, monkeypatch):
    def moved():
        refresh(registry)
        with registry.write_session() as session:
            kept = sorted(session.exec(select(RareDonor.donor_id, RareDonor.phenotype, RareDonor.subjects)).all())
            assert kept
            for row in session.exec(select(RareDonor)):  # all change at once: the next refresh writes each again
                row.status, row.subjects = RareStatus.CONFIRMED, "HPA-0x"
        return kept

    whole = moved()
    monkeypatch.setattr(finding, "AT_ONCE", 1)
    monkeypatch.setattr(refreshing, "AT_ONCE", 1)
    assert moved() == whole


def test_another_typing_moves_the_donor_out_and_keeps_the_row(made):
    type_anew(made, hpa_1="a/b", cd36="negative")
    assert refresh(made).withdrawn == 1
    found = {one.phenotype: one for one in entry(made).shown}
    assert found["hpa_1a_negative"].status is RareStatus.WITHDRAWN
    assert found["hpa_1a_negative"].withdrawn_on == TODAY
    assert found["cd36_negative_type_unknown"].status is RareStatus.SUSPECTED


def test_a_donor_who_shows_it_again_comes_back(made):
    type_anew(made, hpa_1="a/b", cd36="negative")
    refresh(made)
    type_anew(made, hpa_1="b/b", cd36="negative")
    assert refresh(made, NOW + timedelta(days=3)).entered == 1
    found = {one.phenotype: one for one in entry(made).shown}["hpa_1a_negative"]
    assert (found.status, found.withdrawn_on, found.since) == (RareStatus.SUSPECTED, None, TODAY + timedelta(days=3))


def test_a_restricted_donor_leaves_the_file(made):
    with made.write_session() as session:
        version = session.exec(select(Donor.version_id).where(Donor.donor_number == RARE)).one()
        restrict_donor(session, number=RARE, version=version, reason="asked", actor="c", now=NOW, today=TODAY)
    assert refresh(made).withdrawn == 2
    assert entry(made).status is RareStatus.WITHDRAWN


def test_two_samples_confirm_and_one_does_not(made):
    put_test(made, "S-1")
    assert refresh(made).confirmed == 0
    put_test(made, "S-2")
    assert refresh(made).confirmed == 1
    assert [one.status for one in entry(made).standing] == [RareStatus.CONFIRMED, RareStatus.SUSPECTED]


def test_a_withdrawn_result_confirms_nothing(made):
    put_test(made, "S-1")
    put_test(made, "S-2", withdrawn_at=NOW, withdrawn_by="l", withdrawal_reason="mixed up")
    assert refresh(made).confirmed == 0


def test_samples_that_disagree_confirm_nothing_and_are_announced(made):
    for sample, result in (("S-1", "negative"), ("S-2", "negative type II"), ("S-3", "positive")):
        put_test(made, sample, result)
    refresh(made)
    assert entry(made).standing[0].status is RareStatus.SUSPECTED
    assert "contradicted" in alerts(made)


def test_a_genotype_is_confirmed_by_two_samples_of_its_own_system(made):
    put_test(made, "S-1", "b/b", "HPA-1")
    put_test(made, "S-2", "b/b", "HPA-1")
    put_test(made, "S-3", "b/b", "HPA-3")
    refresh(made)
    assert [one.status for one in entry(made).standing] == [RareStatus.SUSPECTED, RareStatus.CONFIRMED]


def test_a_second_sample_is_overdue_after_ninety_days(made):
    assert "confirmation" not in alerts(made, later(90))
    assert "confirmation" in alerts(made, later(91))


def test_a_donation_counts_as_a_contact(made):
    with made.write_session() as session:
        donor = session.exec(select(Donor.id).where(Donor.donor_number == RARE)).one()
        session.add(
            Donation(donor_id=donor, given_on=date(2026, 9, 1), kind="platelets", recorded_at=NOW, recorded_by="c")
        )
    found = entry(made)
    assert (found.last_contact_on, found.next_recall_on) == (date(2026, 9, 1), date(2027, 3, 1))


def test_a_donation_told_by_a_file_counts_as_a_contact(made):
    with made.write_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == RARE)).one()
        donor.last_donation_on = date(2026, 10, 24)
        session.add(RareDonorCare(donor_id=donor.id, contacted_on=date(2026, 5, 6), changed_at=NOW, changed_by="c"))
    assert entry(made).last_contact_on == date(2026, 10, 24)
    with made.read_session() as session:
        card = open_card(session, number=RARE, eyes=ALL, timing=TIMING)
    assert [(one.on, one.source) for one in card.contacts] == [
        (date(2026, 10, 24), "donation"),
        (date(2026, 5, 6), "by_hand"),
    ]


def test_who_withdraws_consent_is_announced_and_not_called(made):
    with made.write_session() as session:
        version = session.exec(select(Donor.version_id).where(Donor.donor_number == RARE)).one()
        set_consent(
            session, number=RARE, version=version, agreed=False, on=TODAY, reason="letter", actor="c", now=NOW,
            today=TODAY,
        )  # fmt: skip
    assert alerts(made, later(400)) == ["not_callable"]


def test_reserved_for_a_patient_who_does_not_need_it(made):
    reserve_for(made, hpa_antibodies=["HPA-5b"])
    assert alerts(made) == ["unneeded"]


@pytest.mark.parametrize("need", [{"anti_cd36": True}, {"hpa_antibodies": ["HPA-1a"]}])
def test_reserved_for_a_patient_who_needs_one_of_the_phenotypes(made, need):
    reserve_for(made, **need)
    assert alerts(made) == []
    assert entry(made).reserved[0].patient == "P1"


def test_who_sees_no_reservations_is_told_of_none(made):
    reserve_for(made)
    blind = entry(made, eyes=Eyes(reservations=False, patients=True))
    assert (blind.reserved, blind.alerts) == ((), ())
    assert entry(made, eyes=Eyes(reservations=True, patients=False)).reserved[0].patient is None


def test_a_past_day_is_no_longer_reserved(made):
    reserve_for(made, day=TODAY - timedelta(days=1))
    assert entry(made).reserved == ()


def test_the_counts_of_the_first_page_are_those_of_the_list(made):
    reserve_for(made)
    with made.read_session() as session:
        counts = rare_alert_counts(rare_entries(session, eyes=ALL, timing=TIMING), TODAY)
        file = open_file(session, asked=RareFilter(alert="unneeded"), eyes=ALL, timing=TIMING)
    assert counts == {"any": 1, "unneeded": 1}
    assert [one.number for one in file.entries] == [RARE]


def test_the_file_says_what_it_counted_and_that_it_is_stale(made):
    with made.read_session() as session:
        file = open_file(session, asked=RareFilter(), eyes=ALL, timing=TIMING)
    counted = {one.rule.code: one for one in file.counted}
    one = counted["hpa_1a_negative"]
    assert (one.donors, one.shown, one.of, one.standing) == (1, 1, 2, "listed")
    assert 0.01 < one.low < 0.02
    assert 0.98 < one.high < 0.99
    assert not file.stale
    type_anew(made, hpa_1="a/b", cd36="negative")
    with made.read_session() as session:
        assert open_file(session, asked=RareFilter(), eyes=ALL, timing=TIMING).stale


def test_care_is_kept_and_the_trail_does_not_repeat_its_texts(made):
    care = Care(recall_months=3, contacted_on=date(2026, 10, 1), spare=True, exposure="Quelquundautre", note="Zut")
    with made.write_session() as session:
        set_care(session, number=RARE, care=care, version=0, actor="c", now=NOW)
    found = entry(made)
    assert (found.months, found.next_recall_on, found.spare) == (3, date(2027, 1, 1), True)
    with made.read_session() as session:
        assert open_card(session, number=RARE, eyes=ALL, timing=TIMING).care == care
        event = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.action == "rare_care_changed"
    assert event.details["fields"] == ["exposure", "note"]
    assert "Zut" not in str(event.details)
    assert "Quelquundautre" not in str(event.details)


def test_the_second_of_two_who_change_the_same_care_is_refused(made):
    with made.write_session() as session:
        set_care(session, number=RARE, care=Care(note="first"), version=0, actor="c", now=NOW)
    with pytest.raises(RefusedByRule, match="changed_meanwhile"), made.write_session() as session:
        set_care(session, number=RARE, care=Care(note="second"), version=0, actor="d", now=NOW)
    with made.read_session() as session:
        assert session.exec(select(RareDonorCare)).one().note == "first"


def test_a_donor_who_is_not_in_the_file_has_no_card(made):
    with pytest.raises(NotFound, match="unknown_rare_donor"), made.read_session() as session:
        open_card(session, number="PT0001", eyes=ALL, timing=TIMING)


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"recall_months": "0"}, "recall_months", "rare_months_unusable"),
        ({"recall_months": "61"}, "recall_months", "rare_months_unusable"),
        ({"recall_months": "six"}, "recall_months", "rare_months_unusable"),
        ({"recall_months": "²"}, "recall_months", "rare_months_unusable"),
        ({"contacted_on": "2026-11-23"}, "contacted_on", "rare_contact_to_come"),
        ({"contacted_on": "31/02/2026"}, "contacted_on", "date_does_not_exist"),
        ({"note": "x" * 1001}, "note", "note_too_long"),
        ({"exposure": "x" * 1001}, "exposure", "note_too_long"),
    ],
)
def test_care_that_cannot_be_kept_is_said_beside_its_field(typed, field, code):
    with pytest.raises(InvalidFields) as refused:
        read_care(typed, today=TODAY)
    assert [(one.field, one.code) for one in refused.value.faults] == [(field, code)]


def test_every_fault_is_said_at_once():
    with pytest.raises(InvalidFields) as refused:
        read_care({"recall_months": "x", "contacted_on": "x", "note": "x" * 1001}, today=TODAY)
    assert len(refused.value.faults) == 3


def test_the_daily_job_makes_the_file(registry, app):
    assert run_daily(app.extensions["phenotheque"], "rare_donors")
    assert entry(registry).number == RARE
    with registry.read_session() as session:
        assert session.exec(select(JobRun)).one().details["donors"] == 1


def test_nothing_of_the_file_outlives_an_erasure(made, tmp_path):
    with made.write_session() as session:
        set_care(session, number=RARE, care=Care(note="Zut"), version=0, actor="c", now=NOW)
    with made.write_session() as session:
        version = session.exec(select(Donor.version_id).where(Donor.donor_number == RARE)).one()
        asked = {"number": RARE, "repeated_number": RARE, "version": version, "reason": "asked"}
        erase_donor(session, UploadFolder(tmp_path / "uploads"), **asked, actor="c", now=NOW, today=TODAY)
    refresh(made)
    with made.read_session() as session:
        assert session.exec(select(RareDonor)).all() == []
        assert session.exec(select(RareDonorCare)).all() == []


def test_postgresql_makes_the_same_file(app_on, postgres_url):
    engines = app_on(postgres_url).extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_small_registry(session)
    refresh(engines)
    reserve_for(engines)
    put_test(engines, "S-1")
    put_test(engines, "S-2")
    assert refresh(engines).confirmed == 1
    found = entry(engines)
    assert [(one.phenotype, one.status) for one in found.shown] == [
        ("cd36_negative_type_unknown", RareStatus.CONFIRMED),
        ("hpa_1a_negative", RareStatus.SUSPECTED),
    ]
    assert alerts(engines) == ["unneeded"]
