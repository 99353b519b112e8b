"""The eplets that two alleles do not share."""

from typing import Any

from sqlmodel import Session

from domain.epitopes import EpletTable, by_position
from domain.errors import UnusableInput
from domain.reference import Reference
from domain.typing_text import Kind, parse_typed_value
from services.eplets.store import needed_table
from services.reference import active_reference


def eplet_difference(session: Session, allele: str, other: str, *, verified_only: bool = False) -> dict[str, Any]:
    """The eplets of each allele that the other lacks, in order of position, and the table they come from.

    Raises UnusableInput where no table is loaded, a text is no allele, or the table does not list it.
    """
    table, reference = needed_table(session), active_reference(session)
    first, second = (_eplets_of(text, table, reference) for text in (allele, other))
    kept = table.verified if verified_only else first | second
    return {
        "only_first": list(by_position((first - second) & kept)),
        "only_second": list(by_position((second - first) & kept)),
        "table": table.name,
    }


def _eplets_of(text: str, table: EpletTable, reference: Reference) -> frozenset[str]:
    value = parse_typed_value(text, reference=reference).value
    if value is None or value.kind is not Kind.ALLELE:
        raise UnusableInput("not_an_allele", text=text)
    if value.key not in table.alleles:
        raise UnusableInput("allele_without_eplets", allele=value.key, table=table.name)
    return table.alleles[value.key]
