"""What a specificity of a directive covers of one thing that a value may be (MATCHING §4 Directive, §7)."""

from collections.abc import Iterable
from enum import IntEnum

from domain.directive import Specificity
from domain.epitopes import EpletTable


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
) -> Coverage:
    """How much of an allele, or of antigens (`allele` None), the specificity covers.

    `panel` are the alleles of the beads of these antigens: with the representatives, they speak for an antigen whose
    alleles differ in their eplets. What the table in use does not know may carry the eplet.
    """
    if edit.eplet is not None:
        return _by_eplet(edit.eplet, allele, antigens, table, panel)
    if edit.allele is not None and allele is not None:
        return Coverage.ALL if allele == edit.allele else Coverage.NONE
    if edit.alleles and allele is not None:
        return Coverage.SOME if allele in edit.alleles else Coverage.NONE
    if edit.allele is None and antigens <= edit.covered:
        return Coverage.ALL
    return Coverage.SOME if antigens & (edit.covered | edit.possible) else Coverage.NONE


def _by_eplet(
    eplet: str, allele: str | None, antigens: frozenset[str], table: EpletTable | None, panel: Iterable[str]
) -> Coverage:
    if table is None or not table.knows(eplet):
        return Coverage.SOME
    if allele is not None and allele in table.alleles:
        return Coverage.ALL if eplet in table.alleles[allele] else Coverage.NONE
    stand_ins = [table.representatives.get(antigen, "") for antigen in antigens]
    carrying = {eplet in table.alleles[one] for one in (*stand_ins, *panel) if one in table.alleles}
    if not antigens or len(carrying) != 1 or any(one not in table.alleles for one in stand_ins):
        return Coverage.SOME
    return Coverage.ALL if carrying == {True} else Coverage.NONE


def silences(edit: Specificity, allele: str, antigens: frozenset[str], table: EpletTable | None) -> bool:
    """Whether a removed specificity sets a bead aside: the allele itself, all its antigens, or its eplet."""
    if edit.eplet is not None:
        return table is not None and edit.eplet in table.alleles.get(allele, ())
    return allele == edit.allele if edit.allele else antigens <= edit.covered
