"""Whether two donor records may be of one person: Fellegi–Sunter weights, field by field (docs/rules/duplicates.md)."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA, JaroWinkler

CLOSE_NAME = 0.90  # Jaro–Winkler; below it two names are different ones
MISSING = "missing"
CAPPED_HLA_BITS = 12.0  # loci are inherited together: their weights do not simply add up
PARTICLES = frozenset({"de", "du", "des", "la", "le", "les", "l", "d", "van", "von", "der", "den", "el", "al", "ben"})
TEXT_FIELDS = ("last_name", "first_name", "birth_date", "sex", "postcode", "phone", "email", "abo", "rhd")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


@dataclass(frozen=True, slots=True)
class Person:
    """What is compared of one donor, normalised; empty where not known. Names are tuples of plain words."""

    last_name: tuple[str, ...] = ()
    first_name: tuple[str, ...] = ()
    birth_date: str = ""  # ISO 8601
    sex: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    abo: str = ""
    rhd: str = ""
    antigens: tuple[str, ...] = ()  # canonical HLA names, one for each typed position, as A:A*02


@dataclass(frozen=True, slots=True)
class Weights:
    """The m and u of every level of every field, and the share of donors thought to be registered twice."""

    chances: Mapping[tuple[str, str], tuple[float, float]]
    share: float


@dataclass(frozen=True, slots=True)
class Part:
    """One field's say: the level at which it agrees and its weight in bits (log₂ of m over u)."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Score:
    """The sum of the weights in bits with that of the prior, the parts, and the probability of one person."""

    weight: float
    probability: float
    parts: tuple[Part, ...]


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name without case, accents, punctuation and particles: `Le Goff-d'Été` is goff, ete."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LIGATURES))
    words = re.findall(r"[^\W\d_]+", "".join(mark for mark in plain if not unicodedata.combining(mark)))
    return tuple(word for word in words if word not in PARTICLES) or tuple(words)


def levels_of(one: Person, other: Person) -> dict[str, str]:
    """The level at which each field of two records agrees; `missing` where either does not know it."""
    if one.last_name and one.first_name and _are_swapped(one, other):
        names = {"last_name": "swapped", "first_name": "swapped"}
    else:
        names = {
            "last_name": _name_level(one.last_name, other.last_name),
            "first_name": _name_level(one.first_name, other.first_name),
        }
    return {
        **names,
        "birth_date": _birth_level(one.birth_date, other.birth_date),
        "postcode": _postcode_level(one.postcode, other.postcode),
        **{name: _same(getattr(one, name), getattr(other, name)) for name in ("sex", "phone", "email", "abo", "rhd")},
    }


def score_pair(
    one: Person,
    other: Person,
    *,
    weights: Weights,
    donors: int,
    names: Mapping[str, Mapping[str, float]],
    antigens: Mapping[str, float],
) -> Score:
    """The weight of two records of a registry of so many donors.

    `names` are the shares of each full name among the registry's last and first names, `antigens` those of each
    HLA name among the typed positions: to agree on what is rare says more than to agree on what is common.
    """
    parts = []
    for field, level in levels_of(one, other).items():
        if level == MISSING:
            continue
        m, u = weights.chances[field, level]
        if field in names and level == "same":
            u = max(names[field].get(" ".join(getattr(one, field)), u), 1 / max(donors, 2))
        parts.append(Part(field, level, math.log2(m / u)))
    if (agreed := _hla_bits(one, other, antigens)) > 0:
        parts.append(Part("hla", "same", agreed))
    total = math.log2(prior_odds(donors, weights.share)) + sum(part.weight for part in parts)
    return Score(total, 1 / (1 + 2 ** -max(-1000.0, min(1000.0, total))), tuple(parts))


def prior_odds(donors: int, share: float) -> float:
    """Odds that two donors taken by chance are one person, where this share of the donors is registered twice."""
    pairs = max(donors, 2) * (max(donors, 2) - 1) / 2
    chance = share * max(donors, 2) / pairs
    return min(chance, 0.5) / (1 - min(chance, 0.5))


def block_keys(person: Person) -> list[tuple[str, ...]]:
    """The keys that two records must share at least one of to be compared at all."""
    keys: list[tuple[str, ...]] = []
    last, first = " ".join(person.last_name), " ".join(person.first_name)
    year = person.birth_date[:4]
    if person.birth_date:
        keys.append(("birth", year, *sorted((person.birth_date[5:7], person.birth_date[8:10]))))
    if last and first:
        keys.append(("names", *sorted((*person.last_name, *person.first_name))))
        if year:
            keys += [("sound", _sound(word), first[0], year) for word in person.last_name]
    if first and person.postcode and year:
        keys.append(("place", first[:3], person.postcode, year))
    keys += [(name, getattr(person, name)) for name in ("phone", "email") if getattr(person, name)]
    return keys


def _sound(word: str) -> str:
    """The consonants of a name, doubled ones once: what a slip of the pen or of the ear leaves most often."""
    plain = word.replace("ph", "f").replace("y", "i").replace("th", "t").replace("h", "")
    return re.sub(r"(.)\1+", r"\1", plain[:1] + re.sub(r"[aeiou]", "", plain[1:]))[:4]


def _are_swapped(one: Person, other: Person) -> bool:
    return one.last_name == other.first_name and one.first_name == other.last_name and one.last_name != one.first_name


def _name_level(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    if not one or not other:
        return MISSING
    if one == other or "".join(one) == "".join(other):
        return "same"
    if _are_initials(one, other) or _are_initials(other, one):
        return "initials"
    if set(one) <= set(other) or set(other) <= set(one):
        return "part"
    close = JaroWinkler.similarity("".join(one), "".join(other)) >= CLOSE_NAME
    return "close" if close or OSA.distance("".join(one), "".join(other)) == 1 else "different"


def _are_initials(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """`J P`, `JP` or `J` beside `Jean Pierre`."""
    letters = "".join(short)
    return len(letters) <= len(full) and letters == "".join(word[0] for word in full)[: len(letters)]


def _birth_level(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    if one == other:
        return "same_placeholder" if one.endswith("-01-01") else "same"
    if one[:4] == other[:4] and (one[5:7], one[8:10]) == (other[8:10], other[5:7]):
        return "swapped"
    if OSA.distance(one, other) == 1:
        return "close"
    return "year" if one[:4] == other[:4] else "different"


def _postcode_level(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    if one == other:
        return "same"
    return "department" if one[:2] == other[:2] else "different"


def _same(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    return "same" if one == other else "different"


def _hla_bits(one: Person, other: Person, antigens: Mapping[str, float]) -> float:
    left = list(other.antigens)
    bits = 0.0
    for name in one.antigens:
        if name in left and name in antigens:
            left.remove(name)
            bits -= math.log2(antigens[name])
    return min(bits, CAPPED_HLA_BITS)
