"""A family as parents and children, and the exact chance that each relative has a recessive phenotype."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import sqrt
from typing import Literal

from domain.errors import RefusedByRule, UnusableInput

# networkx is imported where it is used: it takes a quarter of a second, and few pages draw a family.

MOST_PERSONS = 80
MOST_TOGETHER = 9  # persons in one table of genotypes: 3⁹ rows; an ordinary family needs 3 or 4


class Status(StrEnum):
    """What is known of a person: the phenotype is shown by those alone whose two alleles lack the antigen."""

    SHOWS = "shows"
    LACKS = "lacks"  # the antigen is there: one such allele or none
    CARRIER = "carrier"  # one such allele, by a genotype
    CLEAR = "clear"  # no such allele, by a genotype
    UNTESTED = "untested"


# By status: how many of the two alleles may be without the antigen.
ALLELES: Mapping[Status, frozenset[int]] = {
    Status.SHOWS: frozenset({2}),
    Status.LACKS: frozenset({0, 1}),
    Status.CARRIER: frozenset({1}),
    Status.CLEAR: frozenset({0}),
    Status.UNTESTED: frozenset({0, 1, 2}),
}


@dataclass(frozen=True, slots=True)
class Relative:
    """One person of a family: biological parents by code, None where not drawn."""

    code: str
    sex: Literal["F", "M"] | None = None
    birth_year: int | None = None
    status: Status = Status.UNTESTED
    mother: str | None = None
    father: str | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        """The parents that are drawn."""
        return tuple(one for one in (self.mother, self.father) if one is not None)


class Pedigree:
    """A checked family: nobody descends from themselves, and the parents could be parents.

    Raises RefusedByRule: family_too_large, family_parent_unknown, family_own_parent, family_same_parent_twice,
    family_parent_sex, family_loop, family_parent_younger.
    """

    def __init__(self, relatives: Iterable[Relative]) -> None:
        import networkx as nx

        self.relatives = {one.code: one for one in relatives}
        if len(self.relatives) > MOST_PERSONS:
            raise RefusedByRule("family_too_large", persons=len(self.relatives), most=MOST_PERSONS)
        for one in self.relatives.values():
            self._check_parents(one)
        self.graph = nx.DiGraph([(parent, one.code) for one in self.relatives.values() for parent in one.parents])
        self.graph.add_nodes_from(self.relatives)
        if not nx.is_directed_acyclic_graph(self.graph):
            raise RefusedByRule("family_loop")
        for one in self.relatives.values():
            self._check_years(one)

    def _check_parents(self, one: Relative) -> None:
        if any(parent not in self.relatives for parent in one.parents):
            raise RefusedByRule("family_parent_unknown")
        if one.code in one.parents:
            raise RefusedByRule("family_own_parent")
        if one.mother is not None and one.mother == one.father:
            raise RefusedByRule("family_same_parent_twice")
        for parent, other in ((one.mother, "M"), (one.father, "F")):
            if parent is not None and self.relatives[parent].sex == other:
                raise RefusedByRule("family_parent_sex")

    def _check_years(self, one: Relative) -> None:
        """Nobody is born before those they descend from, nor in the same year, however many steps between."""
        if one.birth_year is None:
            return
        import networkx as nx

        for code in nx.ancestors(self.graph, one.code):
            year = self.relatives[code].birth_year
            if year is not None and year >= one.birth_year:
                raise RefusedByRule("family_parent_younger", year=str(year), child_year=str(one.birth_year))

    def generations(self) -> list[list[str]]:
        """Everybody, each after those they descend from: first those who descend from nobody."""
        import networkx as nx

        return [list(layer) for layer in nx.topological_generations(self.graph)]

    def children(self, code: str) -> list[str]:
        """The children of a person."""
        return list(self.graph.successors(code))

    def siblings(self, code: str) -> list[str]:
        """Those who share both parents with a person, as drawn."""
        one = self.relatives[code]
        if one.mother is None or one.father is None:
            return []
        same = (other for other in self.relatives.values() if other.code != code)
        return [other.code for other in same if (other.mother, other.father) == (one.mother, one.father)]


def allele_frequency(prevalence: float) -> float:
    """The frequency of an allele whose homozygotes are that share of a population (Hardy–Weinberg): √prevalence.

    Raises UnusableInput where the share is not above 0 and below 1.
    """
    if not 0 < prevalence < 1:
        raise UnusableInput("family_prevalence_unusable", prevalence=prevalence)
    return sqrt(prevalence)


Weights = dict[tuple[int, ...], float]  # by the numbers of alleles of some persons
Table = tuple[tuple[str, ...], Weights]  # those persons, and the weights


@dataclass(frozen=True)
class Heredity:
    """The chances in one family at one allele frequency; parents not drawn are people of that population.

    Mendel's rules on one gene, no new mutation, no inbreeding but what is drawn: exact under these.
    """

    pedigree: Pedigree
    frequency: float

    @cached_property
    def evidence(self) -> float:
        """The chance of all that is known. Raises RefusedByRule where no heredity gives it: family_contradictory."""
        chance = self._weigh({}).get((), 0.0)
        if chance <= 0:
            raise RefusedByRule("family_contradictory")
        return chance

    def alleles(self, code: str) -> tuple[float, float, float]:
        """The chances that a person has 0, 1 and 2 alleles without the antigen, given all that is known."""
        weights = self._weigh({}, keep=code)
        return tuple(weights.get((n,), 0.0) / self.evidence for n in range(3))  # type: ignore[return-value]

    def chance(self, code: str) -> float:
        """The chance that a person has the phenotype."""
        return self.alleles(code)[2]

    def at_least_one(self, codes: Sequence[str]) -> float:
        """The chance that one or more of these people have the phenotype: they are not independent."""
        if not codes:
            return 0.0
        none = {code: ALLELES[self.pedigree.relatives[code].status] - {2} for code in codes}
        return max(0.0, 1 - self._weigh(none).get((), 0.0) / self.evidence)

    def _weigh(self, also: Mapping[str, frozenset[int]], *, keep: str | None = None) -> Weights:
        """The chance of all that is known and that these people have these numbers of alleles, by those of `keep`."""
        relatives = self.pedigree.relatives
        allowed = {code: ALLELES[one.status] & also.get(code, frozenset({0, 1, 2})) for code, one in relatives.items()}
        return _sum_out([_rule_of(one, allowed, self.frequency) for one in relatives.values()], keep)


def _rule_of(one: Relative, allowed: Mapping[str, frozenset[int]], frequency: float) -> Table:
    """How a person comes by their alleles: from the parents that are drawn, and from the population."""
    scope = (one.code, *one.parents)
    table = {}
    for genotypes in itertools.product(*(sorted(allowed[code]) for code in scope)):
        passing = [number / 2 for number in genotypes[1:]]
        first, second = (*passing, frequency, frequency)[:2]
        chances = ((1 - first) * (1 - second), first * (1 - second) + second * (1 - first), first * second)
        if chances[genotypes[0]]:
            table[genotypes] = chances[genotypes[0]]
    return scope, table


def _sum_out(tables: list[Table], keep: str | None) -> Weights:
    """The sum over everybody's genotypes but one's, one person at a time, those tied to the fewest others first."""
    left = {code for scope, _ in tables for code in scope} - {keep}
    while left:
        ties = {code: {other for scope, _ in tables if code in scope for other in scope} for code in left}
        code = min(left, key=lambda one: (len(ties[one]), one))
        if len(ties[code]) > MOST_TOGETHER:
            raise RefusedByRule("family_too_entangled")
        tables = [*(one for one in tables if code not in one[0]), _without(code, [t for t in tables if code in t[0]])]
        left.remove(code)
    return _product(tables)[1]


def _without(code: str, tables: Sequence[Table]) -> Table:
    """The product of tables, summed over one person's genotypes."""
    scope, product = _product(tables)
    place = scope.index(code)
    summed: Weights = {}
    for genotypes, weight in product.items():
        rest = genotypes[:place] + genotypes[place + 1 :]
        summed[rest] = summed.get(rest, 0.0) + weight
    return scope[:place] + scope[place + 1 :], summed


def _product(tables: Sequence[Table]) -> Table:
    scope, product = tables[0]
    for more, factors in tables[1:]:
        scope, product = _times(scope, product, more, factors)
    return scope, product


def _times(scope: tuple[str, ...], product: Weights, more: tuple[str, ...], factors: Weights) -> Table:
    shared = [(more.index(code), scope.index(code)) for code in more if code in scope]
    new = [place for place, code in enumerate(more) if code not in scope]
    matching: dict[tuple[int, ...], list[tuple[tuple[int, ...], float]]] = {}
    for genotypes, weight in factors.items():
        key = tuple(genotypes[place] for place, _ in shared)
        matching.setdefault(key, []).append((tuple(genotypes[place] for place in new), weight))
    result = {
        (*genotypes, *added): weight * factor
        for genotypes, weight in product.items()
        for added, factor in matching.get(tuple(genotypes[place] for _, place in shared), ())
    }
    return (*scope, *(more[place] for place in new)), result
