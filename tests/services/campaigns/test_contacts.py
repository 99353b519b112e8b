"""Contacts with invited donors: what each outcome does, what stands against one, and that opting out always wins."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from domain.campaign_life import CampaignStatus, Stage, Step
from domain.errors import InvalidFields, RefusedByRule
from models.audit import AuditEvent
from models.campaign import Campaign, Channel, Invitation, InvitationStep
from models.donor import Donor
from models.patient import Patient
from models.rare_donor import RareDonorCare
from models.reservation import Reservation
from services.calls import record_call
from services.campaigns.appointments import appoint, lose, miss, sample
from services.campaigns.call_list import list_invited
from services.campaigns.contact_rules import contact_rules
from services.campaigns.contacts import claim, record_outcome
from services.campaigns.past import pasts_of
from services.campaigns.steps import get_invitation, take_step
from services.donor_consent import erase_donor, restrict_donor, set_consent
from services.uploads.folder import UploadFolder
from tests.recruiting import NOW, TIMING, later, put_campaign, put_invitation
from tests.reserving import someone
from tests.small_registry import put_small_registry

COO, OTHER = someone("coordinator", login="coo"), someone("coordinator", login="other")
DONOR, SECOND = "PT0001", "PT0002"
TODAY = TIMING.today


@pytest.fixture
def invited(engines):
    """Engines of the small registry, with two running campaigns that both invite one donor."""
    with engines.write_session() as session:
        put_small_registry(session)
        for name in ("first", "second"):
            campaign = put_campaign(session, name)
            put_invitation(session, campaign, DONOR)
        put_invitation(session, campaign, SECOND)
    return engines


def code_of(engines, name="first", donor=DONOR):
    with engines.read_session() as session:
        query = select(Invitation.code).join(Campaign, Campaign.id == Invitation.campaign_id)
        query = query.join(Donor, Donor.id == Invitation.donor_id)
        return session.exec(query.where(Campaign.name == name, Donor.donor_number == donor)).one()


def row(engines, name="first", donor=DONOR) -> Invitation:
    with engines.read_session() as session:
        found = get_invitation(session, code_of(engines, name, donor))
        session.expunge(found)
        return found


def steps(engines, name="first"):
    with engines.read_session() as session:
        query = select(InvitationStep).where(InvitationStep.invitation_id == row(engines, name).id)
        return [one.step for one in session.exec(query.order_by(InvitationStep.id))]


@pytest.fixture
def record(invited):
    """Records an outcome on the invitation as it now is: `record("agreed")`."""

    def do(outcome, *, name="first", channel="phone", timing=TIMING, by=COO, **more):
        version = more.pop("version", None) or row(invited, name).version_id
        with invited.write_session() as session:
            return record_outcome(
                session, code=code_of(invited, name), outcome=outcome, channel=channel, version=version, by=by,
                timing=timing, **more,
            )  # fmt: skip

    return do


@pytest.fixture
def refused(invited, record):
    """The code by which an outcome is refused, once it is sure that nothing changed."""

    def do(outcome, *, name="first", **more):
        before = row(invited, name).model_dump(), steps(invited, name)
        with pytest.raises((RefusedByRule, InvalidFields)) as error:
            record(outcome, name=name, **more)
        assert (row(invited, name).model_dump(), steps(invited, name)) == before
        faults = getattr(error.value, "faults", None)
        return faults[0].code if faults else error.value.code

    return do


def do(engines, deed, *, timing=TIMING, by=COO, **more):
    found = row(engines)
    with engines.write_session() as session:
        return deed(
            session, code=found.code, version=more.pop("version", found.version_id), by=by, timing=timing, **more
        )


@pytest.mark.parametrize(
    ("outcome", "more", "stage", "taken", "due"),
    [
        ("no_answer", {}, Stage.CONTACTED, [Step.CONTACT], TODAY + timedelta(days=contact_rules().retry_days)),
        ("agreed", {}, Stage.AGREED, [Step.CONTACT, Step.AGREE], None),
        (
            "later", {"later_on": date(2026, 12, 24)}, Stage.LATER, [Step.CONTACT, Step.POSTPONE], date(2026, 12, 24),
        ),
        ("refused", {}, Stage.REFUSED, [Step.CONTACT, Step.REFUSE], None),
        ("wrong_number", {}, Stage.UNREACHABLE, [Step.CONTACT, Step.GIVE_UP], None),
        ("opt_out", {}, Stage.OPTED_OUT, [Step.OPT_OUT], None),
    ],
)  # fmt: skip
def test_each_outcome_takes_its_steps(invited, record, outcome, more, stage, taken, due):
    record(outcome, note="Rings at noon", **more)
    found = row(invited)
    assert (found.stage, found.next_on, steps(invited)) == (stage, due, taken)
    assert found.attempts == (Step.CONTACT in taken)
    with invited.read_session() as session:
        last = session.exec(select(InvitationStep).order_by(InvitationStep.id.desc())).first()
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "invitation_recorded")).one()
    assert outcome == "opt_out" or last.note == "Rings at noon"
    assert (event.actor, event.details["outcome"]) == ("coo", outcome)
    assert "Rings" not in str(event.details)


UNUSABLE = [
    ("sung", {}, "contact_outcome_unknown"),
    ("agreed", {"channel": "laboratory"}, "contact_channel_unknown"),
    ("agreed", {"channel": "pigeon"}, "contact_channel_unknown"),
    ("later", {}, "later_needs_day"),
    ("later", {"later_on": TODAY}, "later_not_ahead"),
    ("later", {"later_on": TODAY + timedelta(days=400)}, "later_not_ahead"),
    ("agreed", {"note": "x" * 501}, "note_too_long"),
    ("agreed", {"version": 99}, "changed_meanwhile"),
    ("reached", {}, "outcome_refused"),
    ("give_up", {}, "outcome_refused"),
    ("no_answer", {"channel": "incoming"}, "outcome_refused"),
    ("no_answer", {"timing": later(hours=10)}, "quiet_hours"),
    ("no_answer", {"timing": later(days=5)}, "quiet_day"),
    ("no_answer", {"channel": "sms", "timing": later(hours=10)}, "quiet_hours"),
]


def test_what_cannot_be_recorded_says_why_and_changes_nothing(refused):
    for outcome, more, code in UNUSABLE:
        assert refused(outcome, **more) == code


def test_a_letter_may_be_sent_and_a_donor_may_call_at_any_hour(invited, record):
    record("no_answer", channel="letter", timing=later(hours=10))
    record("agreed", channel="incoming", timing=later(hours=11))
    assert steps(invited) == [Step.CONTACT, Step.AGREE]
    assert row(invited).attempts == 1


def test_nobody_is_contacted_twice_a_day_over_all_campaigns_but_may_call(invited, record, refused):
    record("no_answer")
    assert refused("no_answer", timing=later(hours=1)) == "contacted_today"
    assert refused("no_answer", name="second", timing=later(hours=1)) == "contacted_today"
    record("agreed", name="second", channel="incoming", timing=later(hours=1))
    assert row(invited, "second").stage is Stage.AGREED


def test_campaigns_leave_days_between_their_contacts_unless_the_donor_agreed(invited, record, refused):
    days = contact_rules().days_between
    record("no_answer")
    assert refused("no_answer", name="second", timing=later(days=1)) == "contacted_recently"
    record("agreed", timing=later(days=1))
    assert refused("no_answer", name="second", timing=later(days=days - 1)) == "contacted_recently"
    record("reached", timing=later(days=2))
    record("no_answer", name="second", timing=later(days=2 + days))


def call_about_a_donation(engines, timing):
    with engines.write_session() as session:
        patient = Patient(patient_number="P9", created_at=NOW, updated_at=NOW)
        session.add(patient)
        session.flush()
        reservation = Reservation(
            code="held", donor_id=donor(engines).id, patient_id=patient.id, day=TODAY, held_by="sea", held_at=NOW,
            expires_at=NOW + timedelta(days=9), changed_by="sea", changed_at=NOW,
        )  # fmt: skip
        session.add(reservation)
        session.flush()
        record_call(session, code="held", outcome="voicemail", version=1, by=OTHER, timing=timing)


def note_by_hand(engines, timing):
    with engines.write_session() as session:
        row = RareDonorCare(donor_id=donor(engines).id, contacted_on=timing.today, changed_at=NOW, changed_by="coo")
        session.add(row)


def to_call(engines, timing):
    with engines.read_session() as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == "first")).one()
        found = list_invited(session, campaign, which="to_call", by=someone("reader"), timing=timing, limit=9, offset=0)
        return [one.donor_number for one in found]


@pytest.mark.parametrize("contact", [call_about_a_donation, note_by_hand])
def test_a_contact_made_otherwise_leaves_the_donor_in_peace_and_does_not_count_for_the_cap(
    invited, record, refused, contact
):
    days, evening = contact_rules().days_between, replace(TIMING, now=NOW + timedelta(hours=13, minutes=45))
    contact(invited, evening)  # 23:15 UTC: the next day here
    assert TIMING.today + timedelta(days=1) == evening.today
    assert refused("no_answer", timing=later(days=1)) == "contacted_today"
    assert refused("no_answer", timing=later(days=days)) == "contacted_recently"
    assert [to_call(invited, later(days=n)) for n in (1, days, days + 1)] == [[], [], [DONOR]]
    for chosen in (None, [donor(invited).id]):
        with invited.read_session() as session:
            past = pasts_of(session, None, today=TODAY + timedelta(days=days), donor_ids=chosen)[donor(invited).id]
        assert (past.last_contact_on, past.contacts_12m, past.asked) == (evening.today, 0, 0)
    record("agreed", channel="incoming", timing=later(days=1))
    record("no_answer", name="second", timing=later(days=days + 1))


def test_the_cap_counts_the_contacts_of_twelve_months_over_all_campaigns(invited, record, refused):
    most = contact_rules().most_contacts_12m
    record("agreed")
    for n in range(1, most):
        record("reached", timing=later(days=n))
    assert refused("reached", timing=later(days=14)) == "contact_cap_reached"
    assert refused("no_answer", name="second", timing=later(days=70)) == "contact_cap_reached"
    record("no_answer", name="second", timing=later(days=366))


def test_after_enough_attempts_one_gives_up_or_the_donor_calls(invited, record, refused):
    for n in range(contact_rules().most_attempts):
        record("no_answer", timing=later(days=n))
    after = later(days=14)
    assert refused("no_answer", timing=after) == "attempts_exhausted"
    record("give_up", timing=after)
    assert (row(invited).stage, row(invited).attempts) == (Stage.UNREACHABLE, contact_rules().most_attempts)
    record("agreed", channel="incoming", timing=later(days=15))
    assert row(invited).stage is Stage.AGREED


def test_who_asked_for_later_is_left_alone_until_then(invited, record, refused):
    record("later", later_on=TODAY + timedelta(days=7))
    assert refused("no_answer", timing=later(days=2)) == "asked_for_later"
    record("agreed", timing=later(days=7))
    assert row(invited).next_on is None


def test_the_same_press_twice_is_one_contact(invited, record):
    first = record("no_answer")
    again = record("no_answer", version=1, timing=replace(TIMING, now=NOW + timedelta(seconds=5)))
    assert again.id == first.id
    assert steps(invited) == [Step.CONTACT]


DAY_AFTER = TODAY + timedelta(days=7)
CORRECTED = [
    ("no_answer", {}, "no_answer", {"note": "voicemail"}),
    ("no_answer", {}, "agreed", {}),
    ("no_answer", {}, "no_answer", {"channel": "sms"}),
    ("later", {"later_on": DAY_AFTER}, "later", {"later_on": DAY_AFTER + timedelta(days=1)}),
    ("later", {"later_on": DAY_AFTER}, "refused", {}),
    ("agreed", {"note": "Monday"}, "agreed", {"note": "Tuesday"}),
]


@pytest.mark.parametrize(("first", "more", "second", "other"), CORRECTED)
def test_a_press_that_differs_is_never_swallowed_however_soon(invited, record, refused, first, more, second, other):
    record(first, **more)
    soon = replace(TIMING, now=NOW + timedelta(seconds=5))
    assert refused(second, timing=soon, version=1, **other) == "changed_meanwhile"
    assert refused(second, timing=soon, **other) in ("contacted_today", "asked_for_later", "outcome_refused")
    record(first, timing=soon, version=1, **more)  # the very same once more is one press


def test_the_words_spoken_and_no_answer_are_two_presses(invited, record, refused):
    record("agreed", channel="incoming")
    record("reached", timing=later(days=1))
    soon = replace(later(days=1), now=later(days=1).now + timedelta(seconds=5))
    assert refused("no_answer", timing=soon) == "contacted_today"


def test_a_note_of_a_second_opt_out_is_refused_aloud(record, refused):
    record("opt_out")
    soon = replace(TIMING, now=NOW + timedelta(seconds=5))
    record("opt_out", timing=soon)
    assert refused("opt_out", timing=soon, note="and no letter") == "opt_out_before"


def test_two_coordinators_do_not_call_one_donor(invited, record, refused):
    minutes = contact_rules().claim_minutes
    with invited.write_session() as session:
        claim(session, code=code_of(invited), by=COO, timing=TIMING)
    with pytest.raises(RefusedByRule) as taken, invited.write_session() as session:
        claim(session, code=code_of(invited, "second"), by=OTHER, timing=TIMING)
    assert taken.value.code == "donor_claimed"
    assert taken.value.params == {"by": "coo", "until_time": "10:45"}
    assert refused("agreed", by=OTHER) == "donor_claimed"
    assert refused("agreed", name="second", by=OTHER, timing=later(minutes=minutes - 1)) == "donor_claimed"
    record("no_answer")
    assert row(invited).claimed_by is None
    with invited.write_session() as session:
        claim(session, code=code_of(invited, "second"), by=OTHER, timing=TIMING)


def test_a_claim_ends_by_itself(invited, record):
    with invited.write_session() as session:
        claim(session, code=code_of(invited), by=COO, timing=TIMING)
    record("agreed", by=OTHER, timing=later(minutes=contact_rules().claim_minutes))


def test_only_a_running_campaign_contacts_but_an_opt_out_is_always_taken(invited, record, refused):
    for status in [one for one in CampaignStatus if one is not CampaignStatus.RUNNING]:
        put_status(invited, status)
        assert refused("agreed") == "campaign_takes_no_contact"
    record("opt_out")
    assert row(invited).stage is Stage.OPTED_OUT


def donor(engines, number=DONOR):
    with engines.read_session() as session:
        found = session.exec(select(Donor).where(Donor.donor_number == number)).one()
        session.expunge(found)
        return found


def test_opting_out_withdraws_consent_and_ends_every_invitation(invited, record, refused):
    record("agreed")
    record("opt_out", name="second", version=99, note="never again")
    assert {row(invited).stage, row(invited, "second").stage} == {Stage.OPTED_OUT}
    assert not donor(invited).consent_contact
    assert donor(invited).consent_withdrawn_at == NOW
    assert row(invited, "second", SECOND).stage is Stage.SELECTED
    assert refused("no_answer", timing=later(days=300)) == "donor_not_to_be_contacted"
    assert record("opt_out", timing=later(days=1)) is None


def consent_withdrawn(session, **given):
    set_consent(session, agreed=False, on=TODAY, today=TODAY, **given)


def erased(session, number, tmp_path, **given):
    erase_donor(session, UploadFolder(tmp_path), number=number, repeated_number=number, today=TODAY, **given)


@pytest.mark.parametrize(("act", "stage"), [("consent", Stage.OPTED_OUT), ("restrict", Stage.LOST)])
def test_a_right_used_on_the_donors_page_holds_in_campaigns(invited, record, act, stage):
    record("agreed")
    given = {"number": DONOR, "version": donor(invited).version_id, "reason": "asked", "actor": "dpo", "now": NOW}
    with invited.write_session() as session:
        consent_withdrawn(session, **given) if act == "consent" else restrict_donor(session, today=TODAY, **given)
    assert {row(invited).stage, row(invited, "second").stage} == {stage}
    assert row(invited).lost_reason == ("" if act == "consent" else "restricted")


def test_erasing_a_donor_empties_the_notes_of_their_steps(invited, record, tmp_path):
    with invited.write_session() as session:  # no gift to trace
        found = session.exec(select(Donor).where(Donor.donor_number == DONOR)).one()
        found.last_donation_on = found.last_donation_type = found.donations_12m = None
    record("no_answer", note="Mrs Quelquundautre")
    given = {"version": donor(invited).version_id, "reason": "asked", "actor": "dpo", "now": NOW}
    with invited.write_session() as session:
        erased(session, DONOR, tmp_path, **given)
    with invited.read_session() as session:
        assert {one.note for one in session.exec(select(InvitationStep)).all()} == {""}
    assert (row(invited).stage, row(invited).lost_reason) == (Stage.LOST, "erased")


# --- appointments and samples ---------------------------------------------------------------------------------------


def test_an_appointment_is_given_moved_missed_and_kept(invited, record):
    record("agreed")
    do(invited, appoint, at=NOW + timedelta(days=2))
    do(invited, appoint, at=NOW + timedelta(days=3))
    with pytest.raises(RefusedByRule) as early:
        do(invited, miss)
    assert early.value.code == "appointment_not_come"
    do(invited, miss, timing=later(days=4))
    assert (row(invited).stage, row(invited).appointment_at) == (Stage.AGREED, None)
    do(invited, appoint, at=NOW + timedelta(days=7), timing=later(days=6))
    do(invited, sample, timing=later(days=7))
    assert row(invited).stage is Stage.SAMPLED
    assert row(invited).sampled_at == later(days=7).now
    taken = [Step.APPOINT, Step.APPOINT, Step.MISS, Step.CONTACT, Step.APPOINT, Step.SAMPLE]
    assert steps(invited) == [Step.CONTACT, Step.AGREE, *taken]


AHEAD = NOW + timedelta(days=30)
CALL = contact_rules().claim_minutes
LATE_APPOINTMENTS = [
    ({}, {"timing": later(minutes=CALL)}, "contacted_today"),  # the call is over
    ({}, {"timing": later(minutes=1), "by": OTHER}, "contacted_today"),  # somebody else would call
    ({"channel": "incoming"}, {"timing": later(hours=10)}, "quiet_hours"),
    ({}, {"timing": later(days=5)}, "quiet_day"),
    ({}, {"timing": later(days=1), "claimed": OTHER}, "donor_claimed"),
    ({}, {"timing": later(days=1), "status": CampaignStatus.PAUSED}, "campaign_takes_no_contact"),
    ({}, {"timing": later(days=1), "channel": "pigeon"}, "contact_channel_unknown"),
]


@pytest.mark.parametrize(("answer", "given", "code"), LATE_APPOINTMENTS)
def test_an_appointment_given_later_is_a_contact_under_every_rule(invited, record, answer, given, code):
    record("agreed", **answer)
    timing = given["timing"]
    if "claimed" in given:
        with invited.write_session() as session:
            claim(session, code=code_of(invited, "second"), by=given["claimed"], timing=timing)
    if "status" in given:
        put_status(invited, given["status"])
    asked = {key: value for key, value in given.items() if key in ("timing", "channel", "by")}
    before = row(invited).model_dump(), steps(invited)
    with pytest.raises((RefusedByRule, InvalidFields)) as error:
        do(invited, appoint, at=AHEAD, **asked)
    faults = getattr(error.value, "faults", None)
    assert (faults[0].code if faults else error.value.code) == code
    assert (row(invited).model_dump(), steps(invited)) == before


def test_an_appointment_counts_for_the_cap_and_none_is_given_above_it(invited, record):
    record("agreed")
    for n in range(1, contact_rules().most_contacts_12m):
        do(invited, appoint, at=AHEAD, timing=later(days=n))
    with pytest.raises(RefusedByRule) as error:
        do(invited, appoint, at=AHEAD, timing=later(days=14))
    assert error.value.code == "contact_cap_reached"
    do(invited, appoint, at=AHEAD, timing=later(days=14), channel="incoming")  # the donor called


def test_an_appointment_of_the_same_call_is_no_second_contact(invited, record):
    record("agreed")
    do(invited, appoint, at=AHEAD, timing=later(minutes=CALL - 1))
    do(invited, appoint, at=AHEAD + timedelta(days=1), timing=later(hours=5))  # the day was mistyped
    assert steps(invited) == [Step.CONTACT, Step.AGREE, Step.APPOINT, Step.APPOINT]
    record("no_answer", timing=later(days=1))  # a reminder that nobody heard is no conversation
    with pytest.raises(RefusedByRule):
        do(invited, appoint, at=AHEAD, timing=later(days=1, minutes=1))
    do(invited, appoint, at=AHEAD, timing=later(days=1, minutes=1), channel="incoming")
    assert (steps(invited)[-2:], row(invited).attempts) == ([Step.CONTACT, Step.APPOINT], 2)


def test_the_list_says_whether_the_call_still_goes_on(invited, record):
    record("agreed")
    with invited.write_session() as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == "first")).one()
        seen = [
            list_invited(session, campaign, which="all", by=by, timing=later(minutes=n), limit=9, offset=0)[0].goes_on
            for by, n in ((COO, 1), (COO, CALL), (OTHER, 1))
        ]
    assert seen == [True, False, False]


def test_a_second_sample_is_awaited_and_not_asked_for_again(invited, record):
    record("agreed")
    do(invited, sample)
    with invited.write_session() as session:
        found = get_invitation(session, code_of(invited))
        take_step(session, found, Step.RESULT, channel=Channel.LABORATORY, actor="lab", timing=TIMING)
    assert not row(invited).second_sample
    do(invited, sample, timing=later(days=20))
    assert (row(invited).stage, row(invited).second_sample) == (Stage.TESTED, True)


IMPOSSIBLE = [
    (appoint, {"at": None}, "appointment_needs_time"),
    (appoint, {"at": NOW}, "appointment_not_ahead"),
    (appoint, {"at": NOW + timedelta(days=367)}, "appointment_not_ahead"),
    (appoint, {"at": NOW + timedelta(days=1)}, "invitation_step_refused"),
    (appoint, {"at": NOW + timedelta(days=1), "note": "x" * 501}, "note_too_long"),
    (miss, {}, "no_appointment"),
    (sample, {}, "invitation_step_refused"),
    (sample, {"version": 7}, "changed_meanwhile"),
    (sample, {"note": "x" * 501}, "note_too_long"),
    (lose, {"reason": ""}, "lost_reason_unknown"),
    (lose, {"reason": "erased"}, "lost_reason_unknown"),
]


def test_a_deed_that_cannot_be_says_why_and_changes_nothing(invited):
    before = row(invited).model_dump()
    for deed, more, code in IMPOSSIBLE:
        with pytest.raises((RefusedByRule, InvalidFields)) as error:
            do(invited, deed, **more)
        faults = getattr(error.value, "faults", None)
        assert (faults[0].code if faults else error.value.code) == code
        assert (row(invited).model_dump(), steps(invited)) == (before, [])


def test_a_lost_donor_keeps_why(invited):
    do(invited, lose, reason="moved_away", note="to Lyon")
    assert (row(invited).stage, row(invited).lost_reason) == (Stage.LOST, "moved_away")


def put_status(engines, status):
    with engines.write_session() as session:
        session.exec(select(Campaign).where(Campaign.name == "first")).one().status = status


def test_samples_are_recorded_in_a_paused_campaign_and_not_in_a_closed_one(invited, record):
    record("agreed")
    put_status(invited, CampaignStatus.CLOSED)
    with pytest.raises(RefusedByRule) as error:
        do(invited, sample)
    assert (error.value.code, row(invited).stage) == ("campaign_takes_no_contact", Stage.AGREED)
    put_status(invited, CampaignStatus.PAUSED)
    do(invited, sample)
    assert row(invited).stage is Stage.SAMPLED
