"""The best donors, exactly, without looking at the rest (MATCHING §10).

Phenotypes are taken best first and expanded to donors only until the page is full; the last place is decided
among all donors of every phenotype that could still reach it, by the full key, which ends in the donor number.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property

import numpy as np

from domain.abo import relation
from domain.evidence import NEUTRAL_PLACE, NO_STANCES, Stance
from domain.ranking import ABO_ORDER, RISK_DECIMALS, RankingPolicy
from domain.reaction import Reaction
from domain.verdict import LISTED_VERDICTS, Verdict
from services.matching.bands import Band, all_bands, band_codes
from services.matching.engine import Matching, level_states
from services.matching.eplets import UNKNOWN_LOAD
from services.matching.index import NEVER_DAY, Array
from services.matching.tables import SUM_DECIMALS
from services.matching.weighed import Weighed

FIRST_PHENOTYPES = 256
UNKNOWN_RISK = np.inf  # ranked after every risk


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Donor rows of the index in rank order, with what the rank depends on."""

    rows: Array
    phenotypes: Array
    verdicts: Array
    strong_possible: Array
    first_eligible_day: Array

    def take(self, which: Array | slice) -> "Shortlist":
        """Some of these donors."""
        return Shortlist(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom to list: the day asked, the patient's group and region, and one region only where `region` is given."""

    on: date
    patient_abo: str | None
    patient_region: str | None
    region: int | None = None


class Ranking:
    """The phenotypes of one matching at one threshold, ready to be listed best first.

    `stances` is, by donor id, what the evidence says of those with whom anything is on record.
    """

    def __init__(
        self,
        matching: Matching,
        policy: RankingPolicy,
        threshold_mfi: int,
        scope: Scope,
        stances: Mapping[int, Stance] = NO_STANCES,
    ) -> None:
        self.matching = matching
        self.index = matching.index
        self.policy = policy
        self.scope = scope
        self.threshold_mfi = threshold_mfi
        self.stances = stances
        self.weighed = Weighed(matching.index, stances if policy.weighs_evidence else NO_STANCES)
        states = level_states(matching, [threshold_mfi])
        self.verdict = states.verdicts_at(matching, 0)

    @cached_property
    def strong(self) -> Array:
        """Whether a phenotype has an undecided value with a bead far above the threshold."""
        limit = self.policy.strong_possible_factor * self.threshold_mfi
        values = {}
        for locus, tables in self.matching.loci.items():
            undecided = [one is Reaction.UNDECIDED for one in tables.reactions(self.threshold_mfi)]
            values[locus] = tables.per_typing(
                np.array(undecided, dtype=bool) & (tables.high_mfi >= limit), False, np.logical_or
            )
        return self.matching.gathered(values, np.logical_or)

    @cached_property
    def grade_rank(self) -> Array:
        """The rank of each phenotype's grade, 0 the best."""
        tables = self.matching.grades
        first, second = (tables.codes[locus][self.matching.pairs(locus)] for locus in ("A", "B"))
        return tables.ranks[first, second]

    @cached_property
    def sum_mfi(self) -> Array:
        """The sum of DSA-MFI of each phenotype."""
        parts = {key: one.sum_mfi(self.policy.sum_floor_mfi) for key, one in self.matching.loci.items()}
        summed: Array = np.round(self.matching.gathered(parts, np.add), SUM_DECIMALS)
        return summed

    @cached_property
    def max_mfi(self) -> Array:
        """The highest DSA-MFI of each phenotype."""
        return self.matching.gathered({key: one.max_mfi() for key, one in self.matching.loci.items()}, np.maximum)

    @cached_property
    def risk(self) -> Array:
        """P(some value in scope reacts) of each phenotype, the values taken as independent; UNKNOWN_RISK: not known."""
        risks = self.matching.risks
        parts = {key: one.safety(risks, self.threshold_mfi) for key, one in self.matching.loci.items()}
        risk = np.round(1 - self.matching.gathered(parts, np.multiply), RISK_DECIMALS)
        return np.where(np.isnan(risk), UNKNOWN_RISK, risk)

    @cached_property
    def eplet_load(self) -> Array:
        """The eplet load of each listed phenotype; UNKNOWN_LOAD where it is not known, or no table is loaded."""
        eplets = self.matching.eplets
        return self._of_listed(None if eplets is None else eplets.load)

    @cached_property
    def verified_eplet_load(self) -> Array:
        """The verified eplet load of each listed phenotype, likewise."""
        eplets = self.matching.eplets
        return self._of_listed(None if eplets is None else eplets.verified_load)

    def _of_listed(self, load: Callable[[Array], Array] | None) -> Array:
        loads = np.full(len(self.verdict), UNKNOWN_LOAD, dtype=np.uint16)
        if load is not None:
            listed = np.flatnonzero(self.verdict < len(LISTED_VERDICTS))
            loads[listed] = load(listed)
        return loads

    @cached_property
    def place(self) -> Array:
        """The place of each phenotype in the order of the keys that depend on the phenotype alone; equals share it."""
        columns = {
            "risk": lambda: self.risk,
            "grade": lambda: self.grade_rank,
            "sum_mfi": lambda: self.sum_mfi,
            "max_mfi": lambda: self.max_mfi,
        }
        if self.matching.eplets is not None:
            columns["verified_eplet_load"] = lambda: self.verified_eplet_load
        keys = [columns[key]() for key in self.policy.keys if key in columns]
        listed = np.flatnonzero(self.verdict < 3)
        order = listed[np.lexsort([key[listed] for key in reversed(keys)])]
        changes = np.zeros(len(order), dtype=bool)
        for key in keys:
            changes[1:] |= key[order][1:] != key[order][:-1]  # inf - inf is no number
        place = np.full(len(self.verdict), np.iinfo(np.int64).max)
        place[order] = np.cumsum(changes)
        return place

    def shortlist(self, limit: int | None, offset: int = 0, *, verdict: Verdict | None = None) -> Shortlist:
        """The donors (of one verdict where it is given) from `offset` on, at most `limit` of them (None: all)."""
        wanted = None if limit is None else offset + limit
        parts: list[Shortlist] = []
        have = 0
        for band in self._bands(verdict):
            if wanted is not None and have >= wanted:
                break
            part = self._best_of_band(band, None if wanted is None else wanted - have)
            parts.append(part)
            have += len(part.rows)
        return _joined(parts, offset, wanted)

    def _bands(self, only: Verdict | None) -> Iterator[Band]:
        some: dict[str, Sequence[int]] = {"evidence": self.weighed.held}
        if only is not None:
            some["verdict"] = (LISTED_VERDICTS.index(only),)
        return all_bands(self.policy.band_keys, some)

    def _best_of_band(self, band: Band, wanted: int | None) -> Shortlist:
        """The first donors of one band; every donor of a place is seen before the place is cut."""
        if band.get("evidence", NEUTRAL_PLACE) != NEUTRAL_PLACE:
            return _cut(self._weighed_of(band), wanted)
        phenotypes = np.flatnonzero(self._phenotypes_of(band["verdict"]) & (self.strong == band["strong_possible"]))
        places = self.place[phenotypes]
        take = len(phenotypes) if wanted is None else min(FIRST_PHENOTYPES, len(phenotypes))
        while True:
            chosen = phenotypes
            if take < len(phenotypes):
                last = np.partition(places, take - 1)[take - 1]
                chosen = phenotypes[places <= last]
            found = self._expand(chosen, band)
            if len(chosen) == len(phenotypes) or (wanted is not None and len(found.rows) >= wanted):
                return _cut(found, wanted)
            take *= 8

    def _phenotypes_of(self, verdict: int) -> Array:
        """The phenotypes that may hold donors of one verdict."""
        if LISTED_VERDICTS[verdict] is Verdict.UNKNOWN and self.matching.effects is not None:
            return np.less(self.verdict, len(LISTED_VERDICTS))
        return np.equal(self.verdict, verdict)

    def _expand(self, phenotypes: Array, band: Band) -> Shortlist:
        """The donors of these phenotypes who belong to the band, in rank order."""
        found = self._donors_of(phenotypes, band["verdict"])
        kept = (found.first_eligible_day == NEVER_DAY) == band["has_date"]
        if self.weighed.any:
            kept &= self.weighed.places(found.rows) == NEUTRAL_PLACE
        return self.in_order(found.take(kept))

    def _weighed_of(self, band: Band) -> Shortlist:
        """The few donors of a band whom the evidence sets apart, in rank order: read row by row."""
        rows, phenotypes = self.weighed.at(band["evidence"], self.scope.region)
        listed = self.verdict[phenotypes] < len(LISTED_VERDICTS)
        found = self._listed(rows[listed], phenotypes[listed], band["verdict"])
        kept = found.strong_possible == band["strong_possible"]
        return self.in_order(found.take(kept & ((found.first_eligible_day == NEVER_DAY) == band["has_date"])))

    @cached_property
    def everyone(self) -> Shortlist:
        """Every listed donor, in the order of the index."""
        return self._donors_of(np.flatnonzero(self.verdict < len(LISTED_VERDICTS)), None)

    def _donors_of(self, phenotypes: Array, verdict: int | None) -> Shortlist:
        """The listed donors of these phenotypes, of one verdict where it is given."""
        return self._listed(*self._rows_of(phenotypes), verdict)

    def _listed(self, rows: Array, owner: Array, verdict: int | None) -> Shortlist:
        verdicts = self.verdict[owner]
        kept: Array | None = None if verdict is None else verdicts == verdict
        if self.matching.effects is not None:
            effect = self.matching.effects[rows]
            verdicts = np.where(effect == 1, 2, verdicts)
            kept = (effect != 2) & (True if verdict is None else verdicts == verdict)
        if kept is not None:
            rows, owner, verdicts = rows[kept], owner[kept], verdicts[kept]
        days = self.index.first_eligible_days(rows, self.scope.on)
        return Shortlist(rows, owner, verdicts, self.strong[owner], days)

    def in_order(self, found: Shortlist) -> Shortlist:
        """The same donors by rank."""
        places = self.place[found.phenotypes]
        # Several keys packed into one number: sorting costs by the key.
        first = (self.bands_of(found) * (len(self.verdict) + 1) + places) * len(ABO_ORDER) + self.abo_places(found.rows)
        second = found.first_eligible_day * 2 + self._elsewhere(found.rows)
        return found.take(np.lexsort([self.index.donor_order[found.rows], second, first]))

    def bands_of(self, found: Shortlist) -> Array:
        """The band of each donor as one number, the best lowest."""
        values = {
            "verdict": found.verdicts,
            "strong_possible": found.strong_possible,
            "has_date": found.first_eligible_day == NEVER_DAY,
        }
        if self.policy.weighs_evidence:
            values["evidence"] = self.weighed.places(found.rows)
        return band_codes(self.policy.band_keys, values)

    def _rows_of(self, phenotypes: Array) -> tuple[Array, Array]:
        """All donor rows of the phenotypes (of one region where asked), each with its phenotype."""
        index = self.index
        first, last = index.phenotype_cells[phenotypes], index.phenotype_cells[phenotypes + 1]
        cells, owner = _ranges(first, last, phenotypes)
        if self.scope.region is not None:
            kept = index.cell_region[cells] == self.scope.region
            cells, owner = cells[kept], owner[kept]
        return _ranges(index.cell_start[cells], index.cell_start[cells + 1], owner)

    def abo_places(self, rows: Array) -> Array:
        """The place of each donor's ABO relation in the order of preference."""
        table = [ABO_ORDER.index(relation(self.scope.patient_abo, text or None)) for text in self.index.meta.abo]
        codes = self.index.class_codes[1][self.index.donor_class[rows]]
        places: Array = np.array(table, dtype=np.int64)[codes]
        return places

    def _elsewhere(self, rows: Array) -> Array:
        """Whether each donor is of another region than the patient."""
        regions = self.index.meta.regions
        own = self.scope.patient_region
        home = regions.index(own) if own in regions and own is not None else -1
        elsewhere: Array = self.index.class_codes[0][self.index.donor_class[rows]].astype(np.int64) != home
        return elsewhere


def _ranges(first: Array, last: Array, owner: Array) -> tuple[Array, Array]:
    """All numbers of many half-open ranges, each with its range's owner."""
    lengths = last.astype(np.int64) - first
    total = int(lengths.sum())
    starts = np.repeat(first.astype(np.int64) - (np.cumsum(lengths) - lengths), lengths)
    return starts + np.arange(total), np.repeat(owner, lengths)


def _cut(found: Shortlist, wanted: int | None) -> Shortlist:
    return found if wanted is None else _joined([found], 0, wanted)


def _joined(parts: list[Shortlist], start: int, end: int | None) -> Shortlist:
    names = ("rows", "phenotypes", "verdicts", "strong_possible", "first_eligible_day")
    columns = [
        np.concatenate([getattr(part, name) for part in parts])[start:end] if parts else np.zeros(0, dtype=np.int64)
        for name in names
    ]
    return Shortlist(*columns)
