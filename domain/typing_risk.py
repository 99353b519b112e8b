"""How likely an undecided value is to react, from how often each allele that it may be occurs (issue 4, item 4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import fsum, prod

from domain.reaction import Reaction, Reactivity
from domain.reactivity import SerumReading
from domain.reference import LOCI
from domain.typing_text import Kind, TypedValue, parse_typed_value


@dataclass(frozen=True)
class FrequencyTable:
    """Allele frequencies (0 to 1) by population and two-field allele, as a site loaded them; answers quote `name`.

    `mix` gives each population its share of the donors; it needs not sum to 1.
    """

    name: str
    populations: Mapping[str, Mapping[str, float]]
    mix: Mapping[str, float]

    @cached_property
    def mixed(self) -> Mapping[str, float]:
        """The weight of each allele over the mix; those of no weight are left out."""
        found: dict[str, float] = {}
        for population, share in self.mix.items():
            for allele, frequency in self.populations.get(population, {}).items():
                found[allele] = found.get(allele, 0.0) + share * frequency
        return {allele: weight for allele, weight in sorted(found.items()) if weight > 0}

    @cached_property
    def by_locus(self) -> Mapping[str, tuple[str, ...]]:
        """The alleles of some weight at each locus."""
        return {locus: tuple(one for one in self.mixed if one.startswith(f"{locus}*")) for locus in LOCI}

    def of_population(self, declared: str | None) -> "FrequencyTable | None":
        """The table of one declared ancestry alone; None where no population has exactly that name (case aside)."""
        plain = (declared or "").strip().casefold()
        found = next((name for name in self.populations if name.casefold() == plain), None)
        return None if found is None else replace(self, mix={found: 1.0})


@dataclass(frozen=True, slots=True)
class ValueRisk:
    """P(the value reacts at T), 0 to 1; None is not known, and `reason` says why.

    `unknown_share` is the part of the weight whose own reaction is undecided or untested: it counts as reacting.
    """

    risk: float | None
    unknown_share: float = 0.0
    reason: str | None = None


class TypingRisk:
    """The risk of typed values under one reading of a serum and one table of frequencies (None: none is loaded)."""

    def __init__(self, reading: SerumReading, table: FrequencyTable | None) -> None:
        self.reading = reading
        self.table = table
        self._reactions: dict[str, Reactivity | None] = {}
        self._weights: dict[str, Mapping[str, float]] = {}
        self._alleles: dict[str, tuple[str, ...]] = {}

    def of(self, reactivity: Reactivity, threshold_mfi: float) -> ValueRisk:
        """The risk of one value at one threshold: 0 where negative, 1 where positive, None where untested.

        It never rises with the threshold: where every member's own bead reaches T, a doubt beside them lowers nothing.
        """
        reaction = reactivity.at(threshold_mfi)
        if reaction is Reaction.NEGATIVE:
            return ValueRisk(0.0)
        if reaction is Reaction.POSITIVE or threshold_mfi <= reactivity.positive_upto_mfi:
            return ValueRisk(1.0)
        if reaction is Reaction.UNTESTED:
            return ValueRisk(None, reason="risk_untested")
        weights = self.weights(reactivity.value)
        if not weights:
            missing = "risk_no_table" if self.table is None else "risk_value_not_listed"
            return ValueRisk(None, reason=missing)
        if any(self._reaction(one, threshold_mfi) is not Reaction.NEGATIVE for one in self._unlisted(reactivity.value)):
            return ValueRisk(None, reason="risk_alleles_not_listed")
        states = {allele: self._reaction(allele, threshold_mfi) for allele in weights}
        total = fsum(weights.values())
        reacting = fsum(weight for allele, weight in weights.items() if states[allele] is not Reaction.NEGATIVE)
        doubted = {Reaction.UNDECIDED, Reaction.UNTESTED}
        unknown = fsum(weight for allele, weight in weights.items() if states[allele] in doubted)
        return ValueRisk(reacting / total, unknown / total)

    def weights(self, value: TypedValue) -> Mapping[str, float]:
        """The alleles that a value may be, with their weights; empty where there is no table, or it lists none."""
        known = self._weights.get(value.key)
        if known is None:
            known = self._weights[value.key] = self._find_weights(value)
        return known

    def _unlisted(self, value: TypedValue) -> tuple[str, ...]:
        """What the value may be and the table lacks: it would weigh nothing, though it may be the donor's.

        Of a list its own alleles without a weight; of a group or an antigen the alleles of the beads that no population
        lists, not even with a frequency of 0.
        """
        if value.alleles or self.table is None:
            return tuple(one for one in value.alleles if one not in self.weights(value))
        listed = frozenset().union(*self.table.populations.values())
        beads = (bead.allele for bead in self.reading.profile.beads if bead.locus == value.locus)
        return tuple(one for one in beads if one not in listed and self._may_be(value, one))

    def can_settle(self, reactivity: Reactivity, threshold_mfi: float) -> bool:
        """Whether a typing at two fields could turn an undecided value negative.

        It must stand for several alleles, and one of them (its own, or those of the beads and the table) be negative:
        what no bead tests, no typing settles.
        """
        value = reactivity.value
        if reactivity.at(threshold_mfi) is not Reaction.UNDECIDED or len(value.alleles) == 1:
            return False
        alleles = value.alleles or [one for one in self._seen(value.locus) if self._may_be(value, one)]
        return any(self._reaction(allele, threshold_mfi) is Reaction.NEGATIVE for allele in alleles)

    def can_be_negative(self, locus: str, threshold_mfi: float) -> bool:
        """Whether a value that is not typed at a locus could turn out negative, as some allele seen there is."""
        return any(self._reaction(allele, threshold_mfi) is Reaction.NEGATIVE for allele in self._seen(locus))

    def _seen(self, locus: str) -> tuple[str, ...]:
        """The alleles of the beads and of the table at one locus."""
        if locus not in self._alleles:
            beads = [bead.allele for bead in self.reading.profile.beads if bead.locus == locus]
            listed = () if self.table is None else self.table.by_locus[locus]
            self._alleles[locus] = tuple(dict.fromkeys((*beads, *listed)))
        return self._alleles[locus]

    def _find_weights(self, value: TypedValue) -> Mapping[str, float]:
        if len(value.alleles) == 1:  # typed as one allele: nothing to weigh
            return {value.alleles[0]: 1.0}
        if self.table is None:
            return {}
        mixed = self.table.mixed
        if value.alleles:
            return {allele: mixed[allele] for allele in value.alleles if allele in mixed}
        return {allele: mixed[allele] for allele in self.table.by_locus[value.locus] if self._may_be(value, allele)}

    def _may_be(self, value: TypedValue, allele: str) -> bool:
        """Whether a group or an antigen may be this allele: its first field, and an antigen of the value's."""
        group = allele.split(":")[0]
        if value.kind is Kind.GROUP and group != value.key:
            return False
        if group not in self.reading.reference.groups or self._reactivity(allele) is None:
            return False
        return bool(self.reading.reference.antigens_of_allele(allele)[0] & value.antigens)

    def _reaction(self, allele: str, threshold_mfi: float) -> Reaction:
        found = self._reactivity(allele)
        return Reaction.UNTESTED if found is None else found.at(threshold_mfi)

    def _reactivity(self, allele: str) -> Reactivity | None:
        """The reaction of one allele, worked out once; None for one that expresses nothing or is no name here."""
        if allele not in self._reactions:
            value = parse_typed_value(allele, reference=self.reading.reference).value
            expressed = value is not None and value.kind in {Kind.ALLELE, Kind.LIST}
            self._reactions[allele] = self.reading.react(value) if value and expressed else None
        return self._reactions[allele]


def donor_risk(risks: Iterable[float | None]) -> float | None:
    """P(at least one of a donor's different values reacts), taken as independent; None where any risk is not known."""
    found = tuple(risks)
    known = [risk for risk in found if risk is not None]
    return 1 - prod(1 - risk for risk in known) if len(known) == len(found) else None
