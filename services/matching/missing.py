"""Which facts the donors who cannot be evaluated lack, and how many donors lack each (MATCHING §5)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from domain.reaction import Reaction
from domain.verdict import Requirement
from services.matching.index import HPA_COLUMNS, Array
from services.matching.shortlist import Ranking

Json = dict[str, Any]
UNKNOWN, BLOCKED = 2, 3
MISSING, VIOLATED = 1, 2


def count_missing_facts(ranking: Ranking) -> list[Json]:
    """Each missing fact with the donors not evaluable who lack it, most donors first; one donor may lack several."""
    rows, phenotypes = _unknown_donors(ranking)
    found = [
        {"code": code, "params": params, "donors": int(np.count_nonzero(lacking))}
        for code, params, lacking in (*_hla_facts(ranking, phenotypes), *_rule_facts(ranking, rows))
    ]
    return sorted((one for one in found if one["donors"]), key=lambda one: -one["donors"])


def _unknown_donors(ranking: Ranking) -> tuple[Array, Array]:
    """The donor rows that are not evaluable in the region asked, each with its phenotype."""
    index, effects = ranking.index, ranking.matching.effects
    sizes = np.diff(index.cell_start)
    phenotypes = np.repeat(index.cell_phenotype, sizes)
    verdicts = ranking.verdict[phenotypes]
    unknown = verdicts == UNKNOWN
    if effects is not None:
        unknown = (verdicts != BLOCKED) & (effects != VIOLATED) & (unknown | (effects == MISSING))
    if ranking.scope.region is not None:
        unknown &= np.repeat(index.cell_region == ranking.scope.region, sizes)
    rows = np.flatnonzero(unknown)
    return rows, phenotypes[rows]


def _hla_facts(ranking: Ranking, phenotypes: Array) -> Iterator[tuple[str, Json, Array]]:
    matching = ranking.matching
    for locus, tables in matching.loci.items():
        pairs = matching.pairs(locus)[phenotypes]
        yield "missing.untyped", {"locus": locus}, ~tables.codes.typed[pairs]
        untested = [one is Reaction.UNTESTED for one in tables.reactions(ranking.threshold_mfi)]
        by_typing = tables.per_typing(np.array(untested, dtype=bool), False, np.logical_or)
        yield "missing.untested", {"locus": locus}, by_typing[pairs]


def _rule_facts(ranking: Ranking, rows: Array) -> Iterator[tuple[str, Json, Array]]:
    index, rules = ranking.index, ranking.matching.rules
    classes = index.donor_class[rows]

    def lacking(rule: Callable[[str], Requirement], texts: Sequence[str], column: int) -> Array:
        table = np.array([rule(text) is Requirement.MISSING for text in texts], dtype=bool)
        found: Array = table[index.class_codes[column][classes]]
        return found

    for system, rule in rules.hpa.items():
        if system in HPA_COLUMNS:
            yield "missing.hpa", {"system": system}, lacking(rule, index.meta.hpa, 2 + HPA_COLUMNS.index(system))
        else:  # a system the registry has no column for: nobody is typed
            yield "missing.hpa", {"system": system}, np.ones(len(rows), dtype=bool)
    if rules.cd36 is not None:
        yield "missing.cd36", {}, lacking(rules.cd36, index.meta.cd36, 7)
    if rules.abo is not None:
        yield "missing.abo", {}, lacking(rules.abo, index.meta.abo, 1)
