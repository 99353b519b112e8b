"""Every table of the registry; importing any of them makes the metadata whole."""

from models import (
    account,
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
