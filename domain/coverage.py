"""What a specificity of a directive covers of one thing that a value may be (MATCHING §4 Directive, §7)."""

from collections.abc import Iterable
from enum import IntEnum

from domain.directive import Specificity
from domain.epitopes import EpletTable
from domain.reference import Reference


class Coverage(IntEnum):
    """Nothing of it, or not known to be nothing, or all of it."""

    NONE = 0
    SOME = 1
    ALL = 2


def coverage(
    edit: Specificity,
    allele: str | None,
    antigens: frozenset[str],
    *,
    table: EpletTable | None,
    panel: Iterable[str] = (),
    others: Iterable[str] = (),
) -> Coverage:
    """How much of an allele, or of antigens (`allele` None), the specificity covers.

    `panel` are the alleles of the beads of these antigens: with the representatives, they say that an antigen carries
    an eplet. `others` are all alleles of these antigens that the table lists: none of them may carry an eplet that the
    antigen does not. What the table in use does not know may carry it.
    """
    if edit.eplet is not None:
        return _by_eplet(edit.eplet, allele, antigens, table, (panel, others))
    if edit.allele is not None and allele is not None:
        return Coverage.ALL if allele == edit.allele else Coverage.NONE
    if edit.alleles and allele is not None:
        return Coverage.SOME if allele in edit.alleles else Coverage.NONE
    if edit.allele is None and antigens <= edit.covered:
        return Coverage.ALL
    return Coverage.SOME if antigens & (edit.covered | edit.possible) else Coverage.NONE


def _by_eplet(
    eplet: str,
    allele: str | None,
    antigens: frozenset[str],
    table: EpletTable | None,
    kin: tuple[Iterable[str], Iterable[str]],
) -> Coverage:
    if table is None or not table.knows(eplet):
        return Coverage.SOME
    if allele is not None and allele in table.alleles:
        return Coverage.ALL if eplet in table.alleles[allele] else Coverage.NONE
    if allele is not None:
        return Coverage.SOME
    panel, others = kin
    stand_ins = [table.representatives.get(antigen, "") for antigen in antigens]
    if not antigens or any(one not in table.alleles for one in stand_ins):
        return Coverage.SOME
    if all(eplet in table.alleles[one] for one in (*stand_ins, *panel) if one in table.alleles):
        return Coverage.ALL
    seen = (*stand_ins, *panel, *others)
    return Coverage.SOME if any(eplet in table.alleles.get(one, ()) for one in seen) else Coverage.NONE


def silences(edit: Specificity, allele: str, antigens: frozenset[str], table: EpletTable | None) -> bool:
    """Whether a removed specificity sets a bead aside: the allele itself, all its antigens, or its eplet."""
    if edit.eplet is not None:
        return table is not None and edit.eplet in table.alleles.get(allele, ())
    return allele == edit.allele if edit.allele else antigens <= edit.covered


def alleles_by_antigen(table: EpletTable, reference: Reference) -> dict[str, list[str]]:
    """The alleles that a table lists, by the antigens that they may have."""
    found: dict[str, list[str]] = {}
    for allele in table.alleles:
        if allele.split(":")[0] in reference.groups:
            for antigen in reference.antigens_of_allele(allele)[0]:
                found.setdefault(antigen, []).append(allele)
    return found
