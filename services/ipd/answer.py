"""Releases and activations as data for commands and pages, and the whole list of changes as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlmodel import Session, col, select

from models.reference import ReferenceRelease
from services.exports import neutralised
from services.ipd.activation import Change, Comparison, start_comparison
from services.reference import core_reference, creg_version, parameters
from services.wording.catalogue import sentence

Json = dict[str, Any]
COLUMNS = ("who", "number", "locus", "raw_text", "before", "after", "noted")


def references_json(session: Session) -> list[Json]:
    """The core, then the releases kept, the latest loaded first; one is active."""
    core = core_reference()
    rows = session.exec(select(ReferenceRelease).order_by(col(ReferenceRelease.loaded_at).desc())).all()
    first = {
        "name": core.name,
        "kind": "core",
        "active": not any(row.active for row in rows),
        "antigens": len(core.kinds),
        "alleles": len(core.alleles),
        "cregs": [creg_version(family) for family in sorted(core.cregs)],
        "default_creg": creg_version(parameters()["default_creg_family"]),
    }
    return [first, *map(release_json, rows)]


def release_json(row: ReferenceRelease) -> Json:
    """One kept release, with the report on reading it."""
    said = row.provenance
    return {
        "name": row.name,
        "kind": row.kind.value,
        "active": row.active,
        "version": said["version"],
        "released_on": said["dated_on"],
        "loaded_at": row.loaded_at,
        "content_hash": said["content_hash"],
        "alleles": said["report"]["alleles"],
        "report": said["report"],
    }


def preview_json(session: Session, comparison: Comparison, *, locale: str, shown: int | None = None) -> Json:
    """What putting a nomenclature in force would change, reading it through; the first `shown` changes, or all."""
    changes = comparison.changes(session)
    kept = [change_json(one, locale) for one in islice(changes, shown)]
    more = sum(1 for _ in changes)
    return {
        "before": comparison.before.name,
        "after": comparison.after.name,
        "counts": dict(comparison.counts),
        "broken_directives": sorted(set(comparison.broken)),
        "changes": kept,
        "left_out": more,
        "seen": comparison.seen,
    }


def change_json(change: Change, locale: str) -> Json:
    """One text that reads differently; antigens as lists."""
    return {
        "who": change.who,
        "number": change.number,
        "locus": change.locus,
        "raw_text": change.raw,
        "before": change.before.split(),
        "after": change.after.split(),
        "noted": [{"code": one.code, "message": _words(one, locale)} for one in change.noted],
    }


def all_changes_csv(session: Session, name: str, locale: str) -> Iterator[str]:
    """Every change that putting a nomenclature in force would make, line by line. Raises NotFound."""
    changes = start_comparison(session, name).changes(session)
    return changes_csv((change_json(one, locale) for one in changes), locale)


def changes_csv(changes: Iterable[Json], locale: str) -> Iterator[str]:
    """Changes as lines of CSV, the heading first; text that a spreadsheet would obey is made harmless."""
    yield _line([sentence(f"heading_{name}", {}, locale) for name in COLUMNS])
    for one in changes:
        yield _line([neutralised(cell) for cell in change_cells(one, locale)])


def change_cells(one: Json, locale: str) -> Sequence[str]:
    """One change in words, under the columns of `COLUMNS`."""
    noted = " ".join(said["message"] for said in one["noted"])
    sides = [" ".join(one[side]) or "–" for side in ("before", "after")]
    return [sentence(f"changed.{one['who']}", {}, locale), one["number"], one["locus"], one["raw_text"], *sides, noted]


def _words(issue: Any, locale: str) -> str:
    return sentence(issue.code, {"subject": issue.subject, "text": issue.subject, **issue.params}, locale)


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()
