"""Synthetic registries as arrays and as databases."""

from datetime import date
from functools import cache

from services.matching.build import build_index
from services.matching.index import RegistryColumns, RegistryIndex
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from services.synthetic.columns import synthetic_arrays
from services.synthetic.frequencies import haplotype_frequencies
from services.synthetic.population import demo_population
from services.synthetic.registry import RegistryDraw

ON = date(2026, 11, 22)
SEED = 1
# Some of a registry's donors are inactive or have not consented: this many must be drawn for each one searched.
DRAWN_FOR_ONE = 1.185


@cache
def draw() -> RegistryDraw:
    """The registry that every size is a beginning of."""
    population, reference = demo_population(), core_reference()
    return RegistryDraw(population, haplotype_frequencies(population, reference), seed=SEED, on=ON)


def columns(count: int) -> RegistryColumns:
    """At least this many searchable donors."""
    return synthetic_arrays(
        draw(), round(count * DRAWN_FOR_ONE), reference=core_reference(), rules=eligibility_rules(ON)
    )


def index_of(found: RegistryColumns) -> RegistryIndex:
    """The index of these columns."""
    return build_index(found, registry="bench", reference=core_reference().name, rules=eligibility_rules(ON).name)
