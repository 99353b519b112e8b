"""Synthetic registries of any size, drawn in blocks: the first n donors of a larger one are the registry of n."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.synthetic.frequencies import MIXTURE, HaplotypeFrequencies
from services.synthetic.population import Population, Weighted

BLOCK_DONORS = 100_000  # part of the definition of a registry: another size would draw other donors
EPOCH = date(1970, 1, 1)
HPA_SYSTEMS = ("hpa_1", "hpa_2", "hpa_3", "hpa_5", "hpa_15")
HPA_TEXTS = ("", "a/a", "a/b", "b/b")
CD36_TEXTS = ("", "positive", "negative type I", "negative type II")
AGE_YEARS = (17.5, 38.0, 68.0)  # youngest, commonest, oldest
YEAR_DAYS = 365.25
NO_DONATION_SHARE = 0.08
MEAN_DAYS_SINCE_DONATION = 110
OLDEST_DONATION_DAYS = 720
MEAN_DONATIONS = 4
MOST_DONATIONS = 26

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The texts that the codes of a block stand for; A and B in the order in which a phenotype is written."""

    ancestry: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]
    region: tuple[str, ...]
    abo: tuple[str, ...]
    rhd: tuple[str, ...]
    sex: tuple[str, ...]
    status: tuple[str, ...]
    cmv: tuple[str, ...]
    donation: tuple[str, ...]
    pregnancies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Codes of consecutive donors; days count from 1970-01-01, 0 in `last_donation_day` is no donation.

    `a` and `b` have two rows; `hpa` has one row for each system; a weight or platelet count of 0 is unknown.
    """

    first: int
    ancestry: Array
    a: Array
    b: Array
    region: Array
    abo: Array
    rhd: Array
    hpa: Array
    cd36: Array
    sex: Array
    status: Array
    cmv: Array
    consent: Array
    birth_day: Array
    weight_kg: Array
    platelet_count: Array
    last_donation_day: Array
    donation: Array
    donations_12m: Array
    pregnancies: Array

    def __len__(self) -> int:
        return len(self.ancestry)


class _Choice:
    """A weighted choice with one row of weights for each ancestry."""

    def __init__(self, weights: Sequence[Sequence[float]] | Array) -> None:
        rows = np.cumsum(np.asarray(weights, dtype=np.float64), axis=1)
        self.width = rows.shape[1]
        self.bounds = (rows / rows[:, -1:] + np.arange(len(rows))[:, None]).ravel()

    def draw(self, ancestry: Array, rng: np.random.Generator) -> Array:
        """One code for each donor."""
        at = np.searchsorted(self.bounds, ancestry + rng.random(len(ancestry)), side="right")
        codes: Array = np.minimum(at - ancestry * self.width, self.width - 1)
        return codes


class RegistryDraw:
    """Draws the donors of one synthetic registry."""

    def __init__(self, population: Population, frequencies: HaplotypeFrequencies, *, seed: int, on: date) -> None:
        self.population = population
        self.frequencies = frequencies
        self.seed = seed
        self.today = (on - EPOCH).days
        self.vocabulary = _vocabulary(population, frequencies)
        pairs = frequencies.haplotypes
        self.a_of = np.array([self.vocabulary.a.index(a) for a, _ in pairs], dtype=np.uint8)
        self.b_of = np.array([self.vocabulary.b.index(b) for _, b in pairs], dtype=np.uint8)
        self.mixture = _Choice([[float(MIXTURE[name]) for name in frequencies.ancestries]])
        self.haplotypes = _Choice(frequencies.weights)
        self.regions = _Choice(_region_weights(population, frequencies.ancestries))

    def blocks(self, count: int) -> Iterator[Block]:
        """The first `count` donors, in blocks."""
        for first in range(0, count, BLOCK_DONORS):
            block = self._draw(first)
            size = min(BLOCK_DONORS, count - first)
            yield block if size == BLOCK_DONORS else _cut(block, size)

    def _draw(self, first: int) -> Block:
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, first])))
        everybody = np.zeros(BLOCK_DONORS, dtype=np.int64)
        ancestry = self.mixture.draw(everybody, rng)
        one, other = (self.haplotypes.draw(ancestry, rng) for _ in range(2))
        sex = self._people("sex", rng)
        return Block(
            first=first,
            ancestry=ancestry.astype(np.uint8),
            a=np.stack([self.a_of[one], self.a_of[other]]),
            b=np.stack([self.b_of[one], self.b_of[other]]),
            region=self.regions.draw(ancestry, rng).astype(np.uint8),
            abo=self._attribute("abo", ancestry, rng),
            rhd=self._attribute("rhd", ancestry, rng),
            hpa=self._hpa(ancestry, rng),
            cd36=self._cd36(ancestry, rng),
            sex=sex,
            status=self._people("status", rng),
            cmv=self._people("cmv", rng),
            consent=self._people("consent_contact", rng) == self._code("consent_contact", "yes"),
            birth_day=self._birth_days(rng),
            weight_kg=_body(rng, 74, 13, least=44, known_share=0.92),
            platelet_count=_body(rng, 250, 50, least=110, known_share=0.75),
            **self._donations(rng),
            pregnancies=np.where(sex == self._code("sex", "F"), self._people("pregnancies", rng), 255).astype(np.uint8),
        )

    def _attribute(self, attribute: str, ancestry: Array, rng: np.random.Generator) -> Array:
        table = self.population.frequencies[attribute]
        weights = [[row[name] for row in table.values()] for name in self.frequencies.ancestries]
        return _Choice(weights).draw(ancestry, rng).astype(np.uint8)

    def _people(self, attribute: str, rng: np.random.Generator) -> Array:
        totals = np.asarray(self.population.people[attribute].running_totals)
        return np.searchsorted(totals / totals[-1], rng.random(BLOCK_DONORS), side="right").astype(np.uint8)

    def _code(self, attribute: str, value: str) -> int:
        return self.population.people[attribute].values.index(value)

    def _shares(self, attribute: str, value: str, ancestry: Array) -> Array:
        row = self.population.frequencies[attribute][value]
        return np.array([row[name] for name in self.frequencies.ancestries])[ancestry]

    def _hpa(self, ancestry: Array, rng: np.random.Generator) -> Array:
        tested = rng.random(BLOCK_DONORS) < self._shares("hpa", "tested", ancestry)
        rows = []
        for system in HPA_SYSTEMS:
            share = self._shares(system, "b", ancestry)
            second_alleles = sum((rng.random(BLOCK_DONORS) < share).astype(np.uint8) for _ in range(2))
            rows.append((second_alleles + 1) * tested)
        return np.stack(rows).astype(np.uint8)

    def _cd36(self, ancestry: Array, rng: np.random.Generator) -> Array:
        tested = rng.random(BLOCK_DONORS) < self._shares("cd36", "tested", ancestry)
        negative = rng.random(BLOCK_DONORS) < self._shares("cd36", "negative", ancestry)
        second_type = rng.random(BLOCK_DONORS) < self._shares("cd36", "type_ii_share", ancestry)
        return ((1 + negative * (1 + second_type.astype(np.uint8))) * tested).astype(np.uint8)

    def _birth_days(self, rng: np.random.Generator) -> Array:
        youngest, commonest, oldest = AGE_YEARS
        drawn = rng.random(BLOCK_DONORS)
        rising = youngest + np.sqrt(drawn * (oldest - youngest) * (commonest - youngest))
        falling = oldest - np.sqrt((1 - drawn) * (oldest - youngest) * (oldest - commonest))
        age = np.where(drawn < (commonest - youngest) / (oldest - youngest), rising, falling)
        return (self.today - age * YEAR_DAYS).astype(np.int32)

    def _donations(self, rng: np.random.Generator) -> dict[str, Array]:
        given = rng.random(BLOCK_DONORS) >= NO_DONATION_SHARE
        ago = 1 + (-MEAN_DAYS_SINCE_DONATION * np.log1p(-rng.random(BLOCK_DONORS))).astype(np.int64)
        ago = np.minimum(ago, OLDEST_DONATION_DAYS)
        often = 1 + (-MEAN_DONATIONS * np.log1p(-rng.random(BLOCK_DONORS))).astype(np.int64)
        often = np.minimum(often, MOST_DONATIONS) * (given & (ago < YEAR_DAYS))
        return {
            "last_donation_day": np.where(given, self.today - ago, 0).astype(np.int32),
            "donation": self._people("last_donation_type", rng),
            "donations_12m": often.astype(np.uint8),
        }


def _body(rng: np.random.Generator, mean: float, spread: float, *, least: int, known_share: float) -> Array:
    known = rng.random(BLOCK_DONORS) < known_share
    return (np.maximum(rng.normal(mean, spread, BLOCK_DONORS), least) * known).astype(np.uint16)


def _cut(block: Block, size: int) -> Block:
    fields = {name: getattr(block, name) for name in Block.__slots__}
    return Block(**{name: value if name == "first" else value[..., :size] for name, value in fields.items()})


def _vocabulary(population: Population, frequencies: HaplotypeFrequencies) -> Vocabulary:
    def texts(attribute: str) -> tuple[str, ...]:
        values: Weighted[str] = population.people[attribute]
        return values.values

    return Vocabulary(
        ancestry=frequencies.ancestries,
        a=tuple(sorted({a for a, _ in frequencies.haplotypes})),
        b=tuple(sorted({b for _, b in frequencies.haplotypes})),
        region=population.regions.values,
        abo=tuple(population.frequencies["abo"]),
        rhd=tuple(population.frequencies["rhd"]),
        sex=texts("sex"),
        status=texts("status"),
        cmv=texts("cmv"),
        donation=texts("last_donation_type"),
        pregnancies=texts("pregnancies"),
    )


def _region_weights(population: Population, ancestries: Sequence[str]) -> list[list[float]]:
    """How often each region is home to donors of each ancestry."""
    rows: list[list[float]] = [[] for _ in ancestries]
    before = 0.0
    for region, total in zip(population.regions.values, population.regions.running_totals, strict=True):
        of_region = population.ancestries[region]
        shares = np.diff(np.asarray(of_region.running_totals), prepend=0) / of_region.running_totals[-1]
        for row, ancestry in zip(rows, ancestries, strict=True):
            row.append((total - before) * float(shares[of_region.values.index(ancestry)]))
        before = total
    return rows
