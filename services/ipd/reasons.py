"""Why a typed value counts as its antigens: allele by allele, with the kind of assignment and the source."""

from collections.abc import Mapping
from typing import Any

from domain.reference import Reference
from domain.typing_text import TypedValue
from services.wording.catalogue import sentence

Json = dict[str, Any]


def alleles_json(value: TypedValue | None, reference: Reference) -> list[Json]:
    """Each expressed allele of a value: what the source in force assigns it, and what it counts as."""
    return [_allele_json(allele, reference) for allele in value.alleles] if value else []


def _allele_json(allele: str, reference: Reference) -> Json:
    antigens = reference.antigens_of_allele(allele)[0]
    protein = reference.protein(allele)
    return {
        "allele": allele,
        "assigned": {kind: list(names) for kind, names in reference.assigned(allele).items()},
        "counts_as": sorted(antigens),
        "under": {one: parent for one in sorted(antigens) for parent in reference.parents.get(one, ())},
        "p_group": protein if protein != allele else None,
    }


def assigned_json(value: TypedValue, reference: Reference) -> dict[str, list[str]]:
    """The antigens of all alleles of a value by kind of assignment; nothing for a value that is no allele."""
    found: dict[str, dict[str, None]] = {}
    for allele in value.alleles:
        for kind, names in reference.assigned(allele).items():
            found.setdefault(kind, {}).update(dict.fromkeys(names))
    return {kind: list(names) for kind, names in found.items()}


def assigned_words(assigned: Mapping[str, list[str]], locale: str) -> str:
    """`B21 (unambiguous) · B40 (by the expert, shown only)`."""
    return " · ".join(
        f"{' '.join(names)} ({sentence(f'assignment.{kind}', {}, locale)})" for kind, names in assigned.items()
    )
