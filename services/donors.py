"""The derived columns of a donor, rebuilt from what was given, and the registry's version that they move."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from domain.cd36 import parse_cd36
from domain.eligibility import Deferral, DonorHealth, EligibilityRules, eligible_window
from domain.errors import RefusedByRule
from domain.hpa import parse_hpa
from domain.phenotype import LocusTyping, parse_locus, phenotype_key
from domain.reference import LOCI, Reference
from domain.windows import Window
from models.donor import NEVER_DAY, DonorStatus
from models.registry import STATE_ID, RegistryState
from services.donor_donations import Given, donations_of, with_donations

DAY_ZERO = date(1970, 1, 1).toordinal()
HPA_SYSTEMS = {"hpa_1": "HPA-1", "hpa_2": "HPA-2", "hpa_3": "HPA-3", "hpa_5": "HPA-5", "hpa_15": "HPA-15"}
NO_REGION = "unassigned"
REDERIVED_AT_ONCE = 2_000
MAX_REMEMBERED = 100_000  # more than any registry has of distinct pairs; nonsense stays bounded

DONORS = SQLModel.metadata.tables["donor"]
IDENTITIES = SQLModel.metadata.tables["donor_identity"]
DEFERRALS = SQLModel.metadata.tables["deferral"]
GAPS = SQLModel.metadata.tables["donor_eligibility_gap"]
HEALTH_COLUMNS = (
    "sex", "weight_kg", "platelet_count", "last_donation_on", "last_donation_type", "donations_12m", "pregnancies",
    "hla_antibody_screen", "status",
)  # fmt: skip
DERIVED_COLUMNS = (
    "phenotype_key",
    "class_key",
    "searchable",
    "eligible_from_day",
    "eligible_until_day",
    "has_gaps",
)


@dataclass(frozen=True, slots=True)
class Derived:
    """What a search reads of one donor; days count from 1970-01-01, `gaps` are from included, until excluded."""

    phenotype_key: str
    class_key: str
    searchable: bool
    eligible_from_day: int
    eligible_until_day: int
    gaps: tuple[tuple[int, int], ...]

    def columns(self) -> dict[str, Any]:
        """The derived columns of table donor."""
        return {
            "phenotype_key": self.phenotype_key,
            "class_key": self.class_key,
            "searchable": self.searchable,
            "eligible_from_day": self.eligible_from_day,
            "eligible_until_day": self.eligible_until_day,
            "has_gaps": bool(self.gaps),
        }


class DonorDeriver:
    """Derives donors under one nomenclature and one eligibility table; equal typed texts are read once."""

    def __init__(self, reference: Reference, rules: EligibilityRules) -> None:
        self.reference = reference
        self.rules = rules
        self._loci: dict[tuple[str, str, str], LocusTyping] = {}
        self._platelets: dict[tuple[str, ...], str] = {}

    def derive(
        self,
        donor: Mapping[str, Any],
        *,
        birth_date: str | None,
        deferrals: Sequence[Deferral] = (),
        donations: Sequence[Given] = (),
    ) -> Derived:
        """The derived columns of a donor given as column values (MATCHING §2, §5, §9)."""
        birth = date.fromisoformat(birth_date) if birth_date else None
        health = donor_health(donor, birth_date=birth, deferrals=deferrals, donations=donations)
        from_day, until_day, gaps = _days(eligible_window(health, self.rules))
        return Derived(
            phenotype_key=phenotype_key({locus: self._typing(donor, locus) for locus in LOCI}),
            class_key=f"{_region(donor['region'])}\t{donor['abo'] or ''}\t{self._platelet_key(donor)}",
            searchable=is_searchable(donor),
            eligible_from_day=from_day,
            eligible_until_day=until_day,
            gaps=gaps,
        )

    def _typing(self, donor: Mapping[str, Any], locus: str) -> LocusTyping:
        first, second = donor[f"hla_{locus.lower()}_1"], donor[f"hla_{locus.lower()}_2"]
        known = self._loci.get((locus, first, second))
        if known is None:
            known = parse_locus(first, second, locus=locus, reference=self.reference)
            if len(self._loci) >= MAX_REMEMBERED:
                self._loci.clear()
            self._loci[locus, first, second] = known
        return known

    def _platelet_key(self, donor: Mapping[str, Any]) -> str:
        """HPA genotypes and CD36 in canonical form; nothing where not typed or not readable."""
        texts = (*(donor[column] for column in HPA_SYSTEMS), donor["cd36"])
        known = self._platelets.get(texts)
        if known is None:
            genotypes = [parse_hpa(donor[column], system)[0] for column, system in HPA_SYSTEMS.items()]
            cd36 = parse_cd36(donor["cd36"])[0]
            hpa = ",".join(genotype.canonical if genotype else "" for genotype in genotypes)
            known = f"{hpa}\t{'' if cd36.status == 'untested' else cd36.canonical}"
            if len(self._platelets) >= MAX_REMEMBERED:
                self._platelets.clear()
            self._platelets[texts] = known
        return known


def is_searchable(donor: Mapping[str, Any]) -> bool:
    """Whether a search may count and list the donor: active, agreed to be called, not kept for traceability alone."""
    set_aside = donor.get("restricted_at") or donor.get("erased_at")  # a row not yet written has neither
    return donor["status"] == DonorStatus.ACTIVE and bool(donor["consent_contact"]) and not set_aside


def donor_health(
    donor: Mapping[str, Any],
    *,
    birth_date: date | None,
    deferrals: Sequence[Deferral] = (),
    donations: Sequence[Given] = (),
) -> DonorHealth:
    """What the eligibility rules need to know of a donor, given as column values and donations on record."""
    known = with_donations(donor, donations)
    return DonorHealth(
        birth_date=birth_date,
        deferrals=tuple(deferrals),
        **{name: known[name] for name in HEALTH_COLUMNS},
    )


def _region(text: str | None) -> str:
    """The region as the index holds it: one line, and nothing for a file's own word for none."""
    region = " ".join((text or "").split())
    return "" if region.casefold() == NO_REGION else region


