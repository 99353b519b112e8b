"""A synthetic registry as the arrays the search index is built from, without any database."""

from collections.abc import Iterator

import numpy as np

from domain.eligibility import EligibilityRules
from domain.phenotype import parse_locus, phenotype_key
from domain.reference import Reference
from services.matching.index import RegistryColumns
from services.synthetic.registry import CD36_TEXTS, HPA_TEXTS, Array, Block, RegistryDraw, Vocabulary
from services.synthetic.windows import EligibilityTable

HPA_COMBINATIONS = len(HPA_TEXTS) ** 5


class _Dense:
    """Wide codes seen so far, numbered in the order of the codes."""

    def __init__(self, width: int) -> None:
        self.seen = np.zeros(width, dtype=bool)

    def numbered(self, codes: Array) -> Array:
        """The number of each code, once all have been seen."""
        return (np.cumsum(self.seen) - 1)[codes]


def synthetic_arrays(
    draw: RegistryDraw, count: int, *, reference: Reference, rules: EligibilityRules
) -> RegistryColumns:
    """The searchable ones among the first `count` donors of a registry; a donor's id is its place, from 1."""
    words = draw.vocabulary
    eligibility = EligibilityTable(words, rules)
    pieces = [_piece(block, words, eligibility) for block in draw.blocks(count)]
    donor_id, wide_phenotype, wide_class, from_day, until_day = (
        np.concatenate(column) for column in zip(*pieces, strict=True)
    )
    phenotypes, classes = _Dense((len(words.a) * len(words.b)) ** 2), _Dense(_class_width(words))
    phenotypes.seen[wide_phenotype] = True
    classes.seen[wide_class] = True
    return RegistryColumns(
        donor_id=donor_id,
        phenotype=phenotypes.numbered(wide_phenotype),
        klass=classes.numbered(wide_class),
        from_day=from_day,
        until_day=until_day,
        phenotype_keys=list(_phenotype_keys(np.flatnonzero(phenotypes.seen), words, reference)),
        class_keys=list(_class_keys(np.flatnonzero(classes.seen), words)),
        gaps=np.zeros((0, 3), dtype=np.int64),
    )


def _piece(block: Block, words: Vocabulary, eligibility: EligibilityTable) -> tuple[Array, ...]:
    """Donor id, wide phenotype and class codes, first and last-plus-one eligible day of the searchable donors."""
    kept = block.consent & (block.status == words.status.index("active"))
    days = eligibility.days(block)
    return (
        (block.first + 1 + np.flatnonzero(kept)).astype(np.uint32),
        _wide_phenotype(block, words)[kept],
        _wide_class(block, words)[kept],
        days.from_day[kept],
        days.until_day[kept],
    )


def _wide_phenotype(block: Block, words: Vocabulary) -> Array:
    """A number that tells the two antigens of A and the two of B, whichever parent gave which."""
    wide = np.zeros(len(block), dtype=np.uint32)
    for pair, width in ((block.a, len(words.a)), (block.b, len(words.b))):
        for antigen in (pair.min(axis=0), pair.max(axis=0)):
            wide = wide * np.uint32(width) + antigen
    return wide


def _wide_class(block: Block, words: Vocabulary) -> Array:
    wide = block.region.astype(np.uint32) * np.uint32(len(words.abo)) + block.abo
    for row in block.hpa:
        wide = wide * np.uint32(len(HPA_TEXTS)) + row
    return wide * np.uint32(len(CD36_TEXTS)) + block.cd36


def _class_width(words: Vocabulary) -> int:
    return len(words.region) * len(words.abo) * HPA_COMBINATIONS * len(CD36_TEXTS)


def _phenotype_keys(wide: Array, words: Vocabulary, reference: Reference) -> Iterator[str]:
    """The keys that these numbers stand for, written as for a donor of the database."""
    a, b = len(words.a), len(words.b)
    parts = {
        locus: {
            (one, other): _locus_part(texts[one], texts[other], locus, reference)
            for one in range(len(texts))
            for other in range(one, len(texts))
        }
        for locus, texts in (("A", words.a), ("B", words.b))
    }
    untyped = phenotype_key({}).rpartition("^")[2]
    for code in wide.tolist():
        pair_a, pair_b = divmod(code, b * b)
        yield f"{parts['A'][divmod(pair_a, a)]}^{parts['B'][divmod(pair_b, b)]}^{untyped}"


def _locus_part(first: str, second: str, locus: str, reference: Reference) -> str:
    key = phenotype_key({locus: parse_locus(first, second, locus=locus, reference=reference)})
    return key.split("^")["ABC".index(locus)]


def _class_keys(wide: Array, words: Vocabulary) -> Iterator[str]:
    for code in wide.tolist():
        rest, cd36 = divmod(code, len(CD36_TEXTS))
        genotypes = []
        for _ in range(5):
            rest, genotype = divmod(rest, len(HPA_TEXTS))
            genotypes.append(HPA_TEXTS[genotype])
        region, abo = divmod(rest, len(words.abo))
        yield "\t".join((words.region[region], words.abo[abo], ",".join(reversed(genotypes)), CD36_TEXTS[cd36]))
