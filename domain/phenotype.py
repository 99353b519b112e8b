"""A person's typed values, locus by locus, and the text key that names a phenotype (MATCHING §2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import Issue
from domain.reference import LOCI, Reference
from domain.typing_text import Bare, Kind, ParsedText, TypedValue, parse_typed_value

NOT_TYPED = "?"
BLANK = "-"


@dataclass(frozen=True, slots=True)
class LocusTyping:
    """The two positions of one locus; None is not typed, the same value twice is homozygous.

    `blank` marks a `-` after a serological value: an antigen not seen, not a proof of homozygosity.
    """

    locus: str
    values: tuple[TypedValue | None, TypedValue | None]
    blank: bool = False
    issues: tuple[Issue, ...] = ()

    @property
    def is_typed(self) -> bool:
        """Whether both positions are typed."""
        return None not in self.values

    def distinct(self) -> tuple[TypedValue, ...]:
        """The different values of the locus, null alleles included."""
        return tuple({value.key: value for value in self.values if value is not None}.values())


def parse_locus(first: str, second: str, *, locus: str, reference: Reference, bare: Bare = "refused") -> LocusTyping:
    """Read the two positions of one locus together, since `-` means the other one twice."""
    parsed = tuple(parse_typed_value(text, reference=reference, locus=locus, bare=bare) for text in (first, second))
    issues = [issue for one in parsed for issue in one.issues if issue.code != "not_typed"]
    values: list[TypedValue | None] = [one.value for one in parsed]
    blank = False
    for position, one in enumerate(parsed):
        if one.canonical != BLANK or one.kind is not Kind.BLANK:
            continue
        values[position], blank, said = _blank_beside(parsed[1 - position])
        issues.extend(said)
    return LocusTyping(locus, (values[0], values[1]), blank, tuple(issues))


def _blank_beside(other: ParsedText) -> tuple[TypedValue | None, bool, tuple[Issue, ...]]:
    """What a `-` stands for beside the other position."""
    value = other.value
    if value is None or value.kind is Kind.NULL:
        return None, False, ()
    if value.kind is Kind.ANTIGEN:
        return value, True, (Issue("blank_after_antigen", "info", value.canonical),)
    return value, False, ()


def phenotype_key(typings: Mapping[str, LocusTyping]) -> str:
    """One text for a phenotype, such as `A*01+A*03^B*08+B*49^?+?`; values in canonical form, sorted in a locus."""
    return "^".join(_locus_key(typings.get(locus)) for locus in LOCI)


def _locus_key(typing: LocusTyping | None) -> str:
    if typing is None:
        return f"{NOT_TYPED}+{NOT_TYPED}"
    names = sorted((value.canonical if value else NOT_TYPED) for value in typing.values)
    names.sort(key=lambda name: name == NOT_TYPED)
    return f"{names[0]}+{BLANK if typing.blank else names[1]}"


def typed_names(key: str) -> dict[str, list[str]]:
    """The canonical names in a phenotype key by locus, one for each typed position; no nomenclature is needed."""
    found = {}
    for locus, part in zip(LOCI, key.split("^"), strict=True):
        first, second = part.split("+")
        names = (first, first if second == BLANK else second)
        found[locus] = [name for name in names if name != NOT_TYPED]
    return found


def parse_phenotype_key(key: str, reference: Reference) -> dict[str, LocusTyping]:
    """The typings a phenotype key stands for (the inverse of `phenotype_key`)."""
    typings = {}
    for locus, part in zip(LOCI, key.split("^"), strict=True):
        first, second = (("" if name == NOT_TYPED else name) for name in part.split("+"))
        typings[locus] = parse_locus(first, second, locus=locus, reference=reference)
    return typings
