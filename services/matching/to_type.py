"""Whom to type next: for every donor at once, the directives that a better typing could settle (issue 4, item 4).

A directive counts where nothing but typing stands between the donor and compatible, and a typing could remove it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from domain.reaction import Reaction
from domain.reference import LOCI
from domain.verdict import Requirement
from services.matching.engine import Matching
from services.matching.index import HPA_COLUMNS, Array, RegistryIndex
from services.matching.tables import LocusTables

# What may be typed, each a bit in this order.
TARGETS = (*LOCI, *HPA_COLUMNS, "CD36")
BIT = {name: np.uint16(1 << place) for place, name in enumerate(TARGETS)}


@dataclass(frozen=True, slots=True)
class LocusOpenings:
    """For each typing of one locus: whether it rules the donor out, needs a typing, and P(it turns negative).

    The chance is NaN where it is not known: the risk is not, or a position is not typed.
    """

    shut: Array
    open: Array
    chance: Array


class DirectiveOpenings:
    """One directive as small tables, asked for any phenotypes and any attribute classes."""

    def __init__(self, matching: Matching, threshold_mfi: float) -> None:
        self.matching = matching
        self.loci = {name: _locus_openings(matching, name, one, threshold_mfi) for name, one in matching.loci.items()}
        self.classes = _class_openings(matching)

    def phenotypes(self, which: Array | slice = slice(None)) -> tuple[Array, Array, Array]:
        """Of some phenotypes whether they are not ruled out, the bits of what to type, and the chance."""
        pairs = {locus: self.matching.pairs(locus)[which] for locus in self.loci}
        fit = np.ones(len(next(iter(pairs.values()))), dtype=bool)
        bits, chance = np.zeros(len(fit), dtype=np.uint16), np.ones(len(fit))
        for locus, one in self.loci.items():
            fit &= ~one.shut[pairs[locus]]
            bits |= np.where(one.open[pairs[locus]], BIT[locus], np.uint16(0))
            chance *= one.chance[pairs[locus]]
        return fit, bits, chance


def _locus_openings(matching: Matching, locus: str, tables: LocusTables, threshold_mfi: float) -> LocusOpenings:
    risks = matching.risks
    reactions = tables.reactions(threshold_mfi)
    undecided = [one is Reaction.UNDECIDED for one in reactions]
    settled = [
        reaction is Reaction.NEGATIVE or risks.can_settle(one, threshold_mfi)
        for one, reaction in zip(tables.reactivities, reactions, strict=True)
    ]
    shut = tables.per_typing(~np.array(settled, dtype=bool), False, np.logical_or)
    if not risks.can_be_negative(locus, threshold_mfi):
        shut |= ~tables.codes.typed
    is_open = tables.per_typing(np.array(undecided, dtype=bool), False, np.logical_or) | ~tables.codes.typed
    return LocusOpenings(shut, is_open, tables.safety(risks, threshold_mfi))


def _class_openings(matching: Matching) -> tuple[Array, Array] | None:
    """Of each attribute class whether it is not ruled out, and the bits of what to type; None without such rules."""
    rules, index = matching.rules, matching.index
    if not rules.any:
        return None
    codes = index.class_codes
    fit, bits = np.ones(codes.shape[1], dtype=bool), np.zeros(codes.shape[1], dtype=np.uint16)

    def ask(rule: Callable[[str], Requirement], texts: Sequence[str], row: int, target: str | None) -> None:
        found = [rule(text) for text in texts]
        allowed = {Requirement.MET, Requirement.MISSING} if target else {Requirement.MET}
        fit[:] &= np.array([one in allowed for one in found], dtype=bool)[codes[row]]
        if target:
            missing = np.array([one is Requirement.MISSING for one in found], dtype=bool)[codes[row]]
            bits[:] |= np.where(missing, BIT[target], np.uint16(0))

    for system, rule in rules.hpa.items():
        if system in HPA_COLUMNS:
            ask(rule, index.meta.hpa, 2 + HPA_COLUMNS.index(system), system)
        else:  # the registry has no place for the typing of this system
            fit[:] = False
    if rules.cd36 is not None:
        ask(rules.cd36, index.meta.cd36, 7, "CD36")
    if rules.abo is not None:
        ask(rules.abo, index.meta.abo, 1, None)
    return fit, bits


@dataclass(frozen=True, slots=True)
class Openings:
    """For each donor row: the directives a typing could settle, the sum of their chances, of how many, and the bits."""

    directives: Array
    expected: Array
    with_chance: Array
    bits: Array


def count_openings(index: RegistryIndex, openings: Sequence[DirectiveOpenings]) -> Openings:
    """Every directive over every donor; those that ask HLA alone are added up by phenotype."""
    owner = np.repeat(index.cell_phenotype, np.diff(index.cell_start))
    by_phenotype = _nothing(len(index.phenotype_pairs[0]))
    by_donor = _nothing(len(owner))
    for one in openings:
        fit, bits, chance = one.phenotypes()
        if one.classes is None:
            _add(by_phenotype, fit & (bits != 0), bits, chance)
            continue
        class_fit, class_bits = one.classes
        asked = class_bits[index.donor_class]
        chance = np.where(asked != 0, np.nan, chance[owner])  # nobody says how often such an antigen is absent
        bits = bits[owner] | asked
        _add(by_donor, fit[owner] & class_fit[index.donor_class] & (bits != 0), bits, chance)
    return Openings(
        by_phenotype.directives[owner] + by_donor.directives,
        by_phenotype.expected[owner] + by_donor.expected,
        by_phenotype.with_chance[owner] + by_donor.with_chance,
        by_phenotype.bits[owner] | by_donor.bits,
    )


def _nothing(size: int) -> Openings:
    counts = [np.zeros(size, dtype=np.int32) for _ in range(2)]
    return Openings(counts[0], np.zeros(size), counts[1], np.zeros(size, dtype=np.uint16))


def _add(total: Openings, counted: Array, bits: Array, chance: Array) -> None:
    """Add one directive where it counts, in place."""
    known = counted & ~np.isnan(chance)
    np.add(total.directives, 1, out=total.directives, where=counted)
    np.add(total.expected, chance, out=total.expected, where=known)
    np.add(total.with_chance, 1, out=total.with_chance, where=known)
    np.bitwise_or(total.bits, bits, out=total.bits, where=counted)


def ranked_rows(index: RegistryIndex, found: Openings, region: int | None) -> Array:
    """The donor rows that some directive could be settled for, most directives first, then the greatest sum."""
    counted = found.directives > 0
    if region is not None:
        counted &= np.repeat(index.cell_region == region, np.diff(index.cell_start))
    rows = np.flatnonzero(counted)
    keys = (index.donor_order[rows], -np.round(found.expected[rows], 6), -found.directives[rows])
    return rows[np.lexsort(keys)]


def counts_for(one: DirectiveOpenings, index: RegistryIndex, row: int) -> bool:
    """Whether a typing of one donor could settle the directive."""
    cell = int(np.searchsorted(index.cell_start, row, side="right")) - 1
    fit, bits, _ = one.phenotypes(index.cell_phenotype[[cell]])
    if one.classes is None:
        return bool(fit[0] and bits[0])
    class_fit, class_bits = (table[index.donor_class[row]] for table in one.classes)
    return bool(fit[0] and class_fit and (bits[0] | class_bits))


def targets_of(bits: int) -> list[str]:
    """What to type, from its bits."""
    return [name for name in TARGETS if bits & int(BIT[name])]
