"""MATCHING §2, §3 and the public epitopes of §6, read literally."""

from functools import cache

from tests.oracle import tables


def splits_of(antigen: str) -> list[str]:
    return tables.SPLITS.get(antigen, "").split()


def associated_of(antigen: str) -> list[str]:
    return tables.ASSOCIATED.get(antigen, "").split()


def is_broad(antigen: str) -> bool:
    return antigen in tables.SPLITS


@cache
def is_associated(antigen: str) -> bool:
    return any(antigen in associated_of(parent) for parent in tables.ASSOCIATED)


@cache
def parents_of(antigen: str) -> list[str]:
    """The broads and antigens of which this one is a split or an associated antigen."""
    every = list(tables.SPLITS) + list(tables.ASSOCIATED)
    return sorted({p for p in every if antigen in splits_of(p) or antigen in associated_of(p)})


@cache
def closure(antigen: str) -> set[str]:
    """§2: X, its splits, their associated antigens, downwards."""
    found = {antigen}
    for child in splits_of(antigen) + associated_of(antigen):
        found |= closure(child)
    return found


@cache
def split(antigen: str) -> str:
    """§2: of an associated antigen its parent (not for B4005, whose parent is a broad); else itself."""
    for parent in parents_of(antigen):
        if antigen in associated_of(parent) and not is_broad(parent):
            return parent
    return antigen


def antigens_of_serology(antigen: str) -> set[str]:
    return {a for a in closure(antigen) if not is_broad(a)}


def antigen_of_number(locus: str, first_field: str) -> str:
    return ("Cw" if locus == "C" else locus) + str(int(first_field))


def antigens_of_group(locus: str, first_field: str) -> set[str]:
    """§2: the antigens of a molecular first-field group such as B*15."""
    listed = tables.GROUPS.get(f"{locus}*{first_field}")
    if listed is not None:
        return set(listed.split())
    return {antigen_of_number(locus, first_field)}


@cache
def antigens_of_allele(allele: str) -> set[str]:
    """§3 for the listed alleles, else the antigens of the allele's group (§2, assumed)."""
    if allele in tables.EXCEPTIONS:
        return {tables.EXCEPTIONS[allele]}
    locus, fields = allele.split("*")
    first = fields.split(":")[0]
    if allele in tables.KIT_ALLELES:
        return {antigen_of_number(locus, first)}
    return antigens_of_group(locus, first)


@cache
def epitope_of(antigen: str) -> str | None:
    """§6: Bw4, Bw6 or neither; an associated antigen has its split's unless listed itself."""
    for candidate in (antigen, split(antigen)):
        if candidate in tables.BW4:
            return "Bw4"
        if candidate in tables.BW6:
            return "Bw6"
    return None


@cache
def cregs_of(antigen: str, family: str = "rodey") -> set[str]:
    """§6: the CREGs of a split; B4005 has those of B50."""
    asked = "B50" if antigen == "B4005" else antigen
    groups = tables.CREGS[family]
    for candidate in (asked, split(asked)):
        found = {name for name, members in groups.items() if candidate in members.split()}
        if found:
            return found
    return set()
