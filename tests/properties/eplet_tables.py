"""Small invented eplet tables (no real one is ours to ship), for both readers."""

import random

from hypothesis import strategies as st

from domain.epitopes import EpletTable
from services.reference import representatives
from tests.oracle.eplets import Table
from tests.properties import strategies as mine

INVENTED = ("9Q", "12Z", "44KQ", "62XA", "77NZ", "82LX", "131Q", "144TZ", "163XW", "180Z")


def seeds():
    """No table, or one by its seed."""
    return st.one_of(st.none(), st.integers(0, 2**16))


def invented(seed: int, names: list[str]) -> dict:
    """Alleles of these families with a few eplets each; now and then an allele that the table does not list."""
    rng = random.Random(seed)
    stand_ins = representatives()
    alleles = {*mine.alleles_in(names), *stand_ins.values()}
    share = rng.choice([0.1, 0.3, 0.6])
    return {
        "alleles": {
            allele: frozenset(name for name in INVENTED if rng.random() < share)
            for allele in sorted(alleles)
            if rng.random() < 0.95
        },
        "verified": frozenset(name for name in INVENTED if rng.random() < 0.5),
        "representatives": stand_ins,
    }


def domain_table(seed: int | None, names: list[str]) -> EpletTable | None:
    return None if seed is None else EpletTable(name=f"invented-{seed}", **invented(seed, names))


def oracle_table(seed: int | None, names: list[str]) -> Table | None:
    return None if seed is None else Table(**invented(seed, names))
