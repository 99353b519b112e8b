"""Donor files: rows into donors, their identities, their history of typings and their derived columns."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from domain.eligibility import EligibilityRules
from domain.reference import Reference
from models.donor import NEVER_DAY, TYPING_COLUMNS, DonorStatus, identity_indexes
from models.importing import ImportBatch
from services.donor_donations import donations_of
from services.donors import (
    DONORS,
    GAPS,
    IDENTITIES,
    Derived,
    DonorDeriver,
    check_derived_alike,
    deferrals_of,
    has_donors,
    mark_registry_changed,
    mark_registry_derived,
    record_gaps,
)
from services.duplicates.asking import ask_for_comparison
from services.imports.fields import DONOR_FIELDS, DONOR_FORM, DONOR_KEY, IDENTITY_COLUMNS
from services.imports.outcome import FileIssue, ImportResult
from services.imports.people import UPDATED_AT, Arrival, Plan, Stored, import_people
from services.imports.reading import Layout, ReadRow
from services.imports.request import ImportRequest

_HISTORY = SQLModel.metadata.tables["donor_typing"]
_INDEXED = ("last_name", "first_name", "birth_date", "phone", "email")
# Of a donor the file says nothing more about: no consent is no consent, and a listed donor is active.
_DEFAULTS: Mapping[str, Any] = {
    **dict.fromkeys(name for name in DONOR_FIELDS if name not in (UPDATED_AT, "hla")),
    **dict.fromkeys(TYPING_COLUMNS, ""),
    "consent_contact": False,
    "status": DonorStatus.ACTIVE.value,
}


def import_donors(
    session: Session,
    request: ImportRequest,
    *,
    reference: Reference,
    rules: EligibilityRules,
    layout: Layout | None = None,
) -> ImportResult:
    """Import one donor file (INTERFACES §2), and ask that donors new or changed be compared with those on record.

    Raises:
        RefusedByRule: the donors on record were derived under another nomenclature or other rules.
        UnusableInput: see `import_people`.
    """
    register = DonorRegister(session, DonorDeriver(reference, rules), now=request.now, source=request.file_name)
    result = import_people(session, request, register=register, reference=reference, layout=layout)
    if request.writes and result.created + result.updated:
        ask_for_comparison(session, actor=request.actor, now=request.now)
    return result


class DonorRegister:
    """The donors on record, as an import reads and writes them."""

    form = DONOR_FORM
    said_when_absent: Mapping[str, FileIssue] = {
        "consent_contact": FileIssue("consent_column_absent", "warning", column="consent_contact"),
        "status": FileIssue("status_column_absent", "info", column="status"),
    }

    def __init__(self, session: Session, deriver: DonorDeriver, *, now: datetime, source: str) -> None:
        self._session = session
        self._deriver = deriver
        self._now = now
        self._source = source
        self._first = False

    def begin(self) -> None:
        """See whether these donors are the first, or derived like those on record. Raises RefusedByRule."""
        self._first = not has_donors(self._session)
        check_derived_alike(self._session, reference=self._deriver.reference, rules=self._deriver.rules)

    def columns_of(self, row: ReadRow) -> dict[str, Any]:
        """The row's values as the tables hold them; a column the file lacks is left out, an empty cell is not."""
        columns: dict[str, Any] = {name: value for name, value in row.values.items() if name != UPDATED_AT}
        if "consent_contact" in columns:
            columns["consent_contact"] = bool(columns["consent_contact"])
        if isinstance(columns.get("birth_date"), date):
            columns["birth_date"] = columns["birth_date"].isoformat()
        return columns

    def find(self, numbers: Sequence[str]) -> Mapping[str, Stored]:
        """Those of these numbers that are on record."""
        names = (DONOR_KEY, "id", "row_hash", "source_updated_at", "erased_at", "restricted_at", "consent_withdrawn_at")
        into = DONORS.alias()
        query = sa.select(*(DONORS.c[name] for name in names), into.c.donor_number.label("taken_by"))
        query = query.join(into, into.c.id == DONORS.c.merged_into_id, isouter=True)
        rows = self._session.execute(query.where(DONORS.c.donor_number.in_(numbers)))
        return {row.donor_number: _stored(row) for row in rows}

    def load(self, ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
        """Everything on record of these donors."""
        if not ids:
            return {}
        identity = [IDENTITIES.c.donor_id.label("identity_of"), *(IDENTITIES.c[name] for name in IDENTITY_COLUMNS)]
        query = sa.select(DONORS, *identity).join(IDENTITIES, IDENTITIES.c.donor_id == DONORS.c.id, isouter=True)
        rows = self._session.execute(query.where(DONORS.c.id.in_(ids))).mappings()
        return {row["id"]: dict(row) for row in rows}

    def write(self, plan: Plan, batch_id: int) -> None:
        """Carry out a plan, in bulk."""
        self._create(plan.create)
        self._update(plan.update, batch_id)
        self._remember(plan.remember)

    def finish(self, keys: frozenset[str], batch: ImportBatch | None, *, full: bool, changed: bool) -> Sequence[str]:
        """Mark the donors absent from a full file as inactive, and raise the registry's version."""
        absent = self._absent(keys) if full else {}
        if batch is None:
            return list(absent.values())
        self._deactivate(list(absent))
        if absent or changed:
            self._mark()
        return list(absent.values())

    def _mark(self) -> None:
        """Only where all donors are of this file is the whole registry derived as they are."""
        if self._first:
            deriver = self._deriver
            mark_registry_derived(self._session, now=self._now, reference=deriver.reference, rules=deriver.rules)
        else:
            mark_registry_changed(self._session, now=self._now)

    def _create(self, arrivals: Sequence[Arrival]) -> None:
        if not arrivals:
            return
        people = [{**_DEFAULTS, **arrival.columns, DONOR_KEY: arrival.row.key} for arrival in arrivals]
        derived = [self._deriver.derive(person, birth_date=person["birth_date"]) for person in people]
        self._session.execute(
            sa.insert(DONORS),
            [
                {**_donor_columns(person), **_stamp(arrival), **one.columns(),
                 "version_id": 1, "created_at": self._now, "updated_at": self._now}
                for person, arrival, one in zip(people, arrivals, derived, strict=True)
            ],
        )  # fmt: skip
        ids = self.find([person[DONOR_KEY] for person in people])
        self._session.execute(
            sa.insert(IDENTITIES),
            [{"donor_id": ids[person[DONOR_KEY]].id, **_identity_columns(person)} for person in people],
        )
        gaps = zip(people, derived, strict=True)
        record_gaps(self._session, {ids[p[DONOR_KEY]].id: one.gaps for p, one in gaps if one.gaps})

    def _update(self, changes: Sequence[tuple[Arrival, Mapping[str, Any]]], batch_id: int) -> None:
        if not changes:
            return
        ids = [old["id"] for _, old in changes]
        deferrals, donations = deferrals_of(self._session, ids), donations_of(self._session, ids)
        donors, gaps = [], {}
        for arrival, old in changes:
            person = {**old, **arrival.columns}
            derived = self._deriver.derive(
                person,
                birth_date=person["birth_date"],
                deferrals=deferrals.get(old["id"], ()),
                donations=donations.get(old["id"], ()),
            )
            donors.append(self._changed_donor(arrival, person, derived))
            if old["has_gaps"] or derived.gaps:
                gaps[old["id"]] = derived.gaps
        self._record_history(changes, batch_id)
        self._execute_many(sa.update(DONORS).where(DONORS.c.id == sa.bindparam("of_donor")), donors)
        self._update_identities(changes)
        record_gaps(self._session, gaps)

    def _update_identities(self, changes: Sequence[tuple[Arrival, Mapping[str, Any]]]) -> None:
        """Write the identities that changed; a donor of a registry without identities gets a first one."""
        changed: list[dict[str, Any]] = []
        first: list[dict[str, Any]] = []
        for arrival, old in changes:
            person = {**old, **arrival.columns}
            if any(old[name] != person[name] for name in IDENTITY_COLUMNS):
                (first if old["identity_of"] is None else changed).append(
                    {"of_donor": old["id"], **_identity_columns(person)}
                )
        self._execute_many(sa.update(IDENTITIES).where(IDENTITIES.c.donor_id == sa.bindparam("of_donor")), changed)
        self._execute_many(sa.insert(IDENTITIES).values(donor_id=sa.bindparam("of_donor")), first)

    def _changed_donor(self, arrival: Arrival, person: Mapping[str, Any], derived: Derived) -> dict[str, Any]:
        stamp = _stamp(arrival)
        if arrival.source_updated_at is None:
            stamp["source_updated_at"] = person["source_updated_at"]
        version = {"version_id": person["version_id"] + 1, "updated_at": self._now}
        return {"of_donor": arrival.id, **_donor_columns(person), **stamp, **derived.columns(), **version}

    def _remember(self, arrivals: Sequence[Arrival]) -> None:
        """Keep the new fingerprint and source date of rows that say what is on record already."""
        dated = [arrival for arrival in arrivals if arrival.source_updated_at is not None]
        undated = [arrival for arrival in arrivals if arrival.source_updated_at is None]
        query = sa.update(DONORS).where(DONORS.c.id == sa.bindparam("of_donor"))
        self._execute_many(query, [{"of_donor": one.id, **_stamp(one)} for one in dated])
        self._execute_many(query, [{"of_donor": one.id, "row_hash": one.row_hash} for one in undated])

    def _record_history(self, changes: Sequence[tuple[Arrival, Mapping[str, Any]]], batch_id: int) -> None:
        """A donor whose typing changes gets a row for what it is now, and at the first change one for what it was."""
        retyped = [
            (one, old) for one, old in changes if any(old[n] != one.columns.get(n, old[n]) for n in TYPING_COLUMNS)
        ]
        if not retyped:
            return
        query = sa.select(_HISTORY.c.donor_id).where(_HISTORY.c.donor_id.in_([old["id"] for _, old in retyped]))
        known = set(self._session.scalars(query.distinct()))
        rows = []
        for arrival, old in retyped:
            if old["id"] not in known:
                first = {"donor_id": old["id"], "recorded_at": old["created_at"], "batch_id": None, "source": ""}
                rows.append({**first, **{name: old[name] for name in TYPING_COLUMNS}})
            now = {
                "donor_id": old["id"],
                "recorded_at": self._now,
                "batch_id": batch_id,
                "source": self._source,
            }
            rows.append({**now, **{name: arrival.columns.get(name, old[name]) for name in TYPING_COLUMNS}})
        self._session.execute(sa.insert(_HISTORY), rows)

    def _absent(self, keys: frozenset[str]) -> dict[int, str]:
        query = sa.select(DONORS.c.id, DONORS.c.donor_number).where(
            DONORS.c.status != DonorStatus.INACTIVE, DONORS.c.restricted_at.is_(None)
        )
        rows = self._session.execute(query.order_by(DONORS.c.donor_number))
        listed = self._listed_before(keys)
        return {donor_id: number for donor_id, number in rows if number not in keys and donor_id not in listed}

    def _listed_before(self, keys: frozenset[str]) -> set[int]:
        """The donors whom a file lists under the number of a record that theirs took over."""
        query = sa.select(DONORS.c.merged_into_id, DONORS.c.donor_number).where(DONORS.c.merged_into_id.is_not(None))
        return {donor_id for donor_id, number in self._session.execute(query) if number in keys}

    def _deactivate(self, ids: Sequence[int]) -> None:
        """Inactive is not eligible (MATCHING §9), so the derived columns follow without reading the donor."""
        inactive = {
            "status": DonorStatus.INACTIVE.value,
            "searchable": False,
            "eligible_from_day": NEVER_DAY,
            "eligible_until_day": NEVER_DAY,
            "has_gaps": False,
            "row_hash": None,
            "updated_at": self._now,
        }
        query = sa.update(DONORS).where(DONORS.c.id == sa.bindparam("of_donor"))
        self._execute_many(
            query.values(version_id=DONORS.c.version_id + 1), [{"of_donor": one, **inactive} for one in ids]
        )
        self._execute_many(sa.delete(GAPS).where(GAPS.c.donor_id == sa.bindparam("of_donor")),
                           [{"of_donor": one} for one in ids])  # fmt: skip

    def _execute_many(self, query: sa.Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._session.connection().execute(query, rows)  # straight to the tables: thousands of rows


def _stored(row: Any) -> Stored:
    """What is on record, with the sentence for a row whose donor no file may touch."""
    restricted = "donor_restricted_row" if row.restricted_at else None
    erased = "donor_erased_row" if row.erased_at else restricted
    return Stored(
        row.id,
        row.row_hash,
        row.source_updated_at,
        left_alone="donor_merged_row" if row.taken_by else erased,
        taken_by=row.taken_by or "",
        held=("consent_contact",) if row.consent_withdrawn_at else (),
    )


def _stamp(arrival: Arrival) -> dict[str, Any]:
    return {"row_hash": arrival.row_hash, "source_updated_at": arrival.source_updated_at}


def _donor_columns(person: Mapping[str, Any]) -> dict[str, Any]:
    return _only(person, (name for name in _DEFAULTS if name not in IDENTITY_COLUMNS))


def _identity_columns(person: Mapping[str, Any]) -> dict[str, Any]:
    return {**_only(person, IDENTITY_COLUMNS), **identity_indexes(**_only(person, _INDEXED))}


def _only(person: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: person[name] for name in names}