def _days(window: Window) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    """The window in days since 1970, held inside what the columns can say."""
    if window.from_on is None:
        return NEVER_DAY, NEVER_DAY, ()
    from_day = _day(window.from_on)
    until_day = NEVER_DAY if window.until_on is None else _day(window.until_on)
    if from_day >= until_day:  # over before 1970, or only after the year 2149
        return NEVER_DAY, NEVER_DAY, ()
    gaps = ((_day(start), _day(end)) for start, end in window.gaps)
    return from_day, until_day, tuple((start, end) for start, end in gaps if start < end)


def _day(day: date) -> int:
    return min(max(day.toordinal() - DAY_ZERO, 0), NEVER_DAY)


def deferrals_of(session: Session, donor_ids: Sequence[int]) -> Mapping[int, list[Deferral]]:
    """The deferrals on record that nobody has lifted, by donor."""
    found: dict[int, list[Deferral]] = defaultdict(list)
    if not donor_ids:
        return found
    columns = (DEFERRALS.c.donor_id, DEFERRALS.c.from_on, DEFERRALS.c.until_on, DEFERRALS.c.reason)
    for donor_id, from_on, until_on, reason in session.execute(
        sa.select(*columns).where(DEFERRALS.c.donor_id.in_(donor_ids), DEFERRALS.c.lifted_at.is_(None))
    ):
        found[donor_id].append(Deferral(from_on, until_on, reason))
    return found


def record_gaps(session: Session, gaps: Mapping[int, Sequence[tuple[int, int]]]) -> None:
    """Replace the gaps on record of these donors."""
    if not gaps:
        return
    session.execute(sa.delete(GAPS).where(GAPS.c.donor_id.in_(list(gaps))))
    rows = [
        {"donor_id": donor_id, "from_day": start, "until_day": end}
        for donor_id, spans in gaps.items()
        for start, end in spans
    ]
    if rows:
        session.execute(sa.insert(GAPS), rows)


