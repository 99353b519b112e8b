"""Every table of the registry; importing any of them makes the metadata whole."""

from models import (
    account,
    allele_code,
    antibody,
    audit,
    directive,
    donor,
    epitope,
    frequency,
    importing,
    job,
    patient,
    reference,
    registry,
    request,
    reservation,
    search,
)

__all__ = [
    "account",
    "allele_code",
    "antibody",
    "audit",
    "directive",
    "donor",
    "epitope",
    "frequency",
    "importing",
    "job",
    "patient",
    "reference",
    "registry",
    "request",
    "reservation",
    "search",
]
