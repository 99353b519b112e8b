"""Bands: the donors who share the first keys of the order, as one number or by the value of each key."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from domain.verdict import LISTED_VERDICTS
from services.matching.index import Array

# How many values each key of a band has; 0 is the best.
SIZES: Mapping[str, int] = {"verdict": len(LISTED_VERDICTS), "strong_possible": 2, "has_date": 2, "evidence": 3}
Band = Mapping[str, int]


def all_bands(keys: Sequence[str], only: Mapping[str, Sequence[int]]) -> Iterator[Band]:
    """Every band, the best first; of the keys in `only`, these values alone."""
    for band in product(*(only.get(key, range(SIZES[key])) for key in keys)):
        yield dict(zip(keys, band, strict=True))


def band_codes(keys: Sequence[str], values: Mapping[str, Array]) -> Array:
    """The band of each donor as one number, the best lowest, from the values of the keys."""
    code = np.zeros(1, dtype=np.int64)
    for key in keys:
        code = code * SIZES[key] + values[key]
    return code


def band_of(keys: Sequence[str], code: int) -> Band:
    """The value of each key of a band that is given as a number."""
    values = {}
    for key in reversed(keys):
        code, values[key] = divmod(code, SIZES[key])
    return values
