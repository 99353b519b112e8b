"""Which texts of a donor file may be shown to who may not see who the donors are: by column and by value.

A column alone does not tell: a row may be shifted by one, and a name then stands under a weight. So a text is shown
only where it could be a value of its own column, perhaps a mistaken one, and could be nobody's name, birth date,
postcode, phone or e-mail. A free text could be a name and a day could be a birth date: of such columns none is shown.
"""

import re

from domain.cd36 import parse_cd36
from services.imports.choices import plain_words
from services.imports.fields import DONOR_FIELDS, Field

# No postcode, no phone number and no year of birth: at most four digits, and not a year.
_FEW = r"(?!(?:19|20)\d\d(?!\d))\d{1,4}(?!\d)"
_QUANTITY = re.compile(rf"[+\-\u2212]?{_FEW}(?:[.,]\d{{1,3}})? ?(?:kg|lbs?|cm|m|g/l)?", re.IGNORECASE)
# A number by which a donor is known is in clear everywhere. Not shown: what has no digit or several words, is an
# e-mail, begins as an international phone number, or is three groups of digits as days and phone numbers are.
_KEY = re.compile(r"(?!\+)(?!(?:\d+[./()-]+){2,}\d+$)(?=.*\d)[^\s@]+")
# One typing: perhaps its locus, then its fields. Without a locus, figures alone, few enough to be no day and no phone.
_LOCUS = r"(?:HLA[- ]?)?(?:[ABC]W?|D[RPQMO][AB]?\d?)[*-]?"
_FIELDS = rf"{_FEW}(?::(?:\d{{1,4}}|[A-Z]{{1,5}}))*[NLSCAQGP]?"
_HLA = re.compile(rf"{_LOCUS}(?:{_FIELDS})?|\d{{1,4}}(?::\d{{1,4}})+[NLSCAQGP]?|HLA|[-?X]", re.IGNORECASE)
_HPA = re.compile(r"(?:HPA)?-?(?:\d{0,2}[AB]W?[+-]?){1,2}|HPA|[-?X+]", re.IGNORECASE)
_BARE = re.compile(_FEW)
_BETWEEN = re.compile(r"[\s/|~^+,;]+")
MOST_BARE = 2  # `A2 4` is a slip; `06 12 34 56 78` is a phone number


def names_nobody(column: str | None, text: str) -> bool:
    """Whether a text that stands under a column of a donor file can be shown to anybody who imports files."""
    if not text:
        return True
    field = DONOR_FIELDS.get(column or "")
    if field is None:
        return False
    match field.kind:
        case "key":
            return _KEY.fullmatch(text) is not None
        case "number" | "whole":
            return _QUANTITY.fullmatch(text.strip()) is not None
        case "choice" | "flag":
            return _is_of_words(field, text)
        case "typing":
            return _is_typing(field, text)
    return False


def shows_any(column: str | None) -> bool:
    """Whether any text of a column is ever shown."""
    field = DONOR_FIELDS.get(column or "")
    return field is not None and field.kind in ("key", "number", "whole", "choice", "flag", "typing")


def _is_of_words(field: Field, text: str) -> bool:
    """Whether a text is made of the words of its column, with signs and few figures between: `A+` under abo."""
    known = {part for word in field.words or () for part in re.findall(r"[a-z]+", word)}
    plain = plain_words(text)
    return len(re.findall(r"\d", plain)) <= 2 and set(re.findall(r"[^\W\d]+", plain)) <= known


def _is_typing(field: Field, text: str) -> bool:
    if field.name == "cd36":
        return parse_cd36(text)[1] is None or set(text) <= set("+-? ")
    pattern = _HPA if field.name.startswith("hpa") else _HLA
    parts = [part for part in _BETWEEN.split(text.strip()) if part]
    bare = [part for part in parts if _BARE.fullmatch(part)]
    return len(bare) <= MOST_BARE and all(pattern.fullmatch(part) for part in parts if part not in bare)
