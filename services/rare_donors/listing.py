"""The donors of the rare-donor file with all that the list, the card and the alerts say of each; never who they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from domain.errors import Issue
from domain.rare_care import CareFacts, CareLimits, Unconfirmed, care_alerts, months_after
from domain.reservation import Timing
from domain.wanted_phenotype import TestStanding
from domain.windows import Window
from models.donor import Donor
from models.rare_donor import RareDonor, RareDonorCare, RareStatus
from services.rare_donors.contacts import last_contacts
from services.rare_donors.refreshing import SEPARATOR
from services.rare_donors.reserved import Reserved, reserved_days
from services.rare_donors.rules import again_days, age_notice_days, rare_rules
from services.rare_donors.samples import agreed, standings_by_donor, tested_donors
from services.registry_list import gaps_of, hla_of, state_of, window_of
from services.reservations.listing import contact_fault

AT_ONCE = 5_000
SHOWN_COLUMNS = ("donor_id", "phenotype", "subjects", "status", "since", "withdrawn_at")
DONOR_COLUMNS = (
    "id", "donor_number", "region", "centre", "abo", "rhd", "phenotype_key", "status", "consent_contact",
    "consent_withdrawn_at", "restricted_at", "erased_at", "eligible_from_day", "eligible_until_day", "has_gaps",
    "last_donation_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who looks: whether reservations are shown to them, and for which patients they are."""

    reservations: bool
    patients: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One rare phenotype of a donor: its code, the antigens that name it, how sure, and since when."""

    phenotype: str
    subjects: str
    status: RareStatus
    since: date
    contradicted: bool = False
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True)
class RareEntry:
    """One donor of the file. `months` is the rhythm of contact, `own_months` where it is this donor's own."""

    donor_id: int
    number: str
    state: str
    fault: str | None
    region: str | None
    centre: str | None
    abo: str | None
    rhd: str | None
    hla: Mapping[str, list[str]]
    shown: tuple[Shown, ...]
    first_eligible_on: date | None
    last_contact_on: date | None
    next_recall_on: date | None
    months: int | None
    own_months: bool
    spare: bool
    pseudonym_only: bool
    reserved: tuple[Reserved, ...]
    unneeded_days: tuple[date, ...]
    alerts: tuple[Issue, ...]

    @property
    def status(self) -> RareStatus:
        """The best of the phenotypes: confirmed before suspected before withdrawn."""
        found = {one.status for one in self.shown}
        return next(one for one in (RareStatus.CONFIRMED, RareStatus.SUSPECTED, RareStatus.WITHDRAWN) if one in found)

    @property
    def standing(self) -> tuple[Shown, ...]:
        """The phenotypes that the typing still shows."""
        return tuple(one for one in self.shown if one.status is not RareStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of all donors of the file at once."""

    rows: Mapping[int, list[RareDonor]]
    care: Mapping[int, RareDonorCare]
    standings: Mapping[int, Mapping[str, TestStanding]]
    contacts: Mapping[int, date]
    gaps: Mapping[int, list[tuple[date, date]]]
    reserved: Mapping[int, list[Reserved]]


def rare_entries(session: Session, *, eyes: Eyes, timing: Timing, donor_id: int | None = None) -> list[RareEntry]:
    """Every donor of the file by number, those withdrawn too; or the one asked for, in a list of one or none."""
    donors, rows = _rows(session, donor_id)
    known = _Known(
        rows=rows,
        care={one.donor_id: one for one in session.exec(select(RareDonorCare))},
        standings=standings_by_donor(session, tested_donors(session) if donor_id is None else [donor_id]),
        contacts=last_contacts(session),
        gaps=_gaps(session, [one for one, donor in donors.items() if donor.has_gaps]),
        reserved=_reserved(session, donor_id, eyes, timing),
    )
    found = [_entry(donor, known, timing) for donor in donors.values()]
    return sorted(found, key=lambda one: one.number)


def _rows(session: Session, donor_id: int | None) -> tuple[dict[int, Donor], dict[int, list[RareDonor]]]:
    """The donors of the file and their phenotypes, as rows of columns: of thousands, models take most of a second."""
    found: dict[int, list[RareDonor]] = defaultdict(list)
    shown = sa.select(*(getattr(RareDonor, name) for name in SHOWN_COLUMNS))
    donors = sa.select(*(getattr(Donor, name) for name in DONOR_COLUMNS)).where(
        col(Donor.id).in_(sa.select(col(RareDonor.donor_id)))
    )
    if donor_id is not None:
        shown, donors = shown.where(col(RareDonor.donor_id) == donor_id), donors.where(col(Donor.id) == donor_id)
    for row in cast("Iterable[RareDonor]", session.execute(shown)):
        found[row.donor_id].append(row)
    return {row.id or 0: row for row in cast("Iterable[Donor]", session.execute(donors))}, found


def _reserved(session: Session, donor_id: int | None, eyes: Eyes, timing: Timing) -> Mapping[int, list[Reserved]]:
    if not eyes.reservations:
        return {}
    asked = None if donor_id is None else [donor_id]
    return reserved_days(session, asked, with_patients=eyes.patients, timing=timing)


def _gaps(session: Session, donor_ids: Sequence[int]) -> dict[int, list[tuple[date, date]]]:
    found: dict[int, list[tuple[date, date]]] = {}
    for start in range(0, len(donor_ids), AT_ONCE):
        found |= gaps_of(session, donor_ids[start : start + AT_ONCE])
    return found


def _entry(donor: Donor, known: _Known, timing: Timing) -> RareEntry:
    donor_id, today = donor.id or 0, timing.today
    care = known.care.get(donor_id)
    order = _order()
    rows = sorted(known.rows[donor_id], key=lambda row: order.get(row.phenotype, len(order)))
    shown = tuple(_shown(row, known.standings.get(donor_id, {}), timing) for row in rows)
    standing = [one for one in shown if one.status is not RareStatus.WITHDRAWN]
    months = _months(standing, care)
    contact = max(filter(None, (known.contacts.get(donor_id), donor.last_donation_on)), default=None)
    recall = _next_recall(contact, standing, months)
    window = window_of(donor, known.gaps.get(donor_id, ()))
    reserved = tuple(known.reserved.get(donor_id, ()))
    spare = bool(care and care.spare)
    unneeded = _unneeded(standing, reserved, spare)
    facts = _facts(donor, window, recall, standing, unneeded)
    return RareEntry(
        donor_id=donor_id,
        number=donor.donor_number,
        state=state_of(donor),
        fault=facts.fault,
        region=donor.region,
        centre=donor.centre,
        abo=donor.abo,
        rhd=donor.rhd,
        hla=hla_of(donor.phenotype_key),
        shown=shown,
        first_eligible_on=window.first_on(today),
        last_contact_on=contact,
        next_recall_on=recall,
        months=months,
        own_months=bool(care and care.recall_months is not None),
        spare=spare,
        pseudonym_only=bool(care and care.pseudonym_only),
        reserved=reserved,
        unneeded_days=unneeded,
        alerts=care_alerts(facts, _limits(), today) if standing else (),
    )


@cache
def _order() -> Mapping[str, int]:
    """The place of each phenotype in the table."""
    return {code: place for place, code in enumerate(rare_rules())}


@cache
def _limits() -> CareLimits:
    return CareLimits(again_days(), age_notice_days())


def _facts(
    donor: Donor, window: Window, recall: date | None, standing: Sequence[Shown], unneeded: Sequence[date]
) -> CareFacts:
    return CareFacts(
        window=window,
        fault=contact_fault(donor),
        next_recall_on=recall,
        unconfirmed=unconfirmed(standing),
        contradicted=[one.phenotype for one in standing if one.contradicted],
        unneeded_days=unneeded,
    )


def _shown(row: RareDonor, standings: Mapping[str, TestStanding], timing: Timing) -> Shown:
    rule = rare_rules().get(row.phenotype)
    said = agreed(rule, row.subjects.split(SEPARATOR), standings) if rule and standings else None
    return Shown(
        phenotype=row.phenotype,
        subjects=row.subjects,
        status=row.status,
        since=timing.local(row.since).date(),
        contradicted=bool(said and said.contradicted),
        withdrawn_on=timing.local(row.withdrawn_at).date() if row.withdrawn_at else None,
    )


def _months(standing: Sequence[Shown], care: RareDonorCare | None) -> int | None:
    """The donor's own rhythm, else the shortest of the phenotypes'; none for a donor who shows none any more."""
    if not standing:
        return None
    if care and care.recall_months is not None:
        return care.recall_months
    rules = rare_rules()
    return min((rules[one.phenotype].recall_months for one in standing if one.phenotype in rules), default=None)


def _next_recall(contact: date | None, standing: Sequence[Shown], months: int | None) -> date | None:
    """So many months after the last contact; of a donor who never had one, after entering the file."""
    if months is None:
        return None
    return months_after(contact or min(one.since for one in standing), months)


def unconfirmed(standing: Sequence[Shown]) -> list[Unconfirmed]:
    """The phenotypes that a second sample must confirm, each with the days that may take."""
    rules = rare_rules()
    return [
        Unconfirmed(one.phenotype, one.since, rules[one.phenotype].confirm_within_days)
        for one in standing
        if one.status is RareStatus.SUSPECTED and one.phenotype in rules
    ]


def _unneeded(standing: Sequence[Shown], reserved: Sequence[Reserved], spare: bool) -> tuple[date, ...]:
    """The days on which a patient who needs none of the phenotypes would use up a donor to be spared."""
    rules = rare_rules()
    traits = [(one.phenotype, one.subjects) for one in standing]
    kept = spare or any(rules[code].spare for code, _ in traits if code in rules)
    return tuple(one.day for one in reserved if kept and not one.needs_one_of(traits))
