"""Whom a campaign invites, among all donors at once: the database counts and sorts, domain.invitation judges."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from domain.invitation import EXCLUSIONS, NEVER, Candidate, Criteria, Fatigue, find_exclusion, place
from models.campaign import Campaign
from models.database import in_parts
from models.donor import NEVER_DAY, Donor, DonorStatus
from services.campaigns.contact_rules import contact_rules
from services.campaigns.gaps import first_day, gaps_ahead
from services.campaigns.past import Past, pasts_of
from services.campaigns.typed_before import Typed, typed_before
from services.prevalences import shares_by_ancestry

EPOCH = date(1970, 1, 1)
Reason = tuple[str, Mapping[str, Any]]

# The first columns of ix_donor_invitable: the rows of a group lie beside one another, and nothing is sorted.
GROUP = (col(Donor.consent_contact), col(Donor.status), col(Donor.ancestry), col(Donor.region), col(Donor.abo))
KEPT_APART = sa.or_(col(Donor.restricted_at).is_not(None), col(Donor.erased_at).is_not(None))
WITHDRAWN = col(Donor.consent_withdrawn_at).is_not(None)


@dataclass(frozen=True, slots=True)
class Invitee:
    """One donor to invite: the share of the phenotype among those of their ancestry, and what speaks for them."""

    donor_id: int
    donor_number: str
    region: str | None
    ancestry: str | None
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The donors to invite, how many could be in all, and how many could not for each first reason against them."""

    invited: tuple[Invitee, ...]
    eligible: int
    excluded: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Question:
    """What a campaign asks, on a day: its criteria, what the typings already say, how often anybody is contacted."""

    campaign_id: int | None
    criteria: Criteria
    typed: Typed
    shares: Mapping[str, float]
    fatigue: Fatigue
    today: date

    @property
    def day(self) -> int:
        """Today, as the registry counts days."""
        return (self.today - EPOCH).days


def question_of(session: Session, campaign: Campaign, *, today: date) -> Question:
    """The question of a campaign on a day."""
    rules = contact_rules()
    return Question(
        campaign_id=campaign.id,
        criteria=read_criteria(campaign.criteria),
        typed=typed_before(session, campaign.target),
        shares=shares_by_ancestry(campaign.target),
        fatigue=Fatigue(rules.most_contacts_12m, rules.days_between),
        today=today,
    )


def select_invitees(session: Session, campaign: Campaign, *, limit: int, today: date) -> Selection:
    """The first donors in the order of domain.invitation.place, and what speaks against every other one.

    Nearly all donors were never part of a campaign and have no gap ahead: the database counts and sorts them. The
    others are read one by one, and take their own place.
    """
    asked = question_of(session, campaign, today=today)
    pasts = pasts_of(session, asked.campaign_id, today=today)
    gaps = gaps_ahead(session, asked.day)
    apart = pasts.keys() | gaps.keys()
    counts: Counter[str | None] = Counter(dict(_counted(session, asked)))
    known: list[tuple[Candidate, Any]] = []
    for row in _rows_of(session, asked, sorted(apart)):
        as_new = _candidate(row, asked, Past())
        donor = _candidate(row, asked, pasts.get(row.id, Past()), gaps.get(row.id, ()))
        counts[find_exclusion(as_new, asked.criteria, asked.fatigue, today=today)] -= 1
        against = find_exclusion(donor, asked.criteria, asked.fatigue, today=today)
        counts[against] += 1
        if against is None:
            known.append((donor, row))
    first = _first(session, asked, limit + len(apart)) if limit else []
    both = [*known, *((_candidate(row, asked, Past()), row) for row in first if row.id not in apart)]
    both.sort(key=lambda one: place(one[0], asked.shares, today=today))
    return Selection(
        invited=tuple(_invitee(donor, row, asked) for donor, row in both[:limit]),
        eligible=counts.pop(None, 0),
        excluded={code: counts[code] for code in EXCLUSIONS if counts[code]},
    )


def exclusion_of(session: Session, campaign: Campaign, donor_id: int, *, today: date) -> str | None:
    """What speaks against inviting one donor now, None where nothing does."""
    return exclusions_of(session, campaign, [donor_id], today=today).get(donor_id)


