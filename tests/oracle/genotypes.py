"""GL String, read literally for one locus: the pairs of alleles that a genotype list allows (MATCHING §2)."""

from itertools import product


def pairs_of_alleles(text: str) -> set[tuple[str, str]]:
    """Each possible genotype as a pair of full allele names; only `|`, `+` and `/`, every name written whole."""
    found = set()
    for genotype in text.split("|"):
        first, second = genotype.split("+")
        found |= set(product(first.split("/"), second.split("/")))
    return found
