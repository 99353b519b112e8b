"""Where two texts of one person differ, sign by sign, for a reader to see."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import permutations
from typing import NamedTuple


class Stretch(NamedTuple):
    """A stretch of a text, and whether the other text lacks it there."""

    text: str
    differs: bool


def marked_words(texts: Sequence[str | None], others: Sequence[str | None]) -> list[list[Stretch]]:
    """The known texts of one side, each cut where it differs from its counterpart on the other.

    Two alleles have no order: each is met with the other side's so that they are most alike. A text without counterpart
    differs as a whole, unless nothing at all is known of the other side.
    """
    known, met = [text for text in texts if text], [text for text in others if text]
    if not met:
        return [[Stretch(text, differs=False)] for text in known]
    orders = permutations([*met, *[""] * (len(known) - len(met))], len(known))
    best = max(orders, key=lambda order: sum(map(_likeness, known, order)))
    return [differing_stretches(text, other) for text, other in zip(known, best, strict=True)]


def _likeness(text: str, other: str) -> float:
    return SequenceMatcher(None, text, other, autojunk=False).ratio()


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
