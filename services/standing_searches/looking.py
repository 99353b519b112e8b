"""The look at every standing search at once: read only, so that no writer waits for it; `keeping` writes it down."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlmodel import Session, col, or_, select

from domain.epitopes import EpletTable
from domain.errors import NotFound, PhenothequeError
from domain.list_change import Step
from domain.reference import Reference
from models.donor import Deferral, Donation, Donor
from models.patient import Patient
from models.standing_search import StandingFacts, StandingLook, StandingSearch
from services.allele_codes.lookup import codes_in_use
from services.directives_in_force import InForce, directives_in_force
from services.eplets.store import eplet_table_in_use
from services.matching.engine import Matching, level_states
from services.matching.index import Array
from services.matching.snapshots import SnapshotStore, current_index
from services.reference import active_reference, get_reference
from services.standing_searches.comparing import Between
from services.standing_searches.differing import Difference, Seen
from services.standing_searches.facts import Facts, Ordered, pack_facts, read_facts, unpack_facts
from services.standing_searches.kept_case import KeptCase, keep_case, tables_of, unpack_case
from services.standing_searches.rows import ChangeRow, rows_of
from services.wording.alphabet import UNASSIGNED

Json = dict[str, Any]
CASE_STEPS = (Step.PATIENT, Step.SERUM, Step.DIRECTIVE)
JUDGED_BY = ("nomenclature", "allele_codes", "core", "creg", "eplets")
FORMAT = 1  # of what a look keeps: another number is not compared with
EASY = 1  # packing level: a tenth larger than the best, in a tenth of the time


@dataclass(frozen=True, slots=True)
class Looked:
    """One standing search as seen now; `fault` is why it could not be read, and then nothing else is said.

    `closed`: no directive is in force for the patient any more. `base` is the look it is compared with.
    """

    search_id: int
    base: StandingLook | None
    fault: PhenothequeError | None = None
    closed: bool = False
    counts: Json = field(default_factory=dict)
    totals: Json = field(default_factory=dict)
    versions: Json = field(default_factory=dict)
    case: bytes = b""
    compatible: bytes = b""
    grades: bytes = b""
    rows: tuple[ChangeRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Night:
    """Every standing search looked at on a day, and the packed facts of all donors, which the next look needs."""

    on: date
    facts: bytes
    looked: tuple[Looked, ...]


def look_at_all(session: Session, store: SnapshotStore, *, on: date, now: datetime) -> Night:
    """Look at every standing search that has not ended, and compare each with its last look of an earlier day.

    One that cannot be read says so and ends no other. Raises UnusableInput where the donors were last read with
    another nomenclature than today's.
    """
    watched = _watched(session)
    if not watched:
        return Night(on, b"", ())
    index, _ = current_index(session, store)
    eyes = _Eyes(session, Ordered(index), on=on, now=now)
    found = []
    for number, one in directives_in_force(session, index, on=on):
        search_id = watched.pop(number, None)
        if search_id is not None:
            found.append(eyes.look(search_id, one))
    found += [Looked(search_id, None, closed=True) for search_id in watched.values()]
    return Night(on, pack_facts(eyes.facts), tuple(found))


def _watched(session: Session) -> dict[str, int]:
    """The standing searches that have not ended, by patient number."""
    query = select(Patient.patient_number, StandingSearch.id).join(
        StandingSearch, col(StandingSearch.patient_id) == col(Patient.id)
    )
    return {number: found or 0 for number, found in session.exec(query.where(col(StandingSearch.ended_at).is_(None)))}


class _Eyes:
    """What all standing searches of one run share."""

    def __init__(self, session: Session, ordered: Ordered, *, on: date, now: datetime) -> None:
        self.session, self.ordered, self.on = session, ordered, on
        codes = codes_in_use(session)
        self.codes = codes.name if codes else ""
        self.facts = read_facts(session, ordered, codes=self.codes, on=on, now=now)
        self.reference = active_reference(session)
        self.eplets: EpletTable | None = eplet_table_in_use(session)
        self._between: dict[int, Between] = {}  # one, but for searches that could not be read at the last look

    def look(self, search_id: int, one: InForce | PhenothequeError) -> Looked:
        """One standing search now, and what changed since its look before."""
        base = _base(self.session, search_id, self.on)
        if isinstance(one, PhenothequeError):
            return Looked(search_id, base, fault=one)
        case, tables = keep_case(one.case, one.threshold_mfi), tables_of(one.matching, self.codes)
        seen = self._see(one.matching, one.threshold_mfi)
        versions = {"format": FORMAT, "tables": tables, "directive": case.version, "threshold_mfi": case.threshold_mfi}
        kept = Looked(
            search_id,
            base,
            counts=counts_of(self.facts, seen.compatible),
            versions={**versions, "sera": list(case.sera)},
            case=case.pack(),
            compatible=_pack(np.packbits(seen.compatible)),
            grades=_pack(seen.grades),
        )
        return kept if base is None else self._compared(kept, base, case, seen)

    def _compared(self, kept: Looked, base: StandingLook, case: KeptCase, seen: Seen) -> Looked:
        between, old = self._between_of(base), unpack_case(base.case or b"")
        before = _unpack_seen(base, len(between.before.ids))
        tables, known = kept.versions["tables"], base.versions["tables"]
        worlds = self._worlds(old, case, base) if self._differs(old, case, tables, known) else {}
        releases = [(one["nomenclature"], one["allele_codes"]) for one in (known, tables)]
        difference = Difference(between, before, seen, worlds, by_release=releases[0] != releases[1])
        return Looked(
            kept.search_id,
            base,
            counts={**kept.counts, "since": base.counts["available"], "moves": difference.by_region()},
            totals=difference.totals(),
            versions=kept.versions,
            case=kept.case,
            compatible=kept.compatible,
            grades=kept.grades,
            rows=rows_of(difference),
        )

    @staticmethod
    def _differs(old: KeptCase, case: KeptCase, tables: Mapping[str, str], known: Mapping[str, str]) -> bool:
        by_case = any(old.differs(step, case) for step in CASE_STEPS)
        return by_case or any(tables[name] != known[name] for name in JUDGED_BY)

    def _worlds(self, old: KeptCase, case: KeptCase, base: StandingLook) -> dict[Step, Array]:
        """Who of today's donors is compatible with the case of before, then after each part of it that changed."""
        reference = self._reference_of(base)
        worlds, held = {Step.DONOR: self._compatible(old, reference)}, old
        for step in CASE_STEPS:
            if held.differs(step, case):
                held = held.with_step(step, case)
                worlds[step] = self._compatible(held, reference)
        return worlds

    def _reference_of(self, base: StandingLook) -> Reference:
        """The nomenclature of the look before; today's where it is not kept any more."""
        try:
            return get_reference(self.session, base.versions["tables"]["nomenclature"])
        except NotFound:
            return self.reference

    def _compatible(self, case: KeptCase, reference: Reference) -> Array:
        matching = case.over(self.ordered.index, reference, self.eplets)
        return compatible(matching, case.threshold_mfi, self.ordered)

    def _see(self, matching: Matching, threshold_mfi: int) -> Seen:
        found = compatible(matching, threshold_mfi, self.ordered)
        return Seen(found, grade_ranks(matching, self.ordered, found))

    def _between_of(self, base: StandingLook) -> Between:
        held = base.facts_id or 0
        if held not in self._between:
            row = self.session.get_one(StandingFacts, held)
            before = unpack_facts(row.content)
            names = [(one.reference, one.codes, one.rules) for one in (before, self.facts)]
            touched = _touched(self.session, row.made_at) if names[0] != names[1] else np.zeros(0, dtype=np.int64)
            self._between[held] = Between(before, self.facts, touched, _deferred(self.session, self.on))
        return self._between[held]


