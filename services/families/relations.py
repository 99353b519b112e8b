"""What a member is to the one for whom the family was drawn."""

from domain.kinship import Pedigree


def relation_to(pedigree: Pedigree, first: str, code: str) -> str:
    """The kind of relation (`sibling`), without the sex; `relative` for one that has no short word."""
    if code == first:
        return "self"
    mine, theirs = pedigree.relatives[first], pedigree.relatives[code]
    if code in mine.parents:
        return "parent"
    if first in theirs.parents:
        return "child"
    if code in pedigree.siblings(first):
        return "sibling"
    if set(mine.parents) & set(theirs.parents):
        return "half_sibling"
    if set(pedigree.children(first)) & set(pedigree.children(code)):
        return "partner"
    return _farther(pedigree, first, code)


def _farther(pedigree: Pedigree, first: str, code: str) -> str:
    mine, theirs = pedigree.relatives[first], pedigree.relatives[code]
    if any(code in pedigree.relatives[parent].parents for parent in mine.parents):
        return "grandparent"
    if any(first in pedigree.relatives[parent].parents for parent in theirs.parents):
        return "grandchild"
    if any(code in pedigree.siblings(parent) for parent in mine.parents):
        return "parents_sibling"
    if any(parent in pedigree.siblings(first) for parent in theirs.parents):
        return "siblings_child"
    if any(parent in pedigree.siblings(other) for parent in mine.parents for other in theirs.parents):
        return "cousin"
    if any(set(pedigree.relatives[parent].parents) & set(theirs.parents) for parent in mine.parents):
        return "parents_sibling"  # of one grandparent
    if any(set(pedigree.children(parent)) & set(pedigree.children(code)) for parent in mine.parents):
        return "parents_partner"
    return "relative"
