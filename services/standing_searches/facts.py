"""What the causes of changes need to know of every donor at one look: read from the index, packed into one blob."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlmodel import Session, col

from domain.list_change import Presence
from domain.reference import LOCI
from domain.reservation import status_at
from models.donor import Donor, DonorStatus
from models.reservation import OCCUPYING, Reservation
from services.matching.index import EPOCH, HPA_COLUMNS, NEVER_DAY, Array, RegistryIndex

REGION = "region"
# The rows of an index's attribute classes that are a donor's typing, in their order, and the texts they point into.
TYPED = ("ABO", *HPA_COLUMNS, "CD36")
TEXTS_OF = ("abo", *("hpa" for _ in HPA_COLUMNS), "cd36")
ARRAYS = ("ids", "first_day", "region", "pairs", "typed", "absent_ids", "absent", "reserved_ids", "reserved_day")


@dataclass(frozen=True)
class Facts:
    """Donors as they were on a day, in the order of their ids; days count from 1970-01-01.

    `first_day` is the first day on which a donor may give, not before the day, 65,535 none. `pairs` are codes of the
    typings at A, B and C, `typed` of ABO, HPA and CD36, each into `texts`. `absent` says why searches do not see
    the donors of `absent_ids`; `reserved_day` is the first day from then on for which a donor is kept.
    """

    day: int
    reference: str
    rules: str
    codes: str
    texts: Mapping[str, tuple[str, ...]]
    ids: Array
    first_day: Array
    region: Array
    pairs: Array
    typed: Array
    absent_ids: Array
    absent: Array
    reserved_ids: Array
    reserved_day: Array

    @property
    def eligible(self) -> Array:
        """Whether each donor may give on the day."""
        return np.equal(self.first_day, self.day)

    def presence(self, donor_ids: Array) -> Array:
        """How searches see each of these donors."""
        found = np.full(len(donor_ids), int(Presence.UNKNOWN), dtype=np.uint8)
        for ids, states in ((self.absent_ids, self.absent), (self.ids, np.zeros(len(self.ids), dtype=np.uint8))):
            at, held = positions(ids, donor_ids)
            found[held] = states[at[held]]
        return found

    def reserved(self, donor_ids: Array) -> Array:
        """The day each of these donors is kept for, 0 where for none."""
        at, held = positions(self.reserved_ids, donor_ids)
        found = np.zeros(len(donor_ids), dtype=np.int64)
        found[held] = self.reserved_day[at[held]]
        return found

    @property
    def regions(self) -> tuple[str, ...]:
        """The names that `region` points into; an empty one is no region."""
        return self.texts[REGION]

    def typing(self, at: int) -> dict[str, str]:
        """The typing of one donor by locus or system."""
        found = {locus: self.texts[locus][self.pairs[row, at]] for row, locus in enumerate(LOCI)}
        names = enumerate(zip(TYPED, TEXTS_OF, strict=True))
        return found | {name: self.texts[of][self.typed[row, at]] for row, (name, of) in names}


def positions(ids: Array, wanted: Array) -> tuple[Array, Array]:
    """Where each wanted id stands among ascending ids, and whether it is there."""
    at = np.searchsorted(ids, wanted)
    at[at == len(ids)] = 0
    return at, ids[at] == wanted if len(ids) else np.zeros(len(wanted), dtype=bool)


@dataclass(frozen=True)
class Ordered:
    """An index whose donors are asked in the order of their ids."""

    index: RegistryIndex

    @cached_property
    def rows(self) -> Array:
        """The row of each donor."""
        return np.argsort(self.index.donor_id)

    @cached_property
    def phenotype(self) -> Array:
        """The phenotype of each donor."""
        index = self.index
        return np.repeat(index.cell_phenotype, np.diff(index.cell_start))[self.rows]

    @cached_property
    def klass(self) -> Array:
        """The attribute class of each donor."""
        return self.index.donor_class[self.rows]


def read_facts(session: Session, ordered: Ordered, *, codes: str, on: date, now: datetime) -> Facts:
    """The facts of the registry as the index has it, with what only the tables know."""
    return facts_of(ordered, _absent(session), _reserved(session, on=on, now=now), codes=codes, on=on)


def facts_of(
    ordered: Ordered, absent: Sequence[tuple[int, int]], reserved: Sequence[tuple[int, int]], *, codes: str, on: date
) -> Facts:
    """The facts of an index on a day; `absent` pairs donors with a `Presence`, `reserved` with a day, both by id."""
    index = ordered.index
    (absent_ids, why), (reserved_ids, reserved_day) = _columns(absent), _columns(reserved)
    texts = {locus: tuple(index.meta.pairs[locus]) for locus in LOCI}
    texts |= {"abo": tuple(index.meta.abo), "hpa": tuple(index.meta.hpa), "cd36": tuple(index.meta.cd36)}
    texts[REGION] = tuple(region or "" for region in index.meta.regions)
    return Facts(
        day=(on - EPOCH).days,
        reference=index.meta.reference,
        rules=index.meta.rules,
        codes=codes,
        texts=texts,
        ids=index.donor_id[ordered.rows].astype(np.int64),
        first_day=_first_days(index, (on - EPOCH).days)[ordered.rows],
        region=index.class_codes[0][ordered.klass],
        pairs=index.phenotype_pairs[:, ordered.phenotype],
        typed=index.class_codes[1:][:, ordered.klass],
        absent_ids=absent_ids,
        absent=why.astype(np.uint8),
        reserved_ids=reserved_ids,
        reserved_day=reserved_day,
    )


def _first_days(index: RegistryIndex, day: int) -> Array:
    """The first day on which each row may give: as `RegistryIndex.first_eligible_days`, for all rows and many gaps."""
    days = np.maximum(index.donor_from_day.astype(np.int64), day)
    for row, start, end in index.arrays["gaps"].tolist():  # in order of their start
        if start <= days[row] < end:
            days[row] = end
    days[days >= index.donor_until_day] = NEVER_DAY
    return days.astype(np.uint16)


def _columns(pairs: Sequence[tuple[int, int]]) -> Array:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2).T


def _absent(session: Session) -> list[tuple[int, int]]:
    reasons = sa.case(
        (col(Donor.merged_into_id).is_not(None), int(Presence.MERGED)),
        (col(Donor.erased_at).is_not(None), int(Presence.ERASED)),
        (col(Donor.restricted_at).is_not(None), int(Presence.RESTRICTED)),
        (col(Donor.consent_contact).is_(False), int(Presence.NO_CONSENT)),
        (col(Donor.status) == DonorStatus.DEFERRED, int(Presence.DEFERRED)),
        else_=int(Presence.INACTIVE),
    )
    query = sa.select(col(Donor.id), reasons).where(col(Donor.searchable).is_(False)).order_by(col(Donor.id))
    return [(donor_id, why) for donor_id, why in session.execute(query)]


def _reserved(session: Session, *, on: date, now: datetime) -> list[tuple[int, int]]:
    columns = (Reservation.donor_id, Reservation.day, Reservation.status, Reservation.expires_at)
    query = sa.select(*(col(one) for one in columns)).where(
        col(Reservation.day) >= on, col(Reservation.status).in_(OCCUPYING)
    )
    first: dict[int, int] = {}
    for donor_id, day, status, expires_at in session.execute(query.order_by(col(Reservation.day).desc())):
        if status_at(status, expires_at, now) in OCCUPYING:
            first[donor_id] = (day - EPOCH).days
    return sorted(first.items())


def pack_facts(facts: Facts) -> bytes:
    """The facts as bytes, to be read by `unpack_facts`."""
    said = {name: getattr(facts, name) for name in ("day", "reference", "rules", "codes", "texts")}
    arrays = {name: getattr(facts, name) for name in ARRAYS}
    arrays["ids"] = np.diff(facts.ids, prepend=0)  # steps between ids pack to almost nothing
    buffer = io.BytesIO()
    np.savez_compressed(buffer, said=_as_bytes(said), **arrays)
    return buffer.getvalue()


def unpack_facts(content: bytes) -> Facts:
    """The facts of a look before."""
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        said: dict[str, Any] = json.loads(held["said"].tobytes())
        arrays = {name: held[name] for name in ARRAYS}
    arrays["ids"] = np.cumsum(arrays["ids"])
    texts = {name: tuple(found) for name, found in said.pop("texts").items()}
    return Facts(texts=texts, **said, **arrays)


def _as_bytes(said: Mapping[str, Any]) -> Array:
    return np.frombuffer(json.dumps(said, ensure_ascii=False).encode(), dtype=np.uint8)


def code_map(before: Sequence[str], after: Sequence[str]) -> Array:
    """For each text of before its code in after, -1 where it is not there."""
    known = {text: code for code, text in enumerate(after)}
    return np.array([known.get(text, -1) for text in before], dtype=np.int64)
