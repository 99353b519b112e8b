"""French spacing rules, applied to sentences after translation and before values are put in."""

import re
from functools import lru_cache

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"

# a per cent sign, not the start of %(name)s
_BEFORE_HIGH_PUNCTUATION = re.compile(r"[ \u00a0](?=[;!?]|%(?![(\w]))")
_BEFORE_COLON = re.compile(r"[ \u202f](?=:)")
_AFTER_OPENING_QUOTE = re.compile(r"«[ \u202f\u00a0]?")
_BEFORE_CLOSING_QUOTE = re.compile(r"[ \u202f\u00a0]?»")
_INSIDE_NUMBER = re.compile(r"(?<=\d)[ \u00a0](?=\d{3}(?!\d))")


@lru_cache(maxsize=10_000)  # a page of donors says the same few hundred sentences again and again
def french_spaces(text: str) -> str:
    """Return the text with the spaces French typography wants: U+202F before ``; ! ? %`` and inside
    numbers, U+00A0 before ``:`` and inside « guillemets ».

    Outside guillemets a space is only replaced, never added, so that ``A*02:01`` and ``12:30`` stay whole.
    """
    text = _BEFORE_HIGH_PUNCTUATION.sub(NARROW_SPACE, text)
    text = _BEFORE_COLON.sub(NO_BREAK_SPACE, text)
    text = _AFTER_OPENING_QUOTE.sub("«" + NO_BREAK_SPACE, text)
    text = _BEFORE_CLOSING_QUOTE.sub(NO_BREAK_SPACE + "»", text)
    return _INSIDE_NUMBER.sub(NARROW_SPACE, text)