def exclusions_of(session: Session, campaign: Campaign, donor_ids: Sequence[int], *, today: date) -> dict[int, str]:
    """What speaks against inviting each of some donors now; those whom nothing speaks against are not in it."""
    asked = question_of(session, campaign, today=today)
    pasts = pasts_of(session, asked.campaign_id, today=today, donor_ids=donor_ids)
    gaps = gaps_ahead(session, asked.day, donor_ids)
    found: dict[int, str | None] = dict.fromkeys(donor_ids, "invite.unknown_donor")
    for row in _rows_of(session, asked, donor_ids):
        donor = _candidate(row, asked, pasts.get(row.id, Past()), gaps.get(row.id, ()))
        found[row.id] = find_exclusion(donor, asked.criteria, asked.fatigue, today=today)
    return {donor_id: code for donor_id, code in found.items() if code is not None}


def read_criteria(kept: Mapping[str, Any]) -> Criteria:
    """The criteria of a campaign as the rule reads them."""
    return Criteria(
        regions=frozenset(kept.get("regions") or ()),
        ancestries=frozenset(kept.get("ancestries") or ()),
        abo=frozenset(kept.get("abo") or ()),
        min_answer_rate=kept.get("min_answer_rate"),
        eligible_within_days=kept.get("eligible_within_days"),
    )


def _counted(session: Session, asked: Question) -> Iterator[tuple[str | None, int]]:
    """Every donor under the first reason against them as if nobody had ever contacted them; None under no reason."""
    apart = sa.select(sa.func.count().filter(KEPT_APART), sa.func.count().filter(sa.and_(WITHDRAWN, ~KEPT_APART)))
    kept_apart, withdrawn = session.execute(apart.select_from(Donor)).one()
    totals: Counter[str | None] = Counter({"invite.kept_apart": kept_apart, "invite.opted_out": withdrawn})
    has, has_not = asked.typed.condition(has=True), asked.typed.condition(has=False)
    unknown = sa.and_(~has, ~has_not)
    never, late = _never(asked), _late(asked)
    query = sa.select(
        *GROUP,
        sa.func.count().filter(has).label("has"),
        sa.func.count().filter(has_not).label("has_not"),
        sa.func.count().filter(sa.and_(unknown, never)).label("never"),
        sa.func.count().filter(sa.and_(unknown, ~never, late)).label("late"),
        sa.func.count().label("all"),
    )
    for row in session.execute(query.where(~KEPT_APART, ~WITHDRAWN).group_by(*GROUP)):
        rest = row.all - row.has - row.has_not - row.never - row.late
        days = (
            (row.has, True, 0),
            (row.has_not, False, 0),
            (row.never, None, -1),
            (row.late, None, 1),
            (rest, None, 0),
        )
        for number, known, when in days:
            if number:
                donor = _of_group(row, asked, known=known, when=when)
                totals[find_exclusion(donor, asked.criteria, asked.fatigue, today=asked.today)] += number
    yield from totals.items()


def _of_group(row: Any, asked: Question, *, known: bool | None, when: int) -> Candidate:
    """One of a group of donors who are alike in all that counts; `when`: -1 never eligible, 1 too late, else now."""
    late = asked.today + timedelta(days=(asked.criteria.eligible_within_days or 0) + 1)
    return Candidate(
        donor_number="",
        consents=row.consent_contact,
        active=row.status == DonorStatus.ACTIVE,
        known=known,
        region=row.region,
        abo=row.abo,
        ancestry=row.ancestry,
        eligible_from={-1: NEVER, 1: late}.get(when, date.min),
    )


def _never(asked: Question) -> Any:
    first, until = col(Donor.eligible_from_day), col(Donor.eligible_until_day)
    over = sa.and_(until != NEVER_DAY, sa.or_(until <= asked.day, until <= first))
    return sa.or_(first == NEVER_DAY, over)


def _late(asked: Question) -> Any:
    within = asked.criteria.eligible_within_days
    return sa.false() if within is None else col(Donor.eligible_from_day) > asked.day + within


