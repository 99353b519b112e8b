"""Any story of several campaigns, donors, days and coordinators keeps the promises of campaigns.

Counts agree with the steps, the funnel narrows, no campaign contacts anybody whom we contacted that day for whatever
reason, nor above the cap over all campaigns, an opt-out always wins, and what is refused changes nothing.
"""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlmodel import select

from domain.campaign_life import TRANSITIONS, CampaignStatus, Stage, Step
from domain.contacting import Outcome
from domain.errors import InvalidFields, RefusedByRule
from domain.windows import anniversary
from models.campaign import Campaign, Channel, Invitation, InvitationStep
from models.donor import Donor
from models.patient import Patient
from models.rare_donor import RareDonorCare
from models.reservation import DonorCall, Reservation
from services.calls import record_call
from services.campaigns.appointments import GIVEN_BY_PEOPLE, appoint, lose, miss, sample
from services.campaigns.call_list import list_invited
from services.campaigns.contact_rules import contact_rules
from services.campaigns.contacts import BY_PEOPLE, claim, record_outcome
from services.campaigns.progress import FUNNEL, campaign_progress
from services.campaigns.steps import get_invitation, take_step
from services.donor_consent import set_consent
from tests.recruiting import NOW, TIMING, put_campaign, put_invitation
from tests.reserving import someone
from tests.small_registry import put_small_registry

DONORS = ("PT0001", "PT0002", "PT0007")
CAMPAIGNS = ("first", "second", "third")
PEOPLE = {login: someone("coordinator", login=login) for login in ("coo", "other")}

which = st.integers(0, len(DONORS) * len(CAMPAIGNS) - 1)
people = st.sampled_from(sorted(PEOPLE))
channels = st.sampled_from(BY_PEOPLE)
laboratory_steps = st.sampled_from([Step.RESULT, Step.CONFIRM, Step.EXCLUDE])


def promise(session, donor):
    """A donation that the donor promised, about which they may be called at any time."""
    day = date(2035, 1, 1)
    patient = session.exec(select(Patient.id)).first()
    at = datetime(2035, 1, 1, tzinfo=UTC)
    return Reservation(
        code=donor.donor_number, donor_id=donor.id, patient_id=patient, day=day, held_by="sea", held_at=NOW,
        status="confirmed", expires_at=at, changed_by="sea", changed_at=NOW,
    )  # fmt: skip


