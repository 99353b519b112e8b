"""How much of a person's HLA their brothers and sisters share: the chances, and what typings already tell.

A haplotype is taken as passed on whole: no crossing-over between A, C and B is counted.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Antigens = Mapping[str, tuple[str, str]]  # by locus the two antigens, one twice where homozygous
Haplotype = tuple[str, ...]

A_PRIORI = (0.25, 0.5, 0.25)  # both haplotypes, one, none


@dataclass(frozen=True, slots=True)
class Sharing:
    """The chances that an untested full sibling has the same antigens, shares a haplotype, or shares none.

    `deduced` says that the parents' haplotypes could be told from the typings: then `identical` counts whoever has the
    same antigens, by whichever haplotypes. Else these are the chances before any typing.
    """

    identical: float
    one_haplotype: float
    neither: float
    deduced: bool = False

    def at_least_one(self, siblings: int) -> float:
        """The chance that one or more of so many untested siblings are identical, each drawn anew."""
        return 1 - (1 - self.identical) ** siblings


BEFORE_TYPING = Sharing(*A_PRIORI)


def sibling_sharing(proband: Antigens, mother: Antigens | None, father: Antigens | None) -> Sharing:
    """The chances for an untested full sibling; before any typing where the parents' haplotypes cannot be told."""
    if not proband or mother is None or father is None or not (proband.keys() == mother.keys() == father.keys()):
        return BEFORE_TYPING
    found = {_shares(proband, *phases) for phases in _phases(proband, mother, father)}
    return Sharing(*found.pop(), deduced=True) if len(found) == 1 else BEFORE_TYPING


def identical_as_typed(one: Antigens, other: Antigens) -> bool:
    """Whether two people have the same two antigens at every locus that both are typed at."""
    loci = one.keys() & other.keys()
    return bool(loci) and all(sorted(one[locus]) == sorted(other[locus]) for locus in loci)


def _phases(
    proband: Antigens, mother: Antigens, father: Antigens
) -> Iterator[tuple[tuple[Haplotype, Haplotype], tuple[Haplotype, Haplotype]]]:
    """Each way to tell what either parent passed on to this child from what they did not."""
    loci = sorted(proband)
    ways = []
    for locus in loci:
        of_locus = {
            (mother[locus][m], mother[locus][1 - m], father[locus][f], father[locus][1 - f])
            for m, f in itertools.product((0, 1), repeat=2)
            if sorted((mother[locus][m], father[locus][f])) == sorted(proband[locus])
        }
        ways.append(sorted(of_locus))
    for chosen in itertools.product(*ways):
        columns = tuple(zip(*chosen, strict=True))
        yield (columns[0], columns[1]), (columns[2], columns[3])


def _shares(
    proband: Antigens, mother: tuple[Haplotype, Haplotype], father: tuple[Haplotype, Haplotype]
) -> tuple[float, float, float]:
    """Of the four children these haplotypes make, the shares with both, one or none of this child's."""
    loci = sorted(proband)
    passed = (mother[0], father[0])
    counts = [0, 0, 0]
    for pair in itertools.product(mother, father):
        same = all(sorted(antigens) == sorted(proband[locus]) for locus, *antigens in zip(loci, *pair, strict=True))
        shares = any(haplotype in passed for haplotype in pair)
        counts[0 if same else 1 if shares else 2] += 1
    return counts[0] / 4, counts[1] / 4, counts[2] / 4
