"""Releases in the database: recorded once, loaded as the domain reads them."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from domain.errors import RefusedByRule
from domain.release import NULL, Assignment, AssignmentKind, Release, Withdrawal, first_fields
from models.reference import ReferenceRelease, ReleaseKind
from services.audit import record_audit
from services.ipd.contents import AlleleRow, ReleaseContents, WithdrawnRow

ALLELES = SQLModel.metadata.tables["ipd_allele"]
WITHDRAWN = SQLModel.metadata.tables["ipd_withdrawn_name"]
SUFFIXES = "NLSCAQ"
NAME = "ipd-imgt-hla-{version}"


def record_release(
    session: Session, contents: ReleaseContents, *, actor: str, now: datetime
) -> tuple[ReferenceRelease, bool]:
    """Keep a release, not in force yet; the same one again changes nothing (False).

    Raises:
        RefusedByRule: a release of this version is kept and says something else.
    """
    name = NAME.format(version=contents.version)
    kept = session.exec(select(ReferenceRelease).where(ReferenceRelease.name == name)).first()
    if kept is not None:
        if kept.provenance["content_hash"] != contents.content_hash:
            raise RefusedByRule("release_kept_otherwise", name=name)
        return kept, False
    row = ReferenceRelease(name=name, kind=ReleaseKind.IPD, loaded_at=now, provenance=_provenance(contents))
    session.add(row)
    session.flush()
    for table, rows in ((ALLELES, contents.alleles), (WITHDRAWN, contents.withdrawn)):
        if rows:
            session.execute(sa.insert(table), [{"release_id": row.id, **asdict(one)} for one in rows])
    details = {"version": contents.version, "content_hash": contents.content_hash, "alleles": len(contents.alleles)}
    record_audit(
        session, actor=actor, action="reference_imported", subject_type="reference", subject_key=name,
        details=details, now=now,
    )  # fmt: skip
    return row, True


def _provenance(contents: ReleaseContents) -> dict[str, object]:
    return {
        "version": contents.version,
        "dated_on": contents.dated_on,
        "content_hash": contents.content_hash,
        "parents": dict(contents.parents),
        "report": dict(contents.report),
    }


def load_release(session: Session, row: ReferenceRelease) -> Release:
    """A kept release as the domain reads it."""
    alleles = [AlleleRow(*values) for values in session.execute(_columns(ALLELES, row))]
    withdrawn = [WithdrawnRow(*values) for values in session.execute(_columns(WITHDRAWN, row))]
    return build_release(row.name, alleles, withdrawn, row.provenance["parents"])


def _columns(table: sa.Table, row: ReferenceRelease) -> sa.Select[tuple[str, ...]]:
    """What a table says of one release, in the order of its file."""
    columns = [column for column in table.c if column.name not in ("id", "release_id")]
    return sa.select(*columns).where(table.c.release_id == row.id).order_by(table.c.id)


def build_release(
    name: str, rows: Collection[AlleleRow], withdrawn: Iterable[WithdrawnRow], parents: dict[str, str]
) -> Release:
    """The rows of one release gathered by two-field allele; a null variant says nothing of the others' antigens."""
    suffixes: dict[str, set[str]] = {}
    expressed: dict[str, list[AlleleRow]] = {}
    for row in rows:
        full, suffix = split_suffix(row.name)
        fields = full.split(":")
        for count in range(2, len(fields) + 1):
            suffixes.setdefault(":".join(fields[:count]), set()).add(suffix)
        if suffix != NULL:
            expressed.setdefault(first_fields(full), []).append(row)
    assignments = _Assignments()
    groups = _group_members(rows, expressed)
    return Release(
        name=name,
        alleles={allele: assignments.of(found) for allele, found in expressed.items()},
        suffixes={full: frozenset(found) for full, found in suffixes.items()},
        withdrawn={
            split_suffix(row.name)[0]: Withdrawal(row.withdrawn_on, row.successor, row.reason) for row in withdrawn
        },
        groups=groups,
        p_groups={allele: found[0].p_group for allele, found in expressed.items() if found[0].p_group},
        parents=parents,
    )


def split_suffix(name: str) -> tuple[str, str]:
    """An allele's name without its suffix, and the suffix (`""` where it has none)."""
    return (name[:-1], name[-1]) if name[-1] in SUFFIXES else (name, "")


def _group_members(rows: Iterable[AlleleRow], expressed: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        allele = first_fields(split_suffix(row.name)[0])
        for group in filter(None, (row.p_group, row.g_group)):
            if allele in expressed and not row.name.endswith(NULL):
                found.setdefault(group, {})[allele] = None
    return {group: tuple(members) for group, members in found.items()}


class _Assignments:
    """Makes assignments, one object for all alleles that have the same."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Assignment] = {}

    def of(self, rows: Iterable[AlleleRow]) -> Assignment:
        """What all rows of one two-field allele say together."""
        texts = tuple(
            tuple(dict.fromkeys(part for row in rows for part in getattr(row, kind).split("/") if part))
            for kind in AssignmentKind
        )
        if texts not in self._made:
            self._made[texts] = _assignment(dict(zip(AssignmentKind, texts, strict=True)))
        return self._made[texts]


def _assignment(said: dict[AssignmentKind, tuple[str, ...]]) -> Assignment:
    """Each antigen under its surest kind; the expert's word stays beside."""
    seen: set[str] = set()
    by_kind: dict[AssignmentKind, tuple[str, ...]] = {}
    no_antigen = False
    for kind, names in said.items():
        if kind is AssignmentKind.EXPERT:
            kept = tuple(name for name in names if name not in ("0", "?"))
        else:
            no_antigen = no_antigen or "?" in names
            kept = tuple(name for name in names if name not in ("0", "?") and name not in seen)
            seen.update(kept)
        if kept:
            by_kind[kind] = kept
    return Assignment(by_kind, no_antigen and not seen)
