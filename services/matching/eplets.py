"""The eplet load of every phenotype at once: a union of word masks and a count of bits (MATCHING §7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from domain.epitopes import EpletTable
from domain.reactivity import SerumReading
from services.matching.index import Array, LocusCodes, RegistryIndex

WORD_BITS = 64
UNKNOWN_LOAD = 65_535  # ranked after every load; a real one is a few dozen


@dataclass(frozen=True, slots=True)
class EpletLoads:
    """For each phenotype asked the eplets it has and the patient lacks, and the verified among them."""

    every: Array
    verified: Array


class EpletMasks:
    """The eplets of each typing of each locus in scope as words, less the patient's; the last bit is "not known"."""

    def __init__(self, index: RegistryIndex, reading: SerumReading, loci: Mapping[str, LocusCodes]) -> None:
        serum = reading.eplets()
        if serum is None:
            raise ValueError("no eplet table is loaded")
        table = serum.table
        self.index = index
        self.bits = {name: bit for bit, name in enumerate(table.known)}
        self.words = len(self.bits) // WORD_BITS + 1
        self.verified = self._mask(table.verified)
        self.unknown = _words([len(self.bits)], self.words)
        lacked = ~self._mask(serum.own.names)
        self.per_typing = {locus: self._typings(codes, table, locus, reading) & lacked for locus, codes in loci.items()}

    def loads(self, phenotypes: Array) -> EpletLoads:
        """The loads of some phenotypes."""
        every = np.zeros(len(phenotypes), dtype=np.uint16)
        verified = np.zeros(len(phenotypes), dtype=np.uint16)
        unknown = np.zeros(len(phenotypes), dtype=bool)
        pairs = {locus: self.index.phenotype_pairs["ABC".index(locus)][phenotypes] for locus in self.per_typing}
        for word in range(self.words):
            union = reduce(
                np.bitwise_or, (masks[:, word].take(pairs[locus]) for locus, masks in self.per_typing.items())
            )
            unknown |= (union & self.unknown[word]) != 0
            every += np.bitwise_count(union)
            if self.verified[word]:
                verified += np.bitwise_count(union & self.verified[word])
        every[unknown] = verified[unknown] = UNKNOWN_LOAD
        return EpletLoads(every, verified)

    def _typings(self, codes: LocusCodes, table: EpletTable, locus: str, reading: SerumReading) -> Array:
        """The masks of each typing, worked out once for an index, a table and a nomenclature."""
        key = (table.name, reading.reference.name, locus)
        known = self.index.eplet_masks.get(key)
        if known is None:
            carried = [table.of_value(value) for value in codes.values]
            values = np.array(
                [self.unknown if one is None else self._mask(one.names) for one in carried]
                + [np.zeros(self.words, dtype=np.uint64)],
                dtype=np.uint64,
            )
            known = values[codes.first] | values[codes.second]
            known[~codes.typed] |= self.unknown
            self.index.eplet_masks[key] = known
        return known

    def _mask(self, names: frozenset[str]) -> Array:
        return _words([self.bits[name] for name in names if name in self.bits], self.words)


def _words(bits: list[int], words: int) -> Array:
    found = np.zeros(words, dtype=np.uint64)
    for bit in bits:
        found[bit // WORD_BITS] |= np.uint64(1 << bit % WORD_BITS)
    return found
