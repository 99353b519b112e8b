"""Every table of the registry; importing any of them makes the metadata whole."""

from models import antibody, audit, directive, donor, importing, patient, reference, registry, search

__all__ = [
    "antibody",
    "audit",
    "directive",
    "donor",
    "importing",
    "patient",
    "reference",
    "registry",
    "search",
]
