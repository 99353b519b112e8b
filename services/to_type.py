"""Whom to type next: the donors whom a better typing could make compatible for most directives in force."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from domain.errors import Issue, PhenothequeError
from services.audit import record_audit
from services.directives_in_force import directives_in_force
from services.documents.document import Column, Document, Fact, Maker, Table
from services.documents.statements import version_facts
from services.matching.donor_rows import load_numbers
from services.matching.index import Array, RegistryIndex
from services.matching.snapshots import SnapshotStore, current_index
from services.matching.to_type import DirectiveOpenings, Openings, count_openings, counts_for, ranked_rows, targets_of
from services.reference import active_name
from services.searches import issues_json, region_code
from services.wording.catalogue import sentence

Json = dict[str, Any]
MOST_IN_A_FILE, MOST_ON_PAPER = 2_000, 500
WIDTHS = {
    "rank": 7,
    "donor": 16,
    "region": 24,
    "to_type": 20,
    "directives": 12,
    "expected": 18,
    "patients": 40,
}
COLUMNS = tuple(WIDTHS)
NUMBERS = {"rank", "directives"}


def list_to_type(
    session: Session,
    store: SnapshotStore,
    *,
    on: date,
    region: str | None = None,
    limit: int | None = 50,
    offset: int = 0,
    with_patients: bool = False,
    locale: str = "fr",
) -> Json:
    """The donors by how many directives in force a better typing could settle in their favour; `limit` None lists all.

    Patients' numbers are there only `with_patients`. Raises UnusableInput for an unknown region.
    """
    index, said = current_index(session, store)
    chosen = region_code(index, region)
    openings, faults = _openings(session, index, on, locale)
    if faults and not with_patients:  # their sentences name patients
        faults = [Issue("directives_left_out", "warning", "", {"count": len(faults)})]
    found = count_openings(index, [one for _, one in openings])
    rows = ranked_rows(index, found, chosen)
    page = rows[offset : None if limit is None else offset + limit]
    donors = _donors(session, index, found, page, openings if with_patients else None)
    for place, donor in enumerate(donors, start=offset + 1):
        donor["rank"] = place
    return {
        "on": on.isoformat(),
        "region": region,
        "directives": len(openings),
        "total": len(rows),
        "offset": offset,
        "versions": _versions(session, index, [one for _, one in openings]),
        "donors": donors,
        "issues": issues_json((*said, *faults), locale),
    }


def to_type_cells(donor: Json, locale: str, *, with_patients: bool = True) -> list[str | int]:
    """One donor under `COLUMNS`, in words."""
    expected = sentence("expected_not_known", {}, locale)
    if donor["expected"] is not None:
        known = {"expected": donor["expected"], "known": donor["with_known_chance"]}
        expected = sentence("expected_of", known, locale)
    cells = [donor["rank"], donor["donor_number"], donor["region"] or sentence("unassigned", {}, locale)]
    cells += [", ".join(donor["to_type"]), donor["directives"], expected]
    return [*cells, ", ".join(donor["patients"])] if with_patients else cells


def to_type_document(answer: Json, *, locale: str, maker: Maker, with_patients: bool) -> Document:
    """The list as a document for a spreadsheet."""
    columns = COLUMNS if with_patients else COLUMNS[:-1]
    headings = [Column(sentence(f"heading_{name}", {}, locale), WIDTHS[name], name in NUMBERS) for name in columns]
    rows = [to_type_cells(one, locale, with_patients=with_patients) for one in answer["donors"]]
    title = sentence("doc.title_to_type", {}, locale)
    return Document(
        name=sentence("doc.file_to_type", {}, locale),
        title=title,
        subject=answer["region"] or sentence("doc.whole_country", {}, locale),
        locale=locale,
        facts=[Fact(sentence("heading_directives_in_force", {}, locale), answer["directives"])],
        versions=version_facts(answer, locale),
        made=maker.facts(locale),
        tables=[Table(title, headings, rows)],
        notes=[issue["message"] for issue in answer["issues"]],
    )


def record_to_type_export(
    session: Session, document: Document, kind: str, rows: int, *, actor: str, now: datetime
) -> None:
    """Note who took the list out, of which place, in which form, and how much of it."""
    record_audit(
        session,
        actor=actor,
        action="to_type_exported",
        subject_type="registry",
        subject_key=document.subject,
        details={"format": kind, "rows": rows},
        now=now,
    )


def _openings(
    session: Session, index: RegistryIndex, on: date, locale: str
) -> tuple[list[tuple[str, DirectiveOpenings]], list[Issue]]:
    """Each directive in force under its patient's number; one that cannot be read is left out and said."""
    found, faults = [], []
    for number, one in directives_in_force(session, index, on=on):
        if isinstance(one, PhenothequeError):
            why = sentence(one.code, one.params, locale)
            faults.append(Issue("directive_left_out", "warning", number, {"patient": number, "why": why}))
        else:
            found.append((number, DirectiveOpenings(one.matching, one.threshold_mfi)))
    return found, faults


def _donors(
    session: Session,
    index: RegistryIndex,
    found: Openings,
    rows: Array,
    openings: Sequence[tuple[str, DirectiveOpenings]] | None,
) -> list[Json]:
    ids = [int(index.donor_id[row]) for row in rows]
    numbers = load_numbers(session, ids)
    donors = []
    for row, donor_id in zip(rows, ids, strict=True):
        with_chance = int(found.with_chance[row])
        entry: Json = {
            "donor_number": numbers[donor_id],
            "region": index.meta.regions[int(index.class_codes[0][index.donor_class[row]])],
            "to_type": targets_of(int(found.bits[row])),
            "directives": int(found.directives[row]),
            "expected": round(float(found.expected[row]), 2) if with_chance else None,
            "with_known_chance": with_chance,
        }
        if openings is not None:
            entry["patients"] = [number for number, one in openings if counts_for(one, index, int(row))]
        donors.append(entry)
    return donors


def _versions(session: Session, index: RegistryIndex, openings: Sequence[DirectiveOpenings]) -> Json:
    tables = {table.name for one in openings if (table := one.matching.risks.table) is not None}
    return {
        "nomenclature": active_name(session),
        "frequencies": next(iter(tables), None),
        "snapshot": index.meta.snapshot,
    }
