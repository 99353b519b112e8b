"""MATCHING §7, read literally: what values carry, and a donor's eplet load."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.oracle.values import Value


@dataclass(frozen=True)
class Table:
    """The eplets of alleles, the verified ones, and the allele that stands for an antigen."""

    alleles: Mapping[str, frozenset[str]]
    verified: frozenset[str]
    representatives: Mapping[str, str]


def of_antigens(antigens: Iterable[str], table: Table) -> set[str] | None:
    """The eplets of the representative of each possible antigen; None where the table lists no representative."""
    stand = [table.representatives.get(antigen) for antigen in antigens]
    listed = [table.alleles[allele] for allele in stand if allele in table.alleles]
    return set().union(*listed) if listed else None


def of_value(value: Value, table: Table) -> set[str] | None:
    """What a value may carry; None where the table does not know."""
    if value.kind == "null":
        return set()
    found: set[str] = set()
    known = False
    for allele in value.alleles:
        if allele in table.alleles:
            found, known = found | table.alleles[allele], True
    if not value.alleles or any(allele not in table.alleles for allele in value.alleles):
        by_antigen = of_antigens(value.antigens, table)
        if by_antigen is not None:
            found, known = found | by_antigen, True
    return found if known else None


def patients_own(patient: Iterable[Value], table: Table) -> set[str]:
    return set().union(*(of_value(value, table) or set() for value in patient))


def load(donor: Iterable[Value | None], patient: Iterable[Value], table: Table | None) -> tuple[int, int] | None:
    """How many eplets, all and verified, are on the donor's values and on none of the patient's."""
    if table is None:
        return None
    found: set[str] = set()
    for value in donor:
        carried = None if value is None else of_value(value, table)
        if carried is None:
            return None
        found |= carried
    found -= patients_own(patient, table)
    return len(found), len(found & table.verified)
