"""CD36 (GPIV, Nak(a)) on platelets: reading results and the CD36-negative requirement (MATCHING §8)."""

import re
from dataclasses import dataclass
from typing import Literal

from domain.errors import Issue
from domain.verdict import Requirement

Status = Literal["positive", "negative", "untested"]
NegativeType = Literal["I", "II"]

POSITIVE = frozenset({"positive", "positif", "pos", "+"})
NEGATIVE = frozenset({"negative", "negatif", "négatif", "neg", "nég", "-"})
UNTESTED = frozenset(
    {"", "x", "untested", "not tested", "non testé", "non teste", "unknown", "inconnu", "nd", "nt"}
)

_LABEL = re.compile(r"^cd36\s*[:=]?\s*")
# "type I" alone is a deficiency; a bare "I" or "1" says a type only after the word negative.
_TYPE = re.compile(r"(?:type|(?P<word>\S+?)(?: type)?) ?(?P<type>ii|i|2|1)")


@dataclass(frozen=True, slots=True)
class Cd36:
    """A platelet CD36 result. Negative type I: absent from platelets and monocytes; II: from platelets only;
    None: negative, type not known (or not negative at all)."""

    status: Status
    type: NegativeType | None = None

    @property
    def canonical(self) -> str:
        """The result as the registry writes it: `positive`, `negative`, `negative type I`, `untested`."""
        return f"{self.status} type {self.type}" if self.type else self.status


UNTESTED_CD36 = Cd36("untested")


def parse_cd36(text: str) -> tuple[Cd36, Issue | None]:
    """The result from text, English or French; never raises.

    Text that says neither positive nor negative is untested, with an issue. A lone dash is read as
    negative, and said, because some files use it for "nothing here".
    """
    words = _words(text)
    if words in UNTESTED:
        return UNTESTED_CD36, None
    if words in POSITIVE:
        return Cd36("positive"), None
    if words in NEGATIVE:
        alone = text.strip() == "-"
        issue = Issue("cd36_dash_read_as_negative", "warning", text, {"text": text}) if alone else None
        return Cd36("negative"), issue
    found = _TYPE.fullmatch(words)
    if found and (found["word"] is None or found["word"] in NEGATIVE):
        return Cd36("negative", "I" if found["type"] in ("i", "1") else "II"), None
    return UNTESTED_CD36, Issue("cd36_unreadable", "error", text, {"text": text})


def requirement(needs_negative: bool, donor: Cd36) -> Requirement:
    """Whether a donor may be used for somebody who needs CD36-negative platelets (anti-CD36, or asked for).

    A negative of any type meets it; an untested donor is missing the fact, never taken as negative.
    """
    if not needs_negative or donor.status == "negative":
        return Requirement.MET
    return Requirement.VIOLATED if donor.status == "positive" else Requirement.MISSING


def _words(text: str) -> str:
    """Lower case, single spaces, without brackets, commas or a leading `CD36`."""
    plain = " ".join(re.sub(r"[(),;]", " ", text).split()).casefold()
    return _LABEL.sub("", plain)
