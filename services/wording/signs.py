"""The signs that stand for a donor's value, on a page and on paper."""

from collections.abc import Mapping
from typing import Any

REACTION_GLYPHS = {"positive": "✕", "undecided": "?", "untested": "?", "untyped": "?"}
MATCH_GLYPHS = {"identical": "●", "possibly_identical": "◉", "cross_reactive": "◐", "mismatched": "○"}
NULL_GLYPH = "∅"


def glyph(value: Mapping[str, Any]) -> str:
    """The sign of one donor value: the antibody first, then what is not known, then the match."""
    return REACTION_GLYPHS.get(value["reaction"]) or match_glyph(value)


def match_glyph(value: Mapping[str, Any]) -> str:
    """The sign of the match alone; a null allele is no antigen at all."""
    return NULL_GLYPH if value["match"] is None else MATCH_GLYPHS.get(value["match"], "?")