class Campaigns(RuleBasedStateMachine):
    """Coordinators and a laboratory at work; `engines` is put in by the test."""

    engines = None

    def __init__(self):
        super().__init__()
        self.timing = TIMING
        self.opted_out: dict[int, int] = {}  # donor → the last step there was when they opted out
        self.otherwise = []  # donor, day and the last step there was, of each contact that no campaign made
        with self.engines.write_session() as session:
            for table in (InvitationStep, Invitation, Campaign, DonorCall, Reservation, RareDonorCare):
                for row in session.exec(select(table)).all():
                    session.delete(row)
                session.flush()
            for donor in session.exec(select(Donor).where(Donor.donor_number.in_(DONORS))).all():
                donor.consent_contact, donor.consent_withdrawn_at = True, None
                session.add(promise(session, donor))
            for name in CAMPAIGNS:
                campaign = put_campaign(session, name)
                for donor in DONORS:
                    put_invitation(session, campaign, donor)
        self.codes = self.read(lambda session: session.exec(select(Invitation.code).order_by(Invitation.id)).all())

    def read(self, ask):
        with self.engines.read_session() as session:
            return ask(session)

    def picture(self, session):
        """Everything that a step may change."""
        tables = (Campaign, Invitation, InvitationStep)
        return [[row.model_dump() for row in session.exec(select(t).order_by(t.id)).all()] for t in tables]

    def attempt(self, do):
        """Do something; where it is refused, nothing has changed by then, so that even a commit keeps nothing."""
        with self.engines.write_session() as session:
            before = self.picture(session)
            try:
                do(session)
            except (RefusedByRule, InvalidFields):
                assert self.picture(session) == before
                return False
        return True

    def version(self, session, code):
        return get_invitation(session, code).version_id

    @rule(of=which, by=people, outcome=st.sampled_from(list(Outcome)), channel=channels, days=st.integers(0, 9))
    def contact(self, of, by, outcome, channel, days):
        code = self.codes[of]

        def do(session):
            found = get_invitation(session, code)
            record_outcome(
                session, code=code, outcome=outcome, channel=channel, version=found.version_id, by=PEOPLE[by],
                timing=self.timing, later_on=self.timing.today + timedelta(days=days),
            )  # fmt: skip
            if outcome is Outcome.OPT_OUT:
                self.remember(session, found.donor_id)

        done = self.attempt(do)
        assert done or outcome is not Outcome.OPT_OUT

    def remember(self, session, donor_id):
        steps = session.exec(select(InvitationStep.id).where(InvitationStep.donor_id == donor_id)).all()
        self.opted_out.setdefault(donor_id, max(steps, default=0))

    @rule(of=st.integers(0, len(DONORS) - 1), by=people, noted=st.booleans())
    def contact_otherwise(self, of, by, noted):
        """A call about a promised donation, which no rule of campaigns refuses, or a contact noted by hand."""

        def do(session):
            donor = session.exec(select(Donor).where(Donor.donor_number == DONORS[of])).one()
            if noted:
                care = session.get(RareDonorCare, donor.id) or RareDonorCare(donor_id=donor.id, changed_by=by)
                care.contacted_on, care.changed_at = self.timing.today, self.timing.now
                session.add(care)
            else:
                called = {"version": 1, "by": PEOPLE[by], "timing": self.timing}
                record_call(session, code=DONORS[of], outcome="voicemail", **called)
            steps = session.exec(select(InvitationStep.id)).all()
            self.otherwise.append((donor.id, self.timing.today, max(steps, default=0)))

        assert self.attempt(do) or DONORS[of] in self.silent()

    def silent(self):
        """The donors who may not be called at all."""
        query = select(Donor.donor_number).where(Donor.consent_contact.is_(False))
        return self.read(lambda session: session.exec(query).all())

    @rule(of=which, by=people)
    def take(self, of, by):
        self.attempt(lambda session: claim(session, code=self.codes[of], by=PEOPLE[by], timing=self.timing))

    @rule(of=which, by=people, deed=st.sampled_from([appoint, miss, sample, lose]), hours=st.integers(-5, 60))
    def do(self, of, by, deed, hours):
        at = self.timing.now + timedelta(hours=hours)
        more = {"at": at, "channel": BY_PEOPLE[hours % len(BY_PEOPLE)]} if deed is appoint else {}
        more |= {"reason": GIVEN_BY_PEOPLE[of % len(GIVEN_BY_PEOPLE)]} if deed is lose else {}

        def do(session):
            code = self.codes[of]
            version = self.version(session, code)
            deed(session, code=code, version=version, by=PEOPLE[by], timing=self.timing, **more)

        self.attempt(do)

    @rule(of=which, step=laboratory_steps)
    def test_in_laboratory(self, of, step):
        def do(session):
            found = get_invitation(session, self.codes[of])
            take_step(session, found, step, channel=Channel.LABORATORY, actor="lab", timing=self.timing)

        self.attempt(do)

    @rule(of=st.integers(0, len(DONORS) - 1))
    def withdraw_consent_elsewhere(self, of):
        def do(session):
            donor = session.exec(select(Donor).where(Donor.donor_number == DONORS[of])).one()
            set_consent(
                session, number=DONORS[of], version=donor.version_id, agreed=False, on=self.timing.today,
                reason="asked", actor="dpo", now=self.timing.now, today=self.timing.today,
            )  # fmt: skip
            self.remember(session, donor.id)

        assert self.attempt(do)

    @rule(of=st.integers(0, len(CAMPAIGNS) - 1), status=st.sampled_from(list(CampaignStatus)))
    def change_status(self, of, status):
        def do(session):
            session.exec(select(Campaign).where(Campaign.name == CAMPAIGNS[of])).one().status = status

        self.attempt(do)

    @rule(minutes=st.sampled_from([1, 10, 60, 24 * 60, 3 * 24 * 60, 29 * 24 * 60, 200 * 24 * 60]))
    def wait(self, minutes):
        self.timing = replace(self.timing, now=self.timing.now + timedelta(minutes=minutes))

    @invariant()
    def counts_are_consistent(self):
        def look(session):
            for campaign in session.exec(select(Campaign)).all():
                progress = campaign_progress(session, campaign)
                assert sum(progress.present.values()) == len(DONORS) == progress.count("selected")
                counts = [progress.count(stage) for stage in FUNNEL]
                assert counts == sorted(counts, reverse=True)
            for row in session.exec(select(Invitation)).all():
                self.follow(session, row)

        self.read(look)

    def follow(self, session, row):
        """The steps of an invitation lead along the table to where it stands, and account for its counts."""
        steps = session.exec(
            select(InvitationStep).where(InvitationStep.invitation_id == row.id).order_by(InvitationStep.id)
        ).all()
        at, taken = Stage.SELECTED, Counter(one.step for one in steps)
        for one in steps:
            assert (one.from_stage, TRANSITIONS[at, one.step]) == (at, one.to_stage)
            at = one.to_stage
        assert (row.stage, row.attempts) == (at, taken[Step.CONTACT])
        assert bool(row.sampled_at) == bool(taken[Step.SAMPLE])
        assert bool(row.found_at) == bool(taken[Step.RESULT])
        assert bool(row.tested_at) == bool(taken[Step.RESULT] + taken[Step.EXCLUDE])
        assert bool(row.confirmed_at) == bool(taken[Step.CONFIRM])
        assert bool(row.agreed_at) == bool(taken[Step.AGREE])

    @invariant()
    def nobody_is_contacted_too_often(self):
        days = defaultdict(list)
        for one in self.contacts():
            days[one.donor_id].append(one.on_day)
        for contacted in days.values():
            assert len(set(contacted)) == len(contacted), "twice on one day"
            for day in contacted:
                within = [one for one in contacted if anniversary(day, -1) < one <= day]
                assert len(within) <= contact_rules().most_contacts_12m

    @invariant()
    def no_campaign_disturbs_whom_we_contacted_otherwise(self):
        made = self.contacts()
        solicited = (Stage.SELECTED, Stage.CONTACTED, Stage.UNREACHABLE)
        for donor_id, day, last in self.otherwise:
            after = [one for one in made if one.donor_id == donor_id and one.id > last]
            assert not [one for one in after if one.on_day == day]
            until = day + timedelta(days=contact_rules().days_between)
            assert not [one for one in after if one.on_day < until and one.from_stage in solicited]

    @invariant()
    def an_appointment_of_ours_is_given_in_a_contact(self):
        steps = self.read(lambda session: session.exec(select(InvitationStep).order_by(InvitationStep.id)).all())
        for given in steps:
            if given.step is Step.APPOINT and given.channel is not Channel.INCOMING:
                before = [one for one in steps if one.invitation_id == given.invitation_id and one.id < given.id]
                assert before[-1].step in (Step.CONTACT, Step.AGREE, Step.APPOINT)
                assert before[-1].actor == given.actor
                assert given.at - before[-1].at < timedelta(days=1)

    def contacts(self):
        query = select(InvitationStep).where(
            InvitationStep.step == Step.CONTACT, InvitationStep.channel != Channel.INCOMING
        )
        return self.read(lambda session: session.exec(query.order_by(InvitationStep.id)).all())

    @invariant()
    def an_opt_out_always_wins(self):
        def look(session):
            for donor_id, last in self.opted_out.items():
                after = session.exec(
                    select(InvitationStep).where(InvitationStep.donor_id == donor_id, InvitationStep.id > last)
                ).all()
                assert after == []
                stages = session.exec(select(Invitation.stage).where(Invitation.donor_id == donor_id)).all()
                assert set(stages) <= {Stage.OPTED_OUT, Stage.CONFIRMED, Stage.NOT_FOUND, Stage.LOST}
                assert not session.get_one(Donor, donor_id).consent_contact

        self.read(look)

    @invariant()
    def the_list_to_call_holds_nobody_who_may_not_be_contacted(self):
        def look(session):
            for campaign in session.exec(select(Campaign)).all():
                found = {
                    name: list_invited(
                        session, campaign, which=name, by=someone("reader"), timing=self.timing, limit=99, offset=0
                    )
                    for name in ("to_call", "all")
                }
                assert {one.code for one in found["to_call"]} == {
                    one.code for one in found["all"] if self.should_be_called(campaign, one)
                }

        self.read(look)

    def should_be_called(self, campaign, one):
        """By the obstacles that the domain finds, which the query knows nothing of."""
        running, due = (
            campaign.status is CampaignStatus.RUNNING,
            one.next_on is None or one.next_on <= self.timing.today,
        )
        passing = {None, "quiet_day", "quiet_hours", "attempts_exhausted"}
        free = (one.obstacle.code if one.obstacle else None) in passing
        return running and due and free and not one.fault and one.stage in ("selected", "contacted", "later")


def tell(engines, **more):
    made = type("Told", (Campaigns,), {"engines": engines})
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(made, settings=settings(deadline=None, suppress_health_check=quiet, **more))


@pytest.fixture
def registry(engines):
    with engines.write_session() as session:
        put_small_registry(session)
    return engines


def test_a_short_story_keeps_every_promise(registry):
    tell(registry, max_examples=5, stateful_step_count=15, derandomize=True)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_long_stories_keep_every_promise(registry):
    tell(registry, max_examples=80, stateful_step_count=60)
