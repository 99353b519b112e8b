"""Whether two donor records may be of one person: Fellegi–Sunter weights, field by field (docs/rules/duplicates.md)."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

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
        names = {"last_name": "swapped", "first_name": MISSING}  # one event, so it is weighed once
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
        "hla": _hla_level(_by_locus(one.antigens), _by_locus(other.antigens)),
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
        if (field, level) == ("hla", "same"):
            if (bits := _hla_bits(_by_locus(one.antigens), _by_locus(other.antigens), antigens)) > 0:
                parts.append(Part(field, level, bits))
            continue
        m, u = weights.chances[field, level]
        if field in names and level == "same":
            u = max(names[field].get(" ".join(getattr(one, field)), u), 1 / max(donors, 2))
        parts.append(Part(field, level, math.log2(m / u)))
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


@lru_cache(maxsize=65_536)  # a record is compared with several others, and a common typing is that of many records
def _by_locus(antigens: tuple[str, ...]) -> Mapping[str, set[str]]:
    """The names known at each locus; one seen twice may stand for a second that was not seen."""
    loci: dict[str, set[str]] = {}
    for antigen in antigens:
        locus, name = antigen.split(":", 1)
        if any(mark.isdigit() for mark in name):
            loci.setdefault(locus, set()).add(name)
    return loci


def _hla_level(one: Mapping[str, set[str]], other: Mapping[str, set[str]]) -> str:
    both = one.keys() & other.keys()
    if not both:
        return MISSING
    return "same" if all(_can_be_one(one[locus], other[locus]) for locus in both) else "different"


def _can_be_one(left: set[str], right: set[str]) -> bool:
    """Whether two typings of a locus can be of one person; two names only where both know two."""
    if len(left) == len(right) == 1:
        return True
    few, many = sorted((sorted(left), sorted(right)), key=len)
    return any(all(_fits(a, b) for a, b in zip(few, order, strict=False)) for order in permutations(many))


def _fits(one: str, other: str) -> bool:
    """Whether two names can be of one allele; of a serological name this cannot be told without its splits."""
    if "*" not in one or "*" not in other:
        return True
    fields = zip(one.split("*")[1].split(":")[:2], other.split("*")[1].split(":")[:2], strict=False)
    return all(a == b or not (a.isdigit() and b.isdigit()) for a, b in fields)


def _hla_bits(one: Mapping[str, set[str]], other: Mapping[str, set[str]], antigens: Mapping[str, float]) -> float:
    """What agreement says, from the loci where all that one knows the other has: half a locus many strangers share."""
    bits = 0.0
    for locus in one.keys() & other.keys():
        if one[locus] <= other[locus] or other[locus] <= one[locus]:
            shared = sorted(one[locus] & other[locus])
            bits -= sum(
                math.log2(antigens[name]) for name in (f"{locus}:{kept}" for kept in shared) if name in antigens
            )
    return min(bits, CAPPED_HLA_BITS)
