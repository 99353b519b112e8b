"""An invented registry in which some donors stand twice, with the truth: for the benchmark of duplicates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random

from domain.reference import LOCI, Reference
from domain.suggestions import Person
from services.synthetic.donors import donor_rows
from services.synthetic.population import demo_population
from services.synthetic.twins import as_person, second_record

SURNAMES, FIRST_NAMES = 12_000, 1_500
OPENINGS = ("b", "br", "c", "ch", "d", "f", "g", "gr", "j", "l", "m", "n", "p", "qu", "r", "s", "t", "tr", "v")
VOWELS = ("a", "e", "i", "o", "u", "ou", "ai", "an", "on", "in")
ENDINGS = ("rd", "t", "l", "n", "x", "lle", "r", "c", "ne", "s")
KNOWN_PHONE, KNOWN_EMAIL, COMPOUND, TYPED_AGAIN = 0.95, 0.7, 0.06, 0.5


@dataclass(frozen=True, slots=True)
class Doubled:
    """The people by id, and which pairs of ids are one person, the smaller first."""

    people: Mapping[int, Person]
    twins: frozenset[tuple[int, int]]


def doubled_registry(*, donors: int, pairs: int, seed: int, on: date, reference: Reference) -> Doubled:
    """So many records, of which so many pairs are one person; common names are as much commoner as in life (Zipf)."""
    rng = Random(seed)  # noqa: S311  not a secret
    surnames, first_names = (_invented_names(count, rng) for count in (SURNAMES, FIRST_NAMES))
    last, first = ([*accumulate(1 / (rank + 5) for rank in range(len(names)))] for names in (surnames, first_names))
    rows = list(donor_rows(demo_population(), reference=reference, count=donors - pairs, seed=seed, on=on))
    people: dict[int, Person] = {}
    for place, row in enumerate(rows):
        row["last_name"] = rng.choices(surnames, cum_weights=last)[0]
        row["first_name"] = "-".join(rng.choices(first_names, cum_weights=first, k=2 if rng.random() < COMPOUND else 1))
        row["phone"] = f"06{rng.randrange(10**8):08d}" if rng.random() < KNOWN_PHONE else ""
        row["email"] = row["email"] if rng.random() < KNOWN_EMAIL else ""
        people[place] = as_person(row, antigens=_antigens(row))
    twins = set()
    for extra, place in enumerate(rng.sample(range(len(rows)), pairs)):
        told = second_record(rows[place], surnames=surnames, rng=rng)
        antigens = _antigens(told) if rng.random() < TYPED_AGAIN else ()
        people[len(rows) + extra] = as_person(told, antigens=antigens)
        twins.add((place, len(rows) + extra))
    return Doubled(people, frozenset(twins))


def _invented_names(count: int, rng: Random) -> tuple[str, ...]:
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = [rng.choice(OPENINGS) + rng.choice(VOWELS) for _ in range(rng.choice((1, 2, 2, 3)))]
        found["".join(syllables) + rng.choice(ENDINGS)] = None
    return tuple(found)


def _antigens(row: Mapping[str, str]) -> tuple[str, ...]:
    texts = [(locus, row[f"hla_{locus.lower()}_{place}"]) for locus in LOCI for place in (1, 2)]
    return tuple(f"{locus}:{text}" for locus, text in texts if text)
