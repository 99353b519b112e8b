"""The columns by which a list of donors can be put in order: one number a donor, and who has none."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlmodel import Session

from domain.phenotype import LocusTyping
from domain.ranking import ABO_ORDER
from domain.reference import LOCI
from models.reservation import ReservationStatus
from services.matching.eplets import UNKNOWN_LOAD
from services.matching.index import HPA_COLUMNS, NEVER_DAY, Array
from services.matching.shortlist import UNKNOWN_RISK, Ranking, Shortlist
from services.reservation_states import reserved_donors
from services.wording.alphabet import region_order

HLA_SORTS = {f"hla_{locus.lower()}": locus for locus in LOCI}
HPA_SORTS = {system.lower().replace("-", "_"): system for system in HPA_COLUMNS}
BY_PHENOTYPE = {"grade": "grade_rank", "sum_mfi": "sum_mfi", "max_mfi": "max_mfi"}
# What is to note of a donor is no column: it is read from the donor's own row, so only for the donors of a page.
SORTS = (
    *("rank", "donor", "verdict", "risk", "grade", *HLA_SORTS, "sum_mfi", "max_mfi", "eplets"),
    *("abo", *HPA_SORTS, "cd36", "day", "region", "reservation"),
)
LONGEST_NUMBER = 5  # digits of one field of a value
# From the donors anybody may still ask to those who gave.
RESERVED = (ReservationStatus.HELD, ReservationStatus.CONFIRMED, ReservationStatus.COLLECTED)


def column_of(
    session: Session, ranking: Ranking, donors: Shortlist, name: str, *, now: datetime
) -> tuple[Array, Array]:
    """One number a donor by which the column is sorted, and whether the donor has no value there.

    `name` is one of `SORTS` but the rank; `now` decides which holds are over.
    """
    meta = ranking.index.meta
    if name in HLA_SORTS:
        return _written(ranking, donors, HLA_SORTS[name])
    if name in HPA_SORTS:
        return _of_class(ranking, donors, 2 + HPA_COLUMNS.index(HPA_SORTS[name]), meta.hpa)
    if name == "cd36":
        return _of_class(ranking, donors, 7, meta.cd36)
    if name == "region":
        return _of_class(ranking, donors, 0, meta.regions, region_order)
    if name == "day":
        return donors.first_eligible_day, donors.first_eligible_day == NEVER_DAY
    if name == "risk":
        risks = ranking.risk[donors.phenotypes]
        return np.where(risks == UNKNOWN_RISK, 0.0, risks), risks == UNKNOWN_RISK
    if name == "eplets":
        loads = ranking.eplet_load[donors.phenotypes].astype(np.int64)
        return loads, loads == UNKNOWN_LOAD
    if name == "abo":
        places = ranking.abo_places(donors.rows)
        return places, places == ABO_ORDER.index(None)
    if name in BY_PHENOTYPE:
        keys: Array = getattr(ranking, BY_PHENOTYPE[name])[donors.phenotypes].astype(np.float64)
    elif name == "verdict":
        keys = donors.verdicts.astype(np.int64)
    elif name == "donor":
        keys = ranking.index.donor_order[donors.rows].astype(np.int64)
    else:
        keys = _reserved(session, ranking, donors, now)
    return keys, np.zeros(len(donors.rows), dtype=bool)


def _of_class(
    ranking: Ranking,
    donors: Shortlist,
    column: int,
    texts: Sequence[str | None],
    order: Callable[[str], Any] = str,
) -> tuple[Array, Array]:
    """The place of each donor's text among those of one column of the index's classes."""
    alphabet = sorted(filter(None, texts), key=order)
    table = np.array([alphabet.index(text) if text else len(alphabet) for text in texts], dtype=np.int64)
    places: Array = table[ranking.index.class_codes[column][ranking.index.donor_class[donors.rows]]]
    return places, places == len(alphabet)


def _written(ranking: Ranking, donors: Shortlist, locus: str) -> tuple[Array, Array]:
    """The place of each donor's typing of a locus among all of them, as they are written, in or out of scope."""
    typings = ranking.index.locus(locus, ranking.matching.reading.reference).typings
    keys = [_written_key(typing) for typing in typings]
    alphabet = {key: place for place, key in enumerate(sorted(set(keys)))}
    table = np.array([alphabet[key] for key in keys], dtype=np.int64)
    untyped = np.array([not typing.distinct() for typing in typings], dtype=bool)
    codes = ranking.matching.pairs(locus)[donors.phenotypes]
    return table[codes], untyped[codes]


def _written_key(typing: LocusTyping) -> tuple[tuple[bool, str], ...]:
    """The different values in the order they are shown, what is not typed last."""
    values = [(False, natural(value.canonical)) for value in typing.distinct()]
    return (*values, *((True, "") for value in typing.values if value is None))


def natural(text: str) -> str:
    """What a text is sorted by so that numbers stand by their size: A2 before A11, A*02:9 before A*02:101."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(LONGEST_NUMBER), text)


def _reserved(session: Session, ranking: Ranking, donors: Shortlist, now: datetime) -> Array:
    """Free donors, then those held, confirmed and collected that day: the few reservations are read, not the donors."""
    ids = ranking.index.donor_id[donors.rows]
    statuses = reserved_donors(session, on=ranking.scope.on, now=now)
    keys = np.zeros(len(ids), dtype=np.int64)
    for place, status in enumerate(RESERVED, start=1):
        keys[np.isin(ids, [donor for donor, one in statuses.items() if one is status])] = place
    return keys
