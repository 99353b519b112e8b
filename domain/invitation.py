"""Whom a campaign invites: the first reason against a donor, or their place in the order and what speaks for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

NEVER = date.max


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a campaign asks of the donors it invites; nothing in a list leaves that question open."""

    regions: frozenset[str] = frozenset()
    ancestries: frozenset[str] = frozenset()  # as declared, by donors who agreed to be contacted
    abo: frozenset[str] = frozenset()
    min_answer_rate: float | None = None  # of those contacted before, from 0 to 1
    eligible_within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is on record of one donor, on a day; `known` says what the typing shows of the phenotype looked for."""

    donor_number: str
    consents: bool = True
    withdrawn: bool = False  # said that they want no contact
    kept_apart: bool = False  # restricted, or erased
    active: bool = True
    known: bool | None = None  # True: has it, False: does not, None: nobody knows
    in_this: bool = False
    in_another: bool = False  # an invitation of another campaign is open
    region: str | None = None
    abo: str | None = None
    ancestry: str | None = None
    eligible_from: date = date.min
    eligible_until: date = NEVER  # exclusive
    contacts_12m: int = 0
    last_contact_on: date | None = None
    asked: int = 0  # campaigns in which we contacted them
    answered: int = 0

    @property
    def reliability(self) -> float:
        """The share of campaigns that they answered, one half before anything is known (rule of succession)."""
        return (self.answered + 1.0) / (self.asked + 2.0)


@dataclass(frozen=True, slots=True)
class Fatigue:
    """How often a donor may be contacted over all campaigns."""

    most_contacts_12m: int
    days_between: int


# In the order in which they are looked at: what can never change first, what passes by itself last.
EXCLUSIONS = (
    "invite.kept_apart",
    "invite.opted_out",
    "invite.no_consent",
    "invite.inactive",
    "invite.known_to_have_it",
    "invite.known_not_to_have_it",
    "invite.invited_already",
    "invite.in_another_campaign",
    "invite.other_region",
    "invite.other_abo",
    "invite.ancestry_not_declared",
    "invite.other_ancestry",
    "invite.never_eligible",
    "invite.not_eligible_in_time",
    "invite.contact_cap",
    "invite.contacted_recently",
    "invite.seldom_answers",
)


def find_exclusion(donor: Candidate, criteria: Criteria, fatigue: Fatigue, *, today: date) -> str | None:
    """The first of EXCLUSIONS that speaks against inviting a donor, None where none does."""
    against = _of_the_donor(donor) or _of_the_criteria(donor, criteria, today)
    return against or _of_the_past(donor, criteria, fatigue, today)


def _of_the_donor(donor: Candidate) -> str | None:
    checks = (
        (donor.kept_apart, "invite.kept_apart"),
        (donor.withdrawn, "invite.opted_out"),
        (not donor.consents, "invite.no_consent"),
        (not donor.active, "invite.inactive"),
        (donor.known is True, "invite.known_to_have_it"),
        (donor.known is False, "invite.known_not_to_have_it"),
        (donor.in_this, "invite.invited_already"),
        (donor.in_another, "invite.in_another_campaign"),
    )
    return next((code for holds, code in checks if holds), None)


def _of_the_criteria(donor: Candidate, criteria: Criteria, today: date) -> str | None:
    within = criteria.eligible_within_days
    never = donor.eligible_until <= max(today, donor.eligible_from) or donor.eligible_from == NEVER
    checks = (
        (bool(criteria.regions) and donor.region not in criteria.regions, "invite.other_region"),
        (bool(criteria.abo) and donor.abo not in criteria.abo, "invite.other_abo"),
        (bool(criteria.ancestries) and not donor.ancestry, "invite.ancestry_not_declared"),
        (bool(criteria.ancestries) and donor.ancestry not in criteria.ancestries, "invite.other_ancestry"),
        (never, "invite.never_eligible"),
        (
            within is not None and donor.eligible_from > today + timedelta(days=within or 0),
            "invite.not_eligible_in_time",
        ),
    )
    return next((code for holds, code in checks if holds), None)


def _of_the_past(donor: Candidate, criteria: Criteria, fatigue: Fatigue, today: date) -> str | None:
    last, least = donor.last_contact_on, criteria.min_answer_rate
    checks = (
        (donor.contacts_12m >= fatigue.most_contacts_12m, "invite.contact_cap"),
        (last is not None and last > today - timedelta(days=fatigue.days_between), "invite.contacted_recently"),
        (
            least is not None and donor.asked > 0 and donor.answered < least * donor.asked,
            "invite.seldom_answers",
        ),
    )
    return next((code for holds, code in checks if holds), None)


def place(donor: Candidate, shares: Mapping[str, float], *, today: date) -> tuple[float, float, int, date, str]:
    """Where a donor stands in the order, the smallest first.

    Those among whom the phenotype is more frequent (`shares`, by declared ancestry), who answered before, whom we
    contacted least, who may give soonest; then by number, so that the order is the same every time.
    """
    return (
        -shares.get(donor.ancestry or "", 0.0),
        -donor.reliability,
        donor.contacts_12m,
        max(donor.eligible_from, today),
        donor.donor_number,
    )
