"""The demo's campaign: CD36-negative donors sought overseas, some weeks after its letters went out."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from domain.reservation import Timing
from models.campaign import Campaign, Invitation
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.campaigns.appointments import appoint, sample
from services.campaigns.contacts import record_outcome
from services.campaigns.drafts import create_campaign
from services.campaigns.launching import launch
from services.campaigns.planning import fix_plan, read_assumptions

NAME = "CD36 négatif, outre-mer"
REGIONS = ["Guadeloupe", "Guyane", "La Réunion", "Martinique", "Mayotte"]
LETTERS_BEFORE, ANSWERS_BEFORE, SAMPLES_BEFORE = timedelta(days=20), timedelta(days=9), timedelta(days=2)
# What donors answered by themselves after the letter, in the order of their invitation; the others are silent.
ANSWERS = ("agreed",) * 7 + ("refused",) * 4 + ("later",) * 2
APPOINTED, SAMPLED = 4, 3


def seed_campaign(session: Session, *, zone: str, actor: str, now: datetime) -> None:
    """Plan and launch it through the same services as the pages, write to all, and record what some answered."""
    by = Person(0, actor, actor, (), frozenset(Permission), None, None, None, False, False)
    campaign = _launched(session, by, now - LETTERS_BEFORE, zone)
    rows = session.exec(
        select(Invitation).where(Invitation.campaign_id == campaign.id).order_by(col(Invitation.place))
    ).all()
    written, answered, sampled = (
        Timing(now - before, zone, 24) for before in (LETTERS_BEFORE, ANSWERS_BEFORE, SAMPLES_BEFORE)
    )
    for row in rows:
        _record(session, row, "no_answer", "letter", by, written)
    for row, outcome in zip(rows, ANSWERS, strict=False):
        _record(session, row, outcome, "incoming", by, answered)
    for row in rows[:APPOINTED]:
        at = now + timedelta(days=1)
        appoint(session, code=row.code, at=at, channel="incoming", version=row.version_id, by=by, timing=answered)
    for row in rows[1:SAMPLED]:
        sample(session, code=row.code, version=row.version_id, by=by, timing=sampled)


def _launched(session: Session, by: Person, at: datetime, zone: str) -> Campaign:
    today = Timing(at, zone, 24).today
    typed = {"name": NAME, "target": "cd36_negative", "number_wanted": "1", "purpose": "stock", "regions": REGIONS}
    typed |= {"ancestries": ["african"], "deadline": (today + timedelta(days=120)).isoformat()}
    row = create_campaign(session, typed=typed, by=by, today=today, now=at)
    assumed = read_assumptions(session, row, {})
    fix_plan(session, code=row.code, assumed=assumed, version=row.version_id, by=by, today=today, now=at)
    launch(session, code=row.code, version=row.version_id, by=by, today=today, now=at)
    return row


def _record(session: Session, row: Invitation, outcome: str, channel: str, by: Person, timing: Timing) -> None:
    later_on = timing.today + timedelta(days=40) if outcome == "later" else None
    version = row.version_id
    record_outcome(
        session,
        code=row.code,
        outcome=outcome,
        channel=channel,
        version=version,
        by=by,
        timing=timing,
        later_on=later_on,
    )
