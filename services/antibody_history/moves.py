"""Which donors one serum opens or closes against another, and by which specificity."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlmodel import Session

from domain.antibody_history import breaks_between, specificity_of, values_of
from domain.errors import NotFound, UnusableInput
from domain.phenotype import LocusTyping
from domain.reaction import Reaction
from domain.reactivity import SerumReading
from domain.typing_text import TypedValue
from services.antibody_history.counting import SeraCounts
from services.antibody_history.page import named
from services.antibody_history.sera import SerialSera, read_sera_alone
from services.antibody_history.what_if import Asked, changed_reading
from services.matching.donor_rows import load_numbers
from services.matching.explain import plain
from services.matching.index import Array
from services.matching.snapshots import SnapshotStore
from services.searches import issues_json
from services.workbench import banner_json

Json = dict[str, Any]
OPENED, CLOSED = "opened", "closed"
PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Pair:
    """Two readings: the donors who are compatible in the better one only are listed."""

    worse: SerumReading
    better: SerumReading


def open_moves(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    serum: int | None,
    way: str,
    asked: Asked,
    page: int,
    on: date,
    zone: str,
    locale: str,
) -> Json:
    """One page of the donors opened or closed by a serum against the one before, or opened by a what-if.

    Those who may give on the day come first, each part in the order of donor numbers. `serum` None asks for the
    what-if. Raises NotFound and UnusableInput.
    """
    if way not in (OPENED, CLOSED):
        raise UnusableInput("history_way_unknown", way=way[:20])
    serial = read_sera_alone(session, store, patient_number=patient_number, on=on, zone=zone)
    before, after, said = _by_what_if(serial, asked) if serum is None else _by_serum(serial, serum)
    pair = Pair(before, after) if way == OPENED else Pair(after, before)
    counted = SeraCounts(serial.laid.matching, [pair.worse, pair.better], serial.threshold_mfi, on)
    rows = counted.moved_rows(0, 1)
    available = serial.laid.index.eligible_rows(on)[rows]
    rows = rows[np.argsort(~available, kind="stable")]
    shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return {
        "banner": banner_json(session, serial.case, on),
        "way": way,
        "threshold": serial.threshold_mfi,
        "total": len(rows),
        "page": page,
        "donors": _donors(session, serial, pair, shown, comparable=not said["breaks"]),
        "issues": issues_json(serial.issues, locale),
        **said,
    }


def _by_serum(serial: SerialSera, serum: int) -> tuple[SerumReading, SerumReading, Json]:
    """A serum and the one before it."""
    places = {one.sample.id: at for at, one in enumerate(serial.sera)}
    at = places.get(serum, 0)
    if not at:
        raise NotFound("history_no_serum_before", patient=serial.case.patient.patient_number)
    before, after = serial.sera[at - 1], serial.sera[at]
    breaks = [one.value for one in breaks_between(before.assay, after.assay)]
    said = {"before": named(before.sample), "after": named(after.sample), "breaks": breaks, "asked": None}
    return before.reading, after.reading, said


def _by_what_if(serial: SerialSera, asked: Asked) -> tuple[SerumReading, SerumReading, Json]:
    changed = changed_reading(serial, asked)
    latest = serial.sera[serial.latest or 0]
    said: Json = {"before": named(latest.sample), "after": None, "breaks": []}
    given = {"factor_percent": asked.factor_percent, "gone": asked.gone}
    return latest.reading, changed, {**said, "asked": given}


def _donors(session: Session, serial: SerialSera, pair: Pair, rows: Array, *, comparable: bool) -> list[Json]:
    index, matching = serial.laid.index, serial.laid.matching
    phenotypes = index.cell_phenotype[np.searchsorted(index.cell_start, rows, side="right") - 1]
    numbers = load_numbers(session, [int(one) for one in index.donor_id[rows]])
    available = index.eligible_rows(serial.laid.on)[rows]
    found = []
    for row, phenotype, may_give in zip(rows, phenotypes, available, strict=True):
        typings = {
            locus: index.locus(locus, matching.reading.reference).typings[int(matching.pairs(locus)[phenotype])]
            for locus in matching.directive.loci
        }
        found.append(
            {
                "number": numbers[int(index.donor_id[row])],
                "hla": {locus: [one.canonical for one in typing.distinct()] for locus, typing in typings.items()},
                "available": bool(may_give),
                "causes": [*_causes(typings.values(), pair, serial.threshold_mfi, comparable=comparable)],
            }
        )
    return found


def _causes(typings: Iterable[LocusTyping], pair: Pair, threshold_mfi: float, *, comparable: bool) -> Iterator[Json]:
    """Each value that is not negative in the worse serum, and the specificities at or above the threshold there."""
    for typing in typings:
        for value in typing.distinct():
            state = pair.worse.react(value).at(threshold_mfi)
            if state is not Reaction.NEGATIVE:
                by = _by(value, pair, threshold_mfi, comparable=comparable)
                yield {"typed": value.canonical, "state": state.value, "by": by}


def _by(value: TypedValue, pair: Pair, threshold_mfi: float, *, comparable: bool) -> list[Json]:
    """The specificities of the beads that speak against a value; with their MFI where the two sera compare."""
    beads = {bead.allele: bead for one in pair.worse.read(value) for bead in (*one.found, *one.doubtful)}
    used = {name: one for name, one in values_of(pair.worse).items() if one.mark is None}
    better = values_of(pair.better)
    names = {specificity_of(bead) for bead in beads.values() if bead.mfi >= threshold_mfi} & used.keys()
    return [
        {
            "specificity": name,
            "worse_mfi": plain(used[name].mfi) if comparable else None,
            "better_mfi": plain(better[name].mfi) if comparable and name in better else None,
        }
        for name in sorted(names, key=lambda name: (-used[name].mfi, name))
    ]