def rederive_all(session: Session, *, reference: Reference, rules: EligibilityRules, now: datetime) -> int:
    """Rebuild the derived columns of every donor from the raw ones, as after a new release; donors changed."""
    deriver = DonorDeriver(reference, rules)
    changed = sum(_rederive(session, rows, deriver) for rows in _batches(session))
    mark_registry_derived(session, now=now, reference=reference, rules=rules)
    return changed


def rederive_donors(
    session: Session, ids: Sequence[int], *, reference: Reference, rules: EligibilityRules, now: datetime
) -> int:
    """Rebuild the derived columns of these donors, as after a new table of allele codes; donors changed."""
    deriver = DonorDeriver(reference, rules)
    changed = 0
    for start in range(0, len(ids), REDERIVED_AT_ONCE):
        found = session.execute(_WITH_BIRTH_DATE.where(DONORS.c.id.in_(ids[start : start + REDERIVED_AT_ONCE])))
        changed += _rederive(session, [dict(row) for row in found.mappings()], deriver)
    if changed:
        mark_registry_changed(session, now=now)
    return changed


def _rederive(session: Session, rows: Sequence[Mapping[str, Any]], deriver: DonorDeriver) -> int:
    ids = [row["id"] for row in rows]
    deferrals, donations = deferrals_of(session, ids), donations_of(session, ids)
    updates, gaps = [], {}
    for row in rows:
        derived = deriver.derive(
            row,
            birth_date=row["birth_date"],
            deferrals=deferrals.get(row["id"], ()),
            donations=donations.get(row["id"], ()),
        )
        columns = derived.columns()
        if row["has_gaps"] or derived.gaps:
            gaps[row["id"]] = derived.gaps
        if any(row[name] != columns[name] for name in DERIVED_COLUMNS):
            updates.append({"donor_id": row["id"], **columns})
    _update_donors(session, updates)
    record_gaps(session, gaps)
    return len(updates)


_WITH_BIRTH_DATE = (
    sa.select(DONORS, IDENTITIES.c.birth_date)
    .join(IDENTITIES, IDENTITIES.c.donor_id == DONORS.c.id, isouter=True)
    .order_by(DONORS.c.id)
)


def _batches(session: Session) -> Iterator[list[dict[str, Any]]]:
    query = _WITH_BIRTH_DATE.limit(REDERIVED_AT_ONCE)
    last = 0
    while rows := [dict(row) for row in session.execute(query.where(DONORS.c.id > last)).mappings()]:
        yield rows
        last = rows[-1]["id"]


def _update_donors(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    # Straight to the table: derived columns are no edit, and must not raise the row's version.
    session.connection().execute(sa.update(DONORS).where(DONORS.c.id == sa.bindparam("donor_id")), rows)


def mark_registry_changed(session: Session, *, now: datetime) -> RegistryState:
    """Raise the registry's version, by which every index built before knows that it is stale."""
    state = session.get(RegistryState, STATE_ID)
    if state is None:
        state = RegistryState(id=STATE_ID, version=0, changed_at=now)
    state.version += 1
    state.changed_at = now
    session.add(state)
    session.flush()
    return state


def mark_registry_derived(session: Session, *, now: datetime, reference: Reference, rules: EligibilityRules) -> None:
    """Say that every donor on record was derived under these names: after all were, or where there was none before."""
    state = mark_registry_changed(session, now=now)
    state.reference_name = reference.name
    state.rules_name = rules.name
    session.flush()


def has_donors(session: Session) -> bool:
    """Whether any donor is on record."""
    return session.execute(sa.select(DONORS.c.id).limit(1)).first() is not None


def check_derived_alike(session: Session, *, reference: Reference, rules: EligibilityRules) -> None:
    """Let donors join only those derived under the same nomenclature and rules, or the names on record would lie.

    Raises:
        RefusedByRule: the donors on record were derived under others.
    """
    state = session.get(RegistryState, STATE_ID)
    recorded = (state.reference_name, state.rules_name) if state else ("", "")
    in_force = (reference.name, rules.name)
    if recorded != in_force and has_donors(session):
        raise RefusedByRule(
            "registry_derived_otherwise",
            recorded=", ".join(name or "–" for name in recorded),
            in_force=", ".join(in_force),
        )
