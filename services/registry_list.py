"""The donors of the registry, narrowed and sorted; never who they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields
from domain.phenotype import typed_names
from domain.reference import LOCI
from domain.windows import Window
from models.donor import NEVER_DAY, Abo, Donor, DonorEligibilityGap, DonorStatus, Rhd
from services.donor_donations import donations_of, with_donations
from services.imports.survey import clean_key
from services.imports.values import DateOrder, Fault, parse_date
from services.matching.snapshots import registry_state, state_name

Json = dict[str, Any]
EPOCH = date(1970, 1, 1)
TYPED = ("full", "partial", "none")
CD36 = ("negative", "positive", "untested")
STATUSES = (*(status.value for status in DonorStatus), "restricted", "erased", "no_consent")
NO_REGION = "–"
LONGEST_NUMBER = 64
# Of the phenotype key, A^B^C, what is not typed stands last in its locus: with a caret after it, at A or B.
_LACKING_AB, _NOTHING_AB = "+?^", "?+?^?+?^"
_UNASSIGNED = (None, "", "unassigned")


@dataclass(frozen=True, slots=True)
class DonorFilter:
    """What a person asks of the list; None leaves a question open."""

    number: str | None = None  # how the number begins
    region: str | None = None  # NO_REGION: those of none
    abo: str | None = None
    rhd: str | None = None
    status: str | None = None
    typed: str | None = None
    cd36: str | None = None
    eligible_on: date | None = None
    sort: str = "number"


SORTS: Mapping[str, tuple[Any, ...]] = {
    "number": (),
    "region": (col(Donor.region).is_(None), col(Donor.region)),
    "eligible": (col(Donor.eligible_from_day),),
    "changed": (col(Donor.updated_at).desc(),),
}


def read_filter(given: Mapping[str, str]) -> DonorFilter:
    """The filter written in an address. Raises InvalidFields for a word that no question has."""
    known: dict[str, Sequence[str]] = {
        "abo": tuple(Abo), "rhd": tuple(Rhd), "status": STATUSES, "typed": TYPED, "cd36": CD36, "sort": tuple(SORTS),
    }  # fmt: skip
    texts = {name: text.strip() for name, text in given.items() if text.strip()}
    faults = [
        FieldFault(name, "filter_unknown", {"text": texts[name], "known": ", ".join(words)})
        for name, words in known.items()
        if texts.get(name, words[0]) not in words
    ]
    day = parse_date(texts["eligible_on"], DateOrder.DAY_FIRST) if "eligible_on" in texts else None
    if isinstance(day, Fault):
        faults.append(FieldFault("eligible_on", day.code, {"text": texts["eligible_on"], **day.params}))
    for name in ("number", "region"):  # PostgreSQL refuses a NUL even in a question
        text = texts.get(name, "")
        if len(text) > LONGEST_NUMBER or not text.isprintable():
            faults.append(FieldFault(name, "donor_number_unusable", {"most": LONGEST_NUMBER}))
    if faults:
        raise InvalidFields(faults)
    plain = {name: texts[name] for name in ("region", "abo", "rhd", "status", "typed", "cd36") if name in texts}
    return DonorFilter(
        number=clean_key(texts["number"]) if "number" in texts else None,
        eligible_on=day if isinstance(day, date) else None,
        sort=texts.get("sort", "number"),
        **plain,
    )


def list_registry(
    session: Session, wanted: DonorFilter, *, on: date, limit: int, offset: int = 0
) -> tuple[list[Json], int, int]:
    """One page of donors, how many the filter keeps, and of how many."""
    kept = _conditions(session, wanted)
    total = count_donors(session)
    alone = col(Donor.merged_into_id).is_(None)
    found = session.exec(select(sa.func.count()).select_from(Donor).where(alone, *kept)).one() if kept else total
    order = (*SORTS[wanted.sort], col(Donor.donor_number))
    # The numbers of the rows first: the rows skipped over are then not read.
    query = select(Donor.id).where(alone, *kept).order_by(*order).limit(limit).offset(offset)
    ids = [donor_id for donor_id in session.exec(query) if donor_id is not None]
    return _entries(session, ids, on), found, total


def count_donors(session: Session) -> int:
    """How many donors there are; a record merged into another is none."""
    merged = session.exec(select(sa.func.count()).where(col(Donor.merged_into_id).is_not(None))).one()
    return session.exec(select(sa.func.count()).select_from(Donor)).one() - merged


def _conditions(session: Session, wanted: DonorFilter) -> list[Any]:
    """What a donor must satisfy; no condition where everybody does."""
    kept: list[Any] = [
        getattr(Donor, name) == getattr(wanted, name) for name in ("abo", "rhd") if getattr(wanted, name) is not None
    ]
    if wanted.number:
        kept.append(_begins_with(session, wanted.number))
    if wanted.region == NO_REGION:
        kept.append(sa.or_(col(Donor.region).is_(None), col(Donor.region).in_(_UNASSIGNED[1:])))
    elif wanted.region:
        kept.append(col(Donor.region) == wanted.region)
    if wanted.status:
        kept.append(_of_status(wanted.status))
    if wanted.typed:
        lacking = col(Donor.phenotype_key).contains(_LACKING_AB)
        nothing = sa.func.substr(col(Donor.phenotype_key), 1, len(_NOTHING_AB)) == _NOTHING_AB
        kept.append({"full": ~lacking, "none": nothing, "partial": lacking & ~nothing}[wanted.typed])
    if wanted.cd36:
        kept.append(col(Donor.class_key).like("%\t" if wanted.cd36 == "untested" else f"%\t{wanted.cd36}%"))
    if wanted.eligible_on:
        kept.append(_eligible(wanted.eligible_on))
    return kept


def _begins_with(session: Session, text: str) -> Any:
    """The number of the donor, or that of a record merged into theirs."""
    merged = aliased(Donor)
    taken = select(merged.merged_into_id).where(col(merged.merged_into_id).is_not(None))
    earlier = col(Donor.id).in_(taken.where(_starts(session, col(merged.donor_number), text)))
    return sa.or_(_starts(session, col(Donor.donor_number), text), earlier)


def _starts(session: Session, number: Any, text: str) -> Any:
    if session.get_bind().dialect.name == "sqlite":  # its LIKE does not use the index, a range does
        return (number >= text) & (number < text + chr(0x10FFFF))
    return number.startswith(text, autoescape=True)


def _of_status(status: str) -> Any:
    by_state = {
        "restricted": col(Donor.restricted_at).is_not(None) & col(Donor.erased_at).is_(None),
        "erased": col(Donor.erased_at).is_not(None),
        "no_consent": ~col(Donor.consent_contact) & col(Donor.erased_at).is_(None),
    }
    if status in by_state:
        return by_state[status]
    return (col(Donor.status) == status) & col(Donor.restricted_at).is_(None) & col(Donor.erased_at).is_(None)


def _eligible(on: date) -> Any:
    """Inside the window and in none of its gaps; whether the donor may be called is another question."""
    day = min(max((on - EPOCH).days, 0), NEVER_DAY)
    gap = select(DonorEligibilityGap.donor_id).where(
        DonorEligibilityGap.donor_id == Donor.id,
        col(DonorEligibilityGap.from_day) <= day,
        col(DonorEligibilityGap.until_day) > day,
    )
    until = (col(Donor.eligible_until_day) > day) | (col(Donor.eligible_until_day) == NEVER_DAY)
    inside = (col(Donor.eligible_from_day) <= day) & (col(Donor.eligible_from_day) != NEVER_DAY) & until
    return inside & sa.or_(~col(Donor.has_gaps), ~gap.exists())


def _entries(session: Session, ids: Sequence[int], on: date) -> list[Json]:
    rows = {row.id: row for row in session.exec(select(Donor).where(col(Donor.id).in_(ids)))}
    donations = donations_of(session, ids)
    gaps = gaps_of(session, [donor_id for donor_id in ids if rows[donor_id].has_gaps])
    known = {one: with_donations(vars(rows[one]), donations.get(one, ())) for one in ids}
    return [_entry(rows[one], known[one], gaps.get(one, ()), on) for one in ids]


def _entry(row: Donor, known: Mapping[str, Any], gaps: Sequence[tuple[date, date]], on: date) -> Json:
    return {
        "number": row.donor_number,
        "state": state_of(row),
        "consent": row.consent_contact,
        "searchable": row.searchable,
        "region": row.region,
        "centre": row.centre,
        "abo": row.abo,
        "rhd": row.rhd,
        "hla": hla_of(row.phenotype_key),
        "cd36": row.cd36,
        "first_eligible_on": window_of(row, gaps).first_on(on),
        "last_donation_on": known["last_donation_on"],
    }


def state_of(row: Donor) -> str:
    """In one word whether the donor can be worked with: erased and restricted come before the status."""
    if row.erased_at:
        return "erased"
    return "restricted" if row.restricted_at else row.status.value


@lru_cache(maxsize=10_000)
def hla_of(phenotype_key: str) -> dict[str, list[str]]:
    """The typed values by locus, as read; a locus without any is an empty list."""
    return typed_names(phenotype_key) if phenotype_key else {locus: [] for locus in LOCI}


def gaps_of(session: Session, donor_ids: Sequence[int]) -> dict[int, list[tuple[date, date]]]:
    """The gaps in the eligible windows of these donors, in order."""
    query = select(DonorEligibilityGap).where(col(DonorEligibilityGap.donor_id).in_(donor_ids))
    found: dict[int, list[tuple[date, date]]] = {}
    for gap in session.exec(query.order_by(col(DonorEligibilityGap.from_day))):
        days = EPOCH + timedelta(days=gap.from_day), EPOCH + timedelta(days=gap.until_day)
        found.setdefault(gap.donor_id, []).append(days)
    return found


def window_of(row: Donor, gaps: Sequence[tuple[date, date]]) -> Window:
    """The eligible days of a donor, from the derived columns."""
    if row.eligible_from_day == NEVER_DAY:
        return Window(None, None)
    until = None if row.eligible_until_day == NEVER_DAY else EPOCH + timedelta(days=row.eligible_until_day)
    return Window(EPOCH + timedelta(days=row.eligible_from_day), until, tuple(gaps))


@dataclass(slots=True)
class RegionStore:
    """The regions of one state of the registry: of a million donors they take a second to gather."""

    registry: str = ""
    regions: tuple[str, ...] = ()


def list_regions(session: Session, store: RegionStore) -> Sequence[str]:
    """The regions that donors are of, gathered anew where the registry has changed."""
    registry = state_name(registry_state(session))
    if store.registry != registry:
        query = select(Donor.region).distinct()
        found = {region for region in session.exec(query) if region and region not in _UNASSIGNED}
        store.regions = tuple(sorted(found))
        store.registry = registry  # last: another thread must not take the old regions for these
    return store.regions
