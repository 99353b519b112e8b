"""Where two texts of one person differ, for a reader to see."""

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import permutations
from typing import NamedTuple


class Stretch(NamedTuple):
    """A stretch of a text, and whether the other text lacks it there."""

    text: str
    differs: bool


Cut = Callable[[str, str], list[Stretch]]


def marked_words(texts: Sequence[str | None], others: Sequence[str | None], cut: Cut) -> list[list[Stretch]]:
    """The known texts of one side, each cut by `cut` where it differs from its counterpart on the other.

    Two alleles have no order: each is met with the other side's so that they are most alike. A text without counterpart
    differs as a whole, unless nothing at all is known of the other side.
    """
    known, met = [text for text in texts if text], [text for text in others if text]
    if not met:
        return [[Stretch(text, differs=False)] for text in known]
    orders = permutations([*met, *[""] * (len(known) - len(met))], len(known))
    best = max(orders, key=lambda order: sum(_likeness(cut(*pair)) for pair in zip(known, order, strict=True)))
    return [cut(text, other) for text, other in zip(known, best, strict=True)]


def differing_stretches(text: str, other: str) -> list[Stretch]:
    """The first text cut where it begins or ceases to differ from the second; capitals are no difference."""
    lower = text.lower()
    plain = lower if len(lower) == len(text) else text  # a sign may be two in small letters: places would shift
    return list(_joined(text, SequenceMatcher(None, plain, other.lower(), autojunk=False)))


def _joined(text: str, matcher: SequenceMatcher[str]) -> Iterator[Stretch]:
    place = 0
    for block in matcher.get_matching_blocks():
        if block.a > place:
            yield Stretch(text[place : block.a], differs=True)
        if block.size:
            yield Stretch(text[block.a : block.a + block.size], differs=False)
        place = block.a + block.size


def differing_fields(text: str, other: str) -> list[Stretch]:
    """The first text cut where its fields, parted by colons, begin to differ from the second's: of typings, whose
    numbers are names and not spelled; A*02:01 and A*02 differ in :01, A*30 and A*02 as a whole.
    """
    ends = [at for at, sign in enumerate(f"{text}:") if sign == ":"]
    alike = max((end for end in ends if f"{other}:".startswith(f"{text[:end]}:")), default=0)
    parts = Stretch(text[:alike], differs=False), Stretch(text[alike:], differs=True)
    return [part for part in parts if part.text]


def _likeness(stretches: list[Stretch]) -> int:
    return sum(len(one.text) for one in stretches if not one.differs)
