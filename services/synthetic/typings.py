"""How a laboratory may have written down two haplotypes: by allele, by group, by serology, with doubts or gaps."""

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random

from domain.reference import Reference
from services.synthetic.population import Haplotype

COLUMNS = ("hla_a_1", "hla_a_2", "hla_b_1", "hla_b_2", "hla_c_1", "hla_c_2")
NOTHING = ("", "")

Pair = tuple[str, str]
Writer = Callable[[Pair, Reference, Random], Pair]


def write_typing(
    first: Haplotype, second: Haplotype, *, style: str, reference: Reference, rng: Random
) -> dict[str, str]:
    """The six HLA texts of two haplotypes in one style of the table people.csv."""
    writer, loci = STYLES[style]
    pairs = {"a": (first.a, second.a), "b": (first.b, second.b), "c": (first.c, second.c)}
    written = [writer(pair, reference, rng) if locus in loci else NOTHING for locus, pair in pairs.items()]
    texts = dict(zip(COLUMNS, (text for pair in written for text in pair), strict=True))
    if style == "partial":
        texts[rng.choice(COLUMNS[1:4:2])] = ""
    return texts


def serological_name(allele: str, reference: Reference, *, broad: bool = False) -> str:
    """The antigen serology would have found (its broad antigen if asked), empty for a null allele."""
    if allele.endswith("N"):
        return ""
    antigens, _ = reference.antigens_of_allele(allele)
    splits = {reference.split(antigen) for antigen in antigens}
    broads = Counter(
        parent for name in sorted(splits) for parent in reference.parents.get(name, ()) if reference.is_broad(parent)
    )
    if broads and (broad or len(splits) > 1):
        return max(sorted(broads), key=broads.__getitem__)
    return min(splits)


def _alleles(pair: Pair, _reference: Reference, _rng: Random) -> Pair:
    return pair


def _long_alleles(pair: Pair, _reference: Reference, _rng: Random) -> Pair:
    first, second = (f"{allele}:01:01" if allele[-1].isdigit() else allele for allele in pair)
    return first, second


def _groups(pair: Pair, _reference: Reference, _rng: Random) -> Pair:
    first, second = (allele if allele.endswith("N") else allele.split(":")[0] for allele in pair)
    return first, second


def _serology(pair: Pair, reference: Reference, _rng: Random) -> Pair:
    return _seen(*(serological_name(allele, reference) for allele in pair))


def _broad_serology(pair: Pair, reference: Reference, _rng: Random) -> Pair:
    return _seen(*(serological_name(allele, reference, broad=True) for allele in pair))


def _seen(first: str, second: str) -> Pair:
    """Two antigens as a serological report shows them: what is not seen, or seen twice, is a blank."""
    if not first:
        first, second = second, ""
    return first, "-" if second in ("", first) else second


def _ambiguous(pair: Pair, reference: Reference, rng: Random) -> Pair:
    first, second = (_alternatives(allele, reference, rng) for allele in pair)
    return first, second


def _alternatives(allele: str, reference: Reference, rng: Random) -> str:
    """The allele and up to two others of its group, as a list; alone where the group has no other."""
    group = allele.split(":")[0]
    others = [name for name in reference.alleles if name.startswith(f"{group}:") and name != allele]
    picked = {rng.choice(others) for _ in range(2)} if others else set()
    return "/".join(sorted({allele, *picked}))


STYLES: Mapping[str, tuple[Writer, str]] = {
    "two_field": (_alleles, "abc"),
    "long": (_long_alleles, "abc"),
    "group_with_c": (_groups, "abc"),
    "group": (_groups, "ab"),
    "partial": (_groups, "ab"),
    "serology": (_serology, "ab"),
    "broad_serology": (_broad_serology, "ab"),
    "ambiguous": (_ambiguous, "abc"),
    "untyped": (_alleles, ""),
}
