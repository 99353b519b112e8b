"""A person's typing as other programs exchange it: one GL string, and what it has no form for."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from domain.gl_string import write_gl_string
from domain.phenotype import LocusTyping
from models.donor import TYPING_COLUMNS, Donor
from services.donor_typing_change import typings_of
from services.reference import active_reference


def gl_json(typings: Mapping[str, LocusTyping]) -> dict[str, Any]:
    """`gl_string`, null where nothing can be written, and `gl_left_out`, the serological values not in it."""
    text, left_out = write_gl_string(typings)
    return {"gl_string": text or None, "gl_left_out": list(left_out)}


def donor_gl_json(session: Session, donor: Donor) -> dict[str, Any]:
    """The same of a donor, read by the nomenclature in force."""
    texts = {name: getattr(donor, name) for name in TYPING_COLUMNS}
    return gl_json(typings_of(texts, active_reference(session)))
