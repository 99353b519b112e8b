"""Tables of allele frequencies in the database: one in use, earlier ones kept, each read once by a process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, func, select

from domain.errors import RefusedByRule, UnusableInput
from domain.typing_risk import FrequencyTable
from models.donor import Donor
from models.frequency import AlleleFrequency, FrequencyTableRow
from services.audit import record_audit
from services.frequencies.contents import FrequencyContents
from services.tables_in_use import put_in_use, read_once

SHOWN_FAULTS = 20
DECLARED, EQUAL, GIVEN = "declared", "equal", "given"
Json = dict[str, Any]
# Tables never change once stored: a name and a hash stand for one for ever.
_read: dict[tuple[str, str], FrequencyTable] = {}


@dataclass(frozen=True, slots=True)
class Loading:
    """How a file is to be kept: its name, the shares of the populations in words (None: ours), who and when."""

    name: str
    file_name: str
    weights: str | None
    actor: str
    now: datetime
    illustrative: bool = False


def record_frequencies(session: Session, contents: FrequencyContents, loading: Loading) -> Json:
    """Store a table and put it in use; one stored before is put back in use instead.

    Raises UnusableInput for shares of populations that there are not, RefusedByRule where another table has the name.
    """
    mix, basis = _mix(session, contents, loading.weights)
    row = _find_same(session, contents.content_hash, None if loading.weights is None else mix)
    status = "created" if row is None else ("unchanged" if row.active else "restored")
    if row is None:
        if session.exec(select(FrequencyTableRow).where(FrequencyTableRow.name == loading.name)).first():
            raise RefusedByRule("frequency_table_name_taken", name=loading.name)
        row = _store(session, contents, loading, mix, basis)
    if status != "unchanged":
        _activate(session, row, loading)
    return {"table": row.name, "status": status, "mix": row.mix, "mix_basis": row.mix_basis, **_counts(contents)}


def _counts(contents: FrequencyContents) -> Json:
    return {
        "rows": contents.rows,
        "alleles": len({allele for _, allele in contents.found}),
        "populations": list(contents.populations),
        "other_loci": contents.other_loci,
        "refused": len(contents.faults),
        "faults": contents.faults[:SHOWN_FAULTS],
    }


def _mix(session: Session, contents: FrequencyContents, words: str | None) -> tuple[dict[str, float], str]:
    """The share of each population, summing to 1, and who says so: `declared`, `equal` or `given`."""
    populations = contents.populations
    if words in (None, DECLARED):
        counted = _declared(session, populations)
        if any(counted.values()):
            return _shares(counted), DECLARED
        if words == DECLARED:
            raise UnusableInput("frequency_nobody_declared", populations=", ".join(populations))
    if words in (None, EQUAL):
        return _shares(dict.fromkeys(populations, 1.0)), EQUAL
    given = dict.fromkeys(populations, 0.0)
    for part in str(words).split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        if name not in given or not number.replace(".", "", 1).isdecimal():
            raise UnusableInput("frequency_weights_unreadable", part=part, populations=", ".join(populations))
        given[name] = float(number)
    if not any(given.values()):
        raise UnusableInput("frequency_weights_unreadable", part=words, populations=", ".join(populations))
    return _shares(given), GIVEN


def _declared(session: Session, populations: tuple[str, ...]) -> dict[str, float]:
    """How many searchable donors declared each population by its exact name, case aside."""
    query = select(Donor.ancestry, func.count()).where(col(Donor.searchable), col(Donor.ancestry).is_not(None))
    counted = dict.fromkeys(populations, 0.0)
    plain = {name.casefold(): name for name in populations}
    for text, donors in session.exec(query.group_by(Donor.ancestry)).all():
        name = plain.get((text or "").strip().casefold())
        if name is not None:
            counted[name] += donors
    return counted


def _shares(counted: Mapping[str, float]) -> dict[str, float]:
    total = sum(counted.values())
    return {name: round(number / total, 6) for name, number in counted.items()}


def _find_same(session: Session, content_hash: str, mix: Mapping[str, float] | None) -> FrequencyTableRow | None:
    """The latest table with the same figures, and with the same shares where they were asked for."""
    query = select(FrequencyTableRow).where(FrequencyTableRow.content_hash == content_hash)
    rows = session.exec(query.order_by(col(FrequencyTableRow.active).desc(), col(FrequencyTableRow.id).desc())).all()
    return next((row for row in rows if mix is None or row.mix == mix), None)


def _store(
    session: Session, contents: FrequencyContents, loading: Loading, mix: dict[str, float], basis: str
) -> FrequencyTableRow:
    sources = sorted({one.source for one in contents.found.values() if one.source})
    row = FrequencyTableRow(
        name=loading.name,
        content_hash=contents.content_hash,
        mix=mix,
        mix_basis=basis,
        provenance={"file": loading.file_name, "rows": len(contents.found), "sources": sources},
        illustrative=loading.illustrative,
        loaded_at=loading.now,
    )
    session.add(row)
    session.flush()
    facts = [
        {
            "table_id": row.id,
            "population": population,
            "allele": allele,
            "frequency": one.frequency,
            "sample_size": one.sample_size,
            "source": one.source,
        }
        for (population, allele), one in contents.found.items()
    ]
    session.connection().execute(insert(AlleleFrequency), facts)
    return row


def _activate(session: Session, row: FrequencyTableRow, loading: Loading) -> None:
    put_in_use(session, row, instead_of=_row_in_use(session))
    record_audit(
        session,
        actor=loading.actor,
        action="frequency_table_activated",
        subject_type="frequency_table",
        subject_key=row.name,
        details={"file": row.provenance["file"], "hash": row.content_hash, "mix": row.mix, "basis": row.mix_basis},
        now=loading.now,
    )


def _row_in_use(session: Session) -> FrequencyTableRow | None:
    return session.exec(select(FrequencyTableRow).where(col(FrequencyTableRow.active))).first()


def frequency_table_in_use(session: Session) -> FrequencyTable | None:
    """The table that risks rest on; None where the site loaded none."""
    row = _row_in_use(session)
    if row is None:
        return None
    return read_once(_read, (row.name, row.content_hash), lambda: _load(session, row))


def _load(session: Session, row: FrequencyTableRow) -> FrequencyTable:
    columns = (AlleleFrequency.population, AlleleFrequency.allele, AlleleFrequency.frequency)
    populations: dict[str, dict[str, float]] = {}
    for population, allele, frequency in session.exec(
        select(*columns).where(AlleleFrequency.table_id == row.id).order_by(*columns[:2])
    ).all():
        populations.setdefault(population, {})[allele] = frequency
    return FrequencyTable(row.name, populations, row.mix)


def list_frequency_tables(session: Session) -> list[Json]:
    """The tables loaded, the latest first, and which one is in use."""
    rows = session.exec(
        select(FrequencyTableRow).order_by(col(FrequencyTableRow.loaded_at).desc(), col(FrequencyTableRow.id).desc())
    ).all()
    return [
        {
            "name": row.name,
            "kind": "frequencies",
            "illustrative": row.illustrative,
            "active": row.active,
            "loaded": row.loaded_at,
            "mix": row.mix,
            "mix_basis": row.mix_basis,
            "provenance": row.provenance,
            "content_hash": row.content_hash,
        }
        for row in rows
    ]
