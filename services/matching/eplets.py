"""The eplet load of every phenotype at once: a union of word masks and a count of bits (MATCHING §7)."""

from collections.abc import Iterable, Mapping
from functools import reduce

import numpy as np

from domain.epitopes import EpletTable
from domain.reactivity import SerumReading
from services.matching.index import Array, LocusCodes, RegistryIndex

WORD_BITS = 64
UNKNOWN_BIT = 0
UNKNOWN_LOAD = 65_535  # ranked after every load; a real one is a few dozen


class EpletMasks:
    """The eplets of each typing of each locus in scope as words, less the patient's.

    The first bit says that something is not known, the verified eplets come next: their load needs few words.
    """

    def __init__(self, index: RegistryIndex, reading: SerumReading, loci: Mapping[str, LocusCodes]) -> None:
        serum = reading.eplets()
        if serum is None:
            raise ValueError("no eplet table is loaded")
        table = serum.table
        ordered = sorted(table.known, key=lambda name: name not in table.verified)
        self.index = index
        self.bits = {name: bit for bit, name in enumerate(ordered, start=UNKNOWN_BIT + 1)}
        self.words = len(ordered) // WORD_BITS + 1
        self.verified_words = len(table.verified.intersection(ordered)) // WORD_BITS + 1
        self.unknown = self._words([UNKNOWN_BIT])
        self.every = self._mask(ordered)
        self.verified = self._mask(table.verified)
        lacked = ~self._mask(serum.own.names)
        self.per_typing = {locus: self._typings(codes, table, locus, reading) & lacked for locus, codes in loci.items()}

    def load(self, phenotypes: Array) -> Array:
        """The eplets that each of some phenotypes has and the patient lacks; UNKNOWN_LOAD where not known."""
        return self._count(phenotypes, self.every)

    def verified_load(self, phenotypes: Array) -> Array:
        """The antibody-verified among them."""
        return self._count(phenotypes, self.verified[: self.verified_words])

    def _count(self, phenotypes: Array, counted: Array) -> Array:
        """How many of the counted bits each phenotype has over its loci."""
        found = np.zeros(len(phenotypes), dtype=np.uint16)
        unknown = np.zeros(len(phenotypes), dtype=bool)
        pairs = {locus: self.index.phenotype_pairs["ABC".index(locus)][phenotypes] for locus in self.per_typing}
        for word, bits in enumerate(counted):
            union = reduce(
                np.bitwise_or, (masks[:, word].take(pairs[locus]) for locus, masks in self.per_typing.items())
            )
            if word == UNKNOWN_BIT // WORD_BITS:
                unknown = (union & self.unknown[word]) != 0
            found += np.bitwise_count(union & bits)
        found[unknown] = UNKNOWN_LOAD
        return found

    def _typings(self, codes: LocusCodes, table: EpletTable, locus: str, reading: SerumReading) -> Array:
        """The masks of each typing, worked out once for an index, a table and a nomenclature."""
        key = (table.name, reading.reference.name, locus)
        known = self.index.eplet_masks.get(key)
        if known is None:
            carried = [table.of_value(value) for value in codes.values]
            neutral = np.zeros(self.words, dtype=np.uint64)
            values = np.array([*(self.unknown if one is None else self._mask(one.names) for one in carried), neutral])
            known = values[codes.first] | values[codes.second]
            known[~codes.typed] |= self.unknown
            self.index.eplet_masks[key] = known
        return known

    def _mask(self, names: Iterable[str]) -> Array:
        return self._words(self.bits[name] for name in names if name in self.bits)

    def _words(self, bits: Iterable[int]) -> Array:
        found = np.zeros(self.words, dtype=np.uint64)
        for bit in bits:
            found[bit // WORD_BITS] |= np.uint64(1 << bit % WORD_BITS)
        return found
