"""Where two texts of one person differ, sign by sign, for a reader to see."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple


class Stretch(NamedTuple):
    """A stretch of a text, and whether the other text lacks it there."""

    text: str
    differs: bool


def differing_stretches(text: str, other: str) -> list[Stretch]:
    """The first text cut where it begins or ceases to differ from the second; case differs too."""
    return list(_joined(text, SequenceMatcher(None, text, other, autojunk=False)))


def _joined(text: str, matcher: SequenceMatcher[str]) -> Iterator[Stretch]:
    place = 0
    for block in matcher.get_matching_blocks():
        if block.a > place:
            yield Stretch(text[place : block.a], differs=True)
        if block.size:
            yield Stretch(text[block.a : block.a + block.size], differs=False)
        place = block.a + block.size
