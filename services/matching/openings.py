"""What would open more donors at one threshold: a specificity left out, or a better typing (MATCHING §5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.reaction import Reaction
from services.matching.engine import Matching, level_states
from services.matching.index import Array
from services.matching.tables import LocusTables, candidate_specificities, opening_specificities

WORD_BITS = 64


@dataclass(frozen=True, slots=True)
class Gain:
    """Donors who become compatible when one specificity is removed; arrays by region."""

    specificity: str
    max_mfi: float
    from_blocked: Array
    from_possible: Array


@dataclass(frozen=True, slots=True)
class Settleable:
    """Donors for whom one typed value is all that stands between them and compatible."""

    locus: str
    typed: str
    donors: int


def gains(matching: Matching, threshold_mfi: int) -> list[Gain]:
    """Every specificity that opens donors at this threshold, the highest MFI first."""
    candidates = candidate_specificities(matching.reading, matching.directive, threshold_mfi)
    names = [name for name, _ in candidates]
    if not names:
        return []
    states = level_states(matching, [threshold_mfi])
    blocked = states.blocked_at(matching, 0)
    compatible = states.compatible_from == 0
    found = []
    weights = matching.cell_weights(0)
    for word in range(0, len(names), WORD_BITS):
        opening = _opening_masks(matching, threshold_mfi, names[word : word + WORD_BITS])
        opening[compatible] = 0
        found.extend(_gains_of_word(matching, opening, blocked, weights, candidates[word : word + WORD_BITS]))
    return found


def _opening_masks(matching: Matching, threshold_mfi: int, names: Sequence[str]) -> Array:
    """For each phenotype, one bit for each name whose removal leaves every value in scope negative."""
    position = {name: 1 << bit for bit, name in enumerate(names)}
    everything = ~np.uint64(0)

    def locus_masks(tables: LocusTables) -> Array:
        opened = (opening_specificities(matching.reading, one, threshold_mfi, names) for one in tables.reactivities)
        masks = np.array([sum(position[name] for name in found) for found in opened], dtype=np.uint64)
        combined = tables.per_typing(masks, everything, np.bitwise_and)
        return np.where(tables.codes.typed, combined, np.uint64(0))

    return matching.gathered({locus: locus_masks(tables) for locus, tables in matching.loci.items()}, np.bitwise_and)


def _gains_of_word(
    matching: Matching,
    opening: Array,
    blocked: Array,
    weights: Array,
    candidates: Sequence[tuple[str, float]],
) -> list[Gain]:
    index = matching.index
    cells = np.flatnonzero(opening[index.cell_phenotype])
    phenotypes = index.cell_phenotype[cells]
    region, weight, was_blocked = index.cell_region[cells], weights[cells], blocked[phenotypes]
    masks = opening[phenotypes]
    regions = len(index.meta.regions)
    found = []
    for bit, (name, max_mfi) in enumerate(candidates):
        chosen = (masks & np.uint64(1 << bit)).astype(bool)
        if not chosen.any():
            continue
        code = region[chosen].astype(np.int64) * 2 + was_blocked[chosen]
        summed = np.bincount(code, weights=weight[chosen], minlength=2 * regions).reshape(regions, 2)
        counts = np.rint(summed).astype(np.int64)
        if counts.any():
            found.append(Gain(name, max_mfi, from_blocked=counts[:, 1], from_possible=counts[:, 0]))
    return found


def settleable(matching: Matching, threshold_mfi: int) -> list[Settleable]:
    """The typed values which, decided in the donor's favour, would make donors compatible; most donors first."""
    open_values, tables = _open_values(matching, threshold_mfi)
    total = matching.gathered({locus: count for locus, (count, _) in tables.items()}, np.add)
    code = matching.gathered({locus: code for locus, (_, code) in tables.items()}, np.maximum)
    single = (total == 1) & (code >= 0)
    index = matching.index
    cells = np.flatnonzero(single[index.cell_phenotype])
    summed = np.bincount(
        code[index.cell_phenotype[cells]], weights=matching.cell_weights(0)[cells], minlength=len(open_values)
    )
    found = [
        Settleable(locus, typed, round(float(donors)))
        for (locus, typed), donors in zip(open_values, summed, strict=True)
        if donors
    ]
    return sorted(found, key=lambda one: (-one.donors, one.locus, one.typed))


def _open_values(
    matching: Matching, threshold_mfi: int
) -> tuple[list[tuple[str, str]], Mapping[str, tuple[Array, Array]]]:
    """The undecided and untested values, and for each typing how many values are not negative and which one is open."""
    open_values: list[tuple[str, str]] = []
    tables = {}
    for locus, table in matching.loci.items():
        reactions = table.reactions(threshold_mfi)
        standing = table.per_typing([int(one is not Reaction.NEGATIVE) for one in reactions], 0, np.add)
        codes = []
        for reactivity, reaction in zip(table.reactivities, reactions, strict=True):
            is_open = reaction in {Reaction.UNDECIDED, Reaction.UNTESTED}
            codes.append(len(open_values) if is_open else -1)
            if is_open:
                open_values.append((locus, reactivity.value.canonical))
        single = table.per_typing(codes, -1, np.maximum)
        tables[locus] = (np.where(table.codes.typed, standing, 2), single)
    return open_values, tables