def _columns(asked: Question) -> tuple[Any, ...]:
    return (
        *GROUP,
        col(Donor.id),
        col(Donor.donor_number),
        col(Donor.eligible_from_day),
        col(Donor.eligible_until_day),
        col(Donor.consent_withdrawn_at),
        KEPT_APART.label("kept_apart"),
        asked.typed.condition(has=True).label("has"),
        asked.typed.condition(has=False).label("has_not"),
    )


def _rows_of(session: Session, asked: Question, donor_ids: Sequence[int]) -> Iterator[Any]:
    query = sa.select(*_columns(asked))
    for some in in_parts(donor_ids):
        yield from session.execute(query.where(col(Donor.id).in_(some)))


def _first(session: Session, asked: Question, limit: int) -> list[Any]:
    """The first donors without reason against them, as if nobody had ever contacted them.

    One ancestry after the other, where the phenotype is most frequent first: few of them need be sorted.
    """
    wanted, found = asked.criteria, list[Any]()
    query = sa.select(*_columns(asked)).where(
        col(Donor.consent_contact).is_(True), col(Donor.status) == DonorStatus.ACTIVE, ~KEPT_APART, ~WITHDRAWN,
        ~asked.typed.condition(has=True), ~asked.typed.condition(has=False), ~_never(asked), ~_late(asked),
    )  # fmt: skip
    for column, values in (
        (Donor.region, wanted.regions),
        (Donor.abo, wanted.abo),
        (Donor.ancestry, wanted.ancestries),
    ):
        query = query.where(col(column).in_(sorted(values))) if values else query
    since = sa.case((col(Donor.eligible_from_day) < asked.day, asked.day), else_=col(Donor.eligible_from_day))
    number: Any = col(Donor.donor_number)
    if (
        session.get_bind().dialect.name == "postgresql"
    ):  # by its characters, as the rule sorts, whatever the server's language
        number = number.collate("C")
    query = query.order_by(since, number)
    for share in sorted(set(asked.shares.values()), reverse=True):
        if share > 0 and len(found) < limit:
            names = [name for name, of in asked.shares.items() if of == share]
            found += session.execute(query.where(col(Donor.ancestry).in_(names)).limit(limit - len(found))).all()
    if len(found) < limit:
        named = [name for name, share in asked.shares.items() if share > 0]
        others = query.where(sa.func.coalesce(col(Donor.ancestry), "").not_in(named)) if named else query
        found += session.execute(others.limit(limit - len(found))).all()
    return found


def _candidate(row: Any, asked: Question, past: Past, gaps: Sequence[tuple[int, int]] = ()) -> Candidate:
    return Candidate(
        donor_number=row.donor_number,
        consents=row.consent_contact,
        withdrawn=row.consent_withdrawn_at is not None,
        kept_apart=bool(row.kept_apart),
        active=row.status == DonorStatus.ACTIVE,
        known=True if row.has else False if row.has_not else None,
        in_this=past.in_this,
        in_another=past.in_another,
        region=row.region,
        abo=row.abo,
        ancestry=row.ancestry,
        eligible_from=_date(first_day(row.eligible_from_day, gaps, day=asked.day)),
        eligible_until=_date(row.eligible_until_day),
        contacts_12m=past.contacts_12m,
        last_contact_on=past.last_contact_on,
        asked=past.asked,
        answered=past.answered,
    )


def _date(day: int) -> date:
    return NEVER if day == NEVER_DAY else EPOCH + timedelta(days=day)


def _invitee(donor: Candidate, row: Any, asked: Question) -> Invitee:
    share = asked.shares.get(donor.ancestry or "", 0.0)
    reasons: list[Reason] = [("invite_for.enriched", {"share": share})] if share else []
    if donor.asked:
        reasons.append(("invite_for.answered", {"answered": donor.answered, "asked": donor.asked}))
    else:
        reasons.append(("invite_for.never_contacted", {}))
    now, first = donor.eligible_from <= asked.today, donor.eligible_from
    reasons.append(("invite_for.eligible_now", {}) if now else ("invite_for.eligible_from", {"on": first.isoformat()}))
    return Invitee(row.id, donor.donor_number, donor.region, donor.ancestry, share, tuple(reasons))