def compatible(matching: Matching, threshold_mfi: int, ordered: Ordered) -> Array:
    """Whether each donor, by id, is compatible: met on HLA at the threshold and on every other rule."""
    verdict = level_states(matching, [threshold_mfi]).verdicts_at(matching, 0)
    found: Array = (verdict == 0)[ordered.phenotype]
    if matching.effects is not None:
        found &= (matching.effects == 0)[ordered.rows]
    return found


def grade_ranks(matching: Matching, ordered: Ordered, found: Array) -> Array:
    tables = matching.grades
    first, second = (tables.codes[locus][matching.pairs(locus)] for locus in ("A", "B"))
    ranks: Array = tables.ranks[first, second][ordered.phenotype[found]]
    return ranks


def counts_of(facts: Facts, found: Array) -> Json:
    """The compatible donors and those of them available, in the whole registry and by region."""
    available = found & facts.eligible
    every, now = (np.bincount(facts.region[one], minlength=len(facts.regions)) for one in (found, available))
    regions = {
        name or UNASSIGNED: {"compatible": int(every[at]), "available": int(now[at])}
        for at, name in enumerate(facts.regions)
        if every[at]
    }
    return {"compatible": int(found.sum()), "available": int(available.sum()), "regions": regions}


def _base(session: Session, search_id: int, on: date) -> StandingLook | None:
    """The last look of an earlier day that was read and holds what is compared; none of another program."""
    query = select(StandingLook).where(
        StandingLook.search_id == search_id, StandingLook.local_day < on, col(StandingLook.facts_id).is_not(None)
    )
    found = session.exec(query.order_by(col(StandingLook.local_day).desc())).first()
    return found if found is not None and found.versions.get("format") == FORMAT else None


def _pack(values: Array) -> bytes:
    return zlib.compress(values.tobytes(), EASY)


def _unpack_seen(base: StandingLook, donors: int) -> Seen:
    bits = np.frombuffer(zlib.decompress(base.compatible or b""), dtype=np.uint8)
    grades = np.frombuffer(zlib.decompress(base.grades or b""), dtype=np.uint8)
    return Seen(np.unpackbits(bits, count=donors).astype(bool), grades)


def _touched(session: Session, since: datetime) -> Array:
    """The donors whose record, deferrals or donations somebody changed since a moment."""
    of_deferral = or_(Deferral.recorded_at > since, col(Deferral.lifted_at) > since)
    return _ids(
        [
            *session.exec(select(Donor.id).where(Donor.updated_at > since)),
            *session.exec(select(Deferral.donor_id).where(of_deferral)),
            *session.exec(select(Donation.donor_id).where(Donation.recorded_at > since)),
        ]
    )


def _deferred(session: Session, on: date) -> Array:
    """The donors whom a deferral keeps from giving on a day."""
    query = select(Deferral.donor_id).where(
        col(Deferral.lifted_at).is_(None),
        Deferral.from_on <= on,
        or_(col(Deferral.until_on).is_(None), col(Deferral.until_on) >= on),
    )
    return _ids(list(session.exec(query)))


def _ids(found: Iterable[Any]) -> Array:
    return np.array(sorted(set(found)), dtype=np.int64)
