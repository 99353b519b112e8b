"""The selection over the whole registry is that of asking the rule about each donor and sorting."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.campaign_life import CampaignStatus, Stage, Step
from domain.invitation import NEVER, Candidate, Criteria, Fatigue, find_exclusion, place
from domain.windows import anniversary
from models.campaign import Campaign, Channel, Invitation, InvitationStep, Purpose
from models.database import make_engines
from models.donor import NEVER_DAY, Donor, DonorEligibilityGap
from models.patient import Patient
from models.rare_donor import RareDonorCare
from models.reservation import DonorCall, Reservation
from services.campaigns.contact_rules import contact_rules
from services.campaigns.selection import EPOCH, exclusions_of, select_invitees
from services.prevalences import shares_by_ancestry
from tests.conftest import NOW, TODAY, copy_sqlite

DAY = (TODAY - EPOCH).days
TARGETS = [{"kind": "cd36_negative"}, {"kind": "hpa_negative", "antigen": "HPA-1a"}]
SHOWS = {
    "cd36_negative": ("cd36", {"negative type I": True, "négatif": True, "positive": False, "+": False}),
    "hpa_negative": ("hpa_1", {"b/b": True, "a/b": False, "a/a": False}),
}

days = st.sampled_from([0, DAY - 40, DAY, DAY + 10, DAY + 60, NEVER_DAY])
donors = st.lists(
    st.fixed_dictionaries(
        {
            "consent_contact": st.sampled_from([True, True, True, False]),
            "status": st.sampled_from(["active", "active", "active", "deferred", "inactive"]),
            "ancestry": st.sampled_from([None, "", "african", "asian", "european"]),
            "region": st.sampled_from([None, "Bretagne", "Corse"]),
            "abo": st.sampled_from([None, "A", "O"]),
            "cd36": st.sampled_from(["", "", "", "?", "negative type I", "négatif", "positive", "+"]),
            "hpa_1": st.sampled_from(["", "", "b/b", "a/b", "a/a", "1a+"]),
            "eligible_from_day": days,
            "eligible_until_day": st.sampled_from([NEVER_DAY, NEVER_DAY, DAY, DAY + 30]),
            "gap": st.sampled_from([None, None, None, (DAY - 5, DAY), (DAY - 5, DAY + 20), (DAY, DAY + 70)]),
            "consent_withdrawn_at": st.sampled_from([None, None, None, NOW]),
            "restricted_at": st.sampled_from([None, None, None, None, NOW]),
            "erased_at": st.sampled_from([None, None, None, None, NOW]),
            "otherwise": st.sampled_from([None, None, 0, 5, 27, 28, 200]),  # days since a contact of no campaign
            "called": st.booleans(),  # and whether that was a call about a donation, or noted by hand
            "past": st.lists(
                st.tuples(
                    st.sampled_from([0, 1, 2]),  # which campaign
                    st.sampled_from([Stage.SELECTED, Stage.CONTACTED, Stage.REFUSED, Stage.LOST]),
                    st.lists(st.integers(0, 500), max_size=5),  # days since each contact
                    st.booleans(),  # answered
                ),
                max_size=2,
                unique_by=lambda one: one[0],
            ),
        }
    ),
    min_size=1,
    max_size=12,
)
criteria = st.fixed_dictionaries(
    {
        "regions": st.lists(st.sampled_from(["Bretagne", "Corse"]), max_size=1),
        "ancestries": st.lists(st.sampled_from(["african", "asian"]), max_size=2, unique=True),
        "abo": st.lists(st.sampled_from(["A", "O"]), max_size=1),
        "min_answer_rate": st.sampled_from([None, None, 0.5]),
        "eligible_within_days": st.sampled_from([None, None, 28]),
    }
)


def campaign(number: int, status: CampaignStatus, **columns) -> Campaign:
    base = {"code": f"C{number}", "name": "n", "purpose": Purpose.STOCK, "created_at": NOW, "created_by": "t"}
    return Campaign(**base, status=status, **columns)


def put(session, rows, target, asked) -> list[Campaign]:
    """The campaigns (the first is the one that asks) and the donors, with what they lived through."""
    campaigns = [
        campaign(0, CampaignStatus.RUNNING, target=target, criteria=asked),
        campaign(1, CampaignStatus.RUNNING),
        campaign(2, CampaignStatus.CLOSED),
    ]
    session.add_all(campaigns)
    for number, row in enumerate(rows):
        columns = {name: value for name, value in row.items() if name not in ("past", "gap", "otherwise", "called")}
        donor = Donor(donor_number=f"D{number:02d}", created_at=NOW, updated_at=NOW, **columns)
        session.add(donor)
        session.flush()
        if row["gap"]:
            session.add(DonorEligibilityGap(donor_id=donor.id, from_day=row["gap"][0], until_day=row["gap"][1]))
        if row["otherwise"] is not None:
            put_otherwise(session, donor, TODAY - timedelta(days=row["otherwise"]), called=row["called"])
        for which, stage, contacts, answered in row["past"]:
            put_past(session, donor, campaigns[which], stage, contacts, answered)
    session.flush()
    return campaigns


def put_otherwise(session, donor, on, *, called) -> None:
    if not called:
        session.add(RareDonorCare(donor_id=donor.id, contacted_on=on, changed_at=NOW, changed_by="t"))
        return
    patient = Patient(patient_number=f"P{donor.donor_number}", created_at=NOW, updated_at=NOW)
    session.add(patient)
    session.flush()
    held = {"held_by": "t", "held_at": NOW, "expires_at": NOW, "changed_by": "t", "changed_at": NOW, "day": TODAY}
    row = Reservation(code=donor.donor_number, donor_id=donor.id, patient_id=patient.id, **held)
    session.add(row)
    session.flush()
    session.add(DonorCall(reservation_id=row.id, at=NOW, on_day=on, actor="t", outcome="voicemail"))


def put_past(session, donor, of, stage, contacts, answered) -> None:
    invitation = Invitation(
        code=f"{of.code}-{donor.donor_number}",
        campaign_id=of.id,
        donor_id=donor.id,
        stage=stage,
        selected_at=NOW,
        contacted_at=NOW if contacts else None,
        answered_at=NOW if contacts and answered else None,
    )
    session.add(invitation)
    session.flush()
    for ago in contacts:
        on = TODAY - timedelta(days=ago)
        session.add(
            InvitationStep(
                invitation_id=invitation.id,
                donor_id=donor.id,
                step=Step.CONTACT,
                from_stage=Stage.SELECTED,
                to_stage=Stage.CONTACTED,
                channel=Channel.PHONE,
                at=datetime(on.year, on.month, on.day, tzinfo=UTC),
                on_day=on,
                actor="t",
            )
        )


def candidate(number, row, target) -> Candidate:
    """The same donor as the rule reads them, from the drawn values and not from the database."""
    column, said = SHOWS[target["kind"]]
    since = anniversary(TODAY, -1)
    made = [TODAY - timedelta(days=ago) for _, _, contacts, _ in row["past"] for ago in contacts]
    recent = [on for on in made if on > since]
    otherwise = [] if row["otherwise"] is None else [TODAY - timedelta(days=row["otherwise"])]
    return Candidate(
        donor_number=f"D{number:02d}",
        consents=row["consent_contact"],
        withdrawn=row["consent_withdrawn_at"] is not None,
        kept_apart=row["restricted_at"] is not None or row["erased_at"] is not None,
        active=row["status"] == "active",
        known=said.get(row[column]),
        in_this=any(which == 0 for which, *_ in row["past"]),
        in_another=any(which == 1 and stage in (Stage.SELECTED, Stage.CONTACTED) for which, stage, *_ in row["past"]),
        region=row["region"],
        abo=row["abo"],
        ancestry=row["ancestry"],
        eligible_from=first_day(row),
        eligible_until=day_of(row["eligible_until_day"]),
        contacts_12m=len(recent),
        last_contact_on=max(recent + otherwise, default=None),
        asked=sum(bool(contacts) for _, _, contacts, _ in row["past"]),
        answered=sum(bool(contacts) and answered for _, _, contacts, answered in row["past"]),
    )


def first_day(row):
    """Day by day: the first from today on that lies in no gap; without a gap ahead, when they could first give."""
    since, gap = row["eligible_from_day"], row["gap"]
    if gap is None or gap[1] <= DAY or since == NEVER_DAY:
        return day_of(since)
    return day_of(next(day for day in range(max(since, DAY), NEVER_DAY) if not gap[0] <= day < gap[1]))


def day_of(day):
    return NEVER if day == NEVER_DAY else EPOCH + timedelta(days=day)


def check(engines, rows, target, asked, limit):
    """On both databases where they are there; everything is rolled back, so that no example sees another."""
    with engines.write_session() as session:
        campaigns = put(session, rows, target, asked)
        found = select_invitees(session, campaigns[0], limit=limit, today=TODAY)
        numbers = dict(session.execute(sa.select(Donor.__table__.c.id, Donor.__table__.c.donor_number)).all())
        against = exclusions_of(session, campaigns[0], list(numbers), today=TODAY)
        session.rollback()
    wanted = Criteria(
        frozenset(asked["regions"]), frozenset(asked["ancestries"]), frozenset(asked["abo"]),
        asked["min_answer_rate"], asked["eligible_within_days"],
    )  # fmt: skip
    fatigue = Fatigue(contact_rules().most_contacts_12m, contact_rules().days_between)
    shares = shares_by_ancestry(target)
    people = [candidate(number, row, target) for number, row in enumerate(rows)]
    codes = {one.donor_number: find_exclusion(one, wanted, fatigue, today=TODAY) for one in people}
    free = sorted(
        (one for one in people if codes[one.donor_number] is None), key=lambda one: place(one, shares, today=TODAY)
    )
    assert [one.donor_number for one in found.invited] == [one.donor_number for one in free[:limit]]
    assert found.eligible == len(free)
    assert found.eligible + sum(found.excluded.values()) == len(rows)
    assert found.excluded == {code: list(codes.values()).count(code) for code in set(codes.values()) - {None}}
    assert {numbers[donor]: code for donor, code in against.items()} == {n: c for n, c in codes.items() if c}


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory, migrated_sqlite):
    folder = tmp_path_factory.mktemp("selection")
    copy_sqlite(migrated_sqlite, folder / "s.sqlite")
    engines = make_engines(f"sqlite:///{folder / 's.sqlite'}")
    yield engines
    engines.dispose()


@settings(max_examples=30)
@given(donors, st.sampled_from(TARGETS), criteria, st.integers(0, 12))
def test_the_selection_is_that_of_a_loop_over_donors(sqlite, rows, target, asked, limit):
    check(sqlite, rows, target, asked, limit)


@pytest.mark.slow
@settings(max_examples=150)
@given(rows=donors, target=st.sampled_from(TARGETS), asked=criteria, limit=st.integers(0, 12))
def test_the_selection_is_that_of_a_loop_over_donors_at_length(sqlite, rows, target, asked, limit):
    check(sqlite, rows, target, asked, limit)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=donors, target=st.sampled_from(TARGETS), asked=criteria, limit=st.integers(0, 12))
def test_postgresql_selects_alike(postgres_engines, rows, target, asked, limit):
    check(postgres_engines, rows, target, asked, limit)


@pytest.fixture
def postgres_engines(postgres_url, app_on):
    return app_on(postgres_url).extensions["phenotheque"].engines
