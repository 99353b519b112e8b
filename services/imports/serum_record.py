"""Sera on record: what is known of those a file names, how they differ from it, and writing new ones."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from models.antibody import Bead, SerumSample
from models.importing import ImportRow, RowOutcome
from models.patient import Patient
from services.imports.sera import BeadReading, Serum, bead_values

_BEADS = SQLModel.metadata.tables["bead"]
_NOTHING = "–"

BeadValues = tuple[str, str, str, str]  # kind, allele, raw MFI, MFI


class StoredSera:
    """The sera on record under the sample codes of a file."""

    def __init__(self, session: Session, sample_codes: Iterable[str]) -> None:
        self._session = session
        query = select(SerumSample).where(col(SerumSample.sample_code).in_(list(sample_codes)))
        self._by_key = {(one.sample_code, one.hla_class, one.kit_lot): one for one in session.exec(query)}

    def find(self, serum: Serum) -> SerumSample | None:
        """The serum of the same sample, class and kit lot."""
        return self._by_key.get(serum.key)

    def patient_number(self, stored: SerumSample) -> str:
        """The number of the patient a stored serum belongs to."""
        query = select(Patient.patient_number).where(Patient.id == stored.patient_id)
        return self._session.exec(query).one()

    def differences(self, stored: SerumSample, serum: Serum) -> list[str]:
        """Each difference as `what: on record → in the file`."""
        header = serum.header
        pairs = (
            ("run_on", stored.run_on, header.run_on),
            ("sampled_on", stored.sampled_on, header.sampled_on),
            ("treatment", stored.treatment, header.treatment or stored.treatment),  # silence denies nothing
            ("rejected", stored.rejected and "yes", header.rejected and "yes"),
        )
        found = [f"{name}: {old or _NOTHING} → {new or _NOTHING}" for name, old, new in pairs if old != new]
        kept, given = Counter(self._bead_values(stored)), Counter(bead_values(serum.beads))
        return found + _bead_differences(list((kept - given).elements()), list((given - kept).elements()))

    def is_completed_by(self, stored: SerumSample, serum: Serum) -> bool:
        """Whether the file only adds the beads whose lines were refused when the serum was first imported."""
        header = serum.header
        treatment = header.treatment or stored.treatment
        if (stored.run_on, stored.treatment, stored.rejected) != (header.run_on, treatment, header.rejected):
            return False
        if Counter(self._bead_values(stored)) - Counter(bead_values(serum.beads)):
            return False
        query = select(ImportRow.id).where(
            ImportRow.batch_id == stored.batch_id,
            ImportRow.key == stored.sample_code,
            ImportRow.outcome == RowOutcome.REFUSED,
        )
        return self._session.exec(query.limit(1)).first() is not None

    def _bead_values(self, stored: SerumSample) -> list[BeadValues]:
        beads = self._session.exec(select(Bead).where(Bead.sample_id == stored.id)).all()
        return [(one.kind.value, one.allele_text, str(one.raw_mfi), str(one.mfi)) for one in beads]


def _bead_differences(kept: Sequence[BeadValues], given: Sequence[BeadValues]) -> list[str]:
    """Differences bead by bead; MFI as the rules use them, raw ones where only those differ."""
    sides: dict[str, tuple[list[BeadValues], list[BeadValues]]] = defaultdict(lambda: ([], []))
    for place, beads in enumerate((kept, given)):
        for bead in beads:
            sides[bead[1]][place].append(bead)
    found = []
    for allele, (old, new) in sorted(sides.items()):
        column = 2 if [bead[3] for bead in old] == [bead[3] for bead in new] else 3
        found.append(f"{allele}: {_mfis(old, column)} → {_mfis(new, column)}")
    return found


def _mfis(beads: Sequence[BeadValues], column: int) -> str:
    return ", ".join(bead[column].removesuffix(".0") for bead in beads) or _NOTHING


def create_serum(
    session: Session, serum: Serum, *, patient_id: int, source_format: str, batch_id: int, now: datetime
) -> None:
    """Write a new serum with its beads."""
    header = serum.header
    stored = SerumSample(
        patient_id=patient_id,
        sample_code=header.sample_code,
        hla_class=serum.hla_class,
        kit_lot=header.kit_lot,
        run_on=header.run_on,
        sampled_on=header.sampled_on,
        source_format=source_format,
        treatment=header.treatment,
        batch_id=batch_id,
        rejected=header.rejected,
        content_hash=serum.content_hash(),
        created_at=now,
    )
    session.add(stored)
    session.flush()  # the beads need its number
    _write_beads(session, stored.id or 0, serum.beads)


def complete_serum(session: Session, serum: Serum, *, stored_id: int, batch_id: int) -> None:
    """Replace the beads of a serum that was incomplete by all those of the corrected file."""
    stored = session.get_one(SerumSample, stored_id)
    stored.batch_id = batch_id
    stored.content_hash = serum.content_hash()
    session.add(stored)
    session.execute(sa.delete(_BEADS).where(_BEADS.c.sample_id == stored_id))
    _write_beads(session, stored_id, serum.beads)


def _write_beads(session: Session, sample_id: int, beads: Sequence[BeadReading]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "sample_id": sample_id,
            "position": bead.position,
            "kind": bead.kind,
            "allele_text": bead.allele_text,
            "raw_mfi": bead.raw_mfi,
            "mfi": bead.mfi,
        }
        for bead in beads
    ]
    if rows:
        session.execute(sa.insert(_BEADS), rows)
