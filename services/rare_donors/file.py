"""The pages of the rare-donor file: the list with what was counted, and the card of one donor."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from domain.rare_phenotype import Kind, RareRule, Standing
from domain.recruitment import Proportion
from domain.reservation import Timing
from models.donor_test import DonorTest
from models.rare_donor import RareStatus
from services.rare_donors.care import Care, care_of, get_rare_donor
from services.rare_donors.contacts import Contact, contacts_of
from services.rare_donors.filtering import RareFilter, facets_of, narrow, words_of
from services.rare_donors.listing import Eyes, RareEntry, rare_entries
from services.rare_donors.refreshing import find_file, is_stale, tally_in
from services.rare_donors.rules import least_typed, rare_rules, table_version
from services.rare_donors.samples import samples_of
from services.reference import parameters
from services.wording.catalogue import sentence

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """One phenotype: its rule, how many of the file have it, and what the registry counted.

    `shown` of `of` typed donors show it, None for a rule of many combinations, each with a count of its own.
    """

    rule: RareRule
    donors: int
    confirmed: int
    of: int
    shown: int | None
    low: float | None
    high: float | None
    standing: Standing | None  # None for a rule of many combinations


@dataclass(frozen=True, slots=True)
class RareFile:
    """The list a person asked for; `made_at` is None before the file was first made."""

    entries: Sequence[RareEntry]
    total: int  # donors in the file, those withdrawn left out
    facets: Mapping[str, Counter[str]]
    counted: Sequence[Counted]
    made_at: datetime | None
    stale: bool


@dataclass(frozen=True, slots=True)
class RareCard:
    """Everything about one rare donor but who they are. `care` and `contacts` may name somebody: for carers alone."""

    entry: RareEntry
    samples: Sequence[DonorTest]
    contacts: Sequence[Contact]
    care: Care
    version: int


def open_file(session: Session, *, asked: RareFilter, eyes: Eyes, timing: Timing) -> RareFile:
    """The donors that answer the questions, and how many each further choice leaves."""
    entries = rare_entries(session, eyes=eyes, timing=timing)
    made = find_file(session)
    return RareFile(
        entries=narrow(entries, asked, timing.today),
        total=sum(bool(one.standing) for one in entries),
        facets=facets_of(entries, asked, timing.today),
        counted=counted_of(session, entries),
        made_at=made.made_at if made else None,
        stale=is_stale(session, made),
    )


def counted_of(session: Session, entries: Sequence[RareEntry]) -> list[Counted]:
    """Each phenotype of the table with its counts; nothing before the file was first made."""
    made = find_file(session)
    if made is None:
        return []
    donors, confirmed = Counter[str](), Counter[str]()
    for entry in entries:
        donors.update(one.phenotype for one in entry.standing)
        confirmed.update(one.phenotype for one in entry.standing if one.status is RareStatus.CONFIRMED)
    found, level, least = [], float(parameters()["interval_level"]), least_typed()
    for code, rule in rare_rules().items():
        tally = tally_in(made, code)
        many = rule.kind in (Kind.HPA_COMBINATION, Kind.HLA_ANTIGEN)
        share = None if many or not tally.of else Proportion(tally.shown, tally.of)
        low, high = share.interval(level) if share else (None, None)
        found.append(
            Counted(
                rule=rule,
                donors=donors[code],
                confirmed=confirmed[code],
                of=tally.of,
                shown=None if many else tally.shown,
                low=low,
                high=high,
                standing=None if many else tally.standing(rule, "", least),
            )
        )
    return found


def open_card(session: Session, *, number: str, eyes: Eyes, timing: Timing) -> RareCard:
    """The card of a donor whom the file holds or held. Raises NotFound."""
    donor_id = get_rare_donor(session, number).id or 0
    care, version = care_of(session, donor_id)
    return RareCard(
        entry=rare_entries(session, eyes=eyes, timing=timing, donor_id=donor_id)[0],
        samples=samples_of(session, donor_id),
        contacts=contacts_of(session, donor_id),
        care=care,
        version=version,
    )


def rare_alert_counts(entries: Iterable[RareEntry], on: date) -> Mapping[str, int]:
    """How many rare donors need somebody, by what for and in all (`any`); empty where none does. Nobody is named."""
    return Counter(word for entry in entries for word in words_of(entry, "alert", on))


def file_json(file: RareFile, locale: str) -> Json:
    """The file as other programs read it: numbers, phenotypes and days, never who anybody is."""
    return {
        "made_at": file.made_at,
        "stale": file.stale,
        "table": table_version(),
        "total": file.total,
        "phenotypes": [
            {
                "code": one.rule.code,
                "donors": one.donors,
                "confirmed": one.confirmed,
                "shown": one.shown,
                "typed": one.of,
                "interval": None if one.low is None else [one.low, one.high],
                "standing": one.standing,
            }
            for one in file.counted
        ],
        "donors": [_entry_json(one, locale) for one in file.entries],
    }


def _entry_json(one: RareEntry, locale: str) -> Json:
    return {
        "donor_number": one.number,
        "phenotypes": [
            {"code": shown.phenotype, "antigens": shown.subjects, "status": shown.status, "since": shown.since}
            for shown in one.shown
        ],
        "region": one.region,
        "abo": one.abo,
        "rhd": one.rhd,
        "hla": one.hla,
        "first_eligible_on": one.first_eligible_on,
        "last_contact_on": one.last_contact_on,
        "next_recall_on": one.next_recall_on,
        "reserved": [{"day": kept.day, "patient": kept.patient} for kept in one.reserved],
        "spare": one.spare,
        "pseudonym_only": one.pseudonym_only,
        "alerts": [{"code": alert.code, "message": sentence(alert.code, alert.params, locale)} for alert in one.alerts],
    }
