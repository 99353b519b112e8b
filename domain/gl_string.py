"""A person's typing as one GL String 1.1, read into the texts of the positions and written back (MATCHING §2).

Operators from the widest to the closest: `^` loci, `|` possible genotypes, `+` copies, `~` copies on one chromosome,
`/` possible alleles. `?` (1.1: the locus itself is in doubt) leaves every locus of its part untyped.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.allele_code import completed_name
from domain.errors import Issue, Severity
from domain.phenotype import LocusTyping
from domain.reference import LOCI
from domain.typing_text import Kind, TypedValue

_LOCUS = re.compile(r"(?:HLA-)?(?P<locus>[A-Z][A-Z0-9]*)\*", re.ASCII)
_SEROLOGICAL = re.compile(r"(?:HLA-)?(?P<locus>CW|[ABC])(?= ?\d)", re.ASCII)
# Loci of whole typings that no platelet search uses: class II, and the class I loci beside A, B and C.
_LEFT_OUT = re.compile(r"D(?:R|Q|P|M|O)[A-Z]*\d*|[EFG]|MIC[AB]", re.ASCII)
Copy = dict[str, list[str]]  # the texts of one chromosome by locus


@dataclass(slots=True)
class GlString:
    """What a GL string says: the two texts of each locus that can be used, and what there is to say.

    `spoilt` are the texts of loci that cannot be used; params of every issue hold its `place`, from 1.
    """

    positions: dict[str, tuple[str, str]] = field(default_factory=dict)
    spoilt: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def say(self, code: str, severity: Severity, text: str, at: int, **params: object) -> None:
        """Note an issue about a part of the string."""
        self.issues.append(Issue(code, severity, text, {"text": text, "place": at + 1, **params}))

    def spoil(self, loci: Iterable[str], text: str) -> None:
        """Leave loci untyped; all texts about them are kept."""
        for locus in loci:
            before = self.spoilt.get(locus) or "+".join(filter(None, self.positions.pop(locus, ())))
            self.spoilt[locus] = f"{before}^{text}" if before else text


def read_gl_string(text: str) -> GlString:
    """Split a GL string into the texts of the positions. Never raises: what cannot be used is said, with its place."""
    found = GlString()
    for at, part in _parts(text, "^"):
        if not part:
            found.say("gl_part_empty", "warning", text.strip(), at)
            continue
        loci = _loci_of(part)
        ours = [locus for locus in loci if locus in LOCI]
        for locus in loci or [part.split("*")[0]]:
            if locus not in LOCI:
                known = _LEFT_OUT.fullmatch(locus)
                found.say("unknown_locus", "info" if known else "warning", part, at, locus=locus)
        if "?" in part and ours:
            found.say("gl_locus_in_doubt", "error", part, at)
            found.spoil(ours, part)
        elif ours:
            _read_part(part, at, loci, found)
    return found


def _read_part(part: str, at: int, loci: Sequence[str], found: GlString) -> None:
    """The possible genotypes of one part, locus by locus."""
    genotypes = [list(_copies(genotype, place, loci, found)) for place, genotype in _parts(part, "|", at)]
    for locus in loci:
        if locus not in LOCI:
            continue
        twice = any(len(copy.get(locus, ())) > 1 or len(copies) > 2 for copies in genotypes for copy in copies)
        if twice or locus in found.positions or locus in found.spoilt:
            found.say("too_many_values", "error", part, at, locus=locus)
            found.spoil([locus], part)
            continue
        if any(locus not in copy for copies in genotypes for copy in copies if copy):
            found.say("gl_copy_lacks_locus", "warning", part, at, locus=locus)
        texts = [[*("".join(copy.get(locus, ())) for copy in copies), ""] for copies in genotypes]
        if len(genotypes) > 1:
            texts = [[_named(text, at, found) for text in one] for one in texts]
        sides = _sides([(one[0], one[1]) for one in texts])
        found.positions[locus] = ("/".join(sides[0]), "/".join(sides[1]))
        if all(len(set(side)) > 1 for side in sides) and len(genotypes) > 1:
            found.say("genotypes_unlinked", "info", part, at, locus=locus, count=len(genotypes))


def _copies(genotype: str, at: int, loci: Sequence[str], found: GlString) -> Iterator[Copy]:
    """The chromosomes of one genotype; in a part of one locus, a value that names none is of that one."""
    for place, copy in _parts(genotype, "+", at):
        texts: Copy = {}
        for start, value in _parts(copy, "~", place):
            locus = _locus_of(value) or (loci[0] if len(loci) == 1 else "")
            if not value:
                found.say("gl_part_empty", "warning", genotype, start)
            elif not locus:
                found.say("unknown_locus", "warning", value, start, locus=value)
            else:
                texts.setdefault(locus, []).append(value)
        yield texts


def _sides(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """What each position may be, over all possible genotypes.

    Each genotype is turned so that the two sides grow least, in first-field groups, then in names: a position that may
    be of one group says more than one that may be of two. A position empty in one genotype is not typed.
    """
    different = list(dict.fromkeys(pairs))
    if len(different) == 1:
        return [[text] if text else [] for text in different[0]]
    sides: list[list[str]] = [[], []]
    for pair in different:
        names = [_names(text) for text in pair]
        sides = min((_joined(sides, names), _joined(sides, names[::-1])), key=_size)
    # A list of one allele stays a list: written once it would be that allele for certain.
    listed = {one for pair in different for text in pair if "/" in text for one in _names(text)}
    sides = [side * 2 if len(side) == 1 and side[0] in listed else side for side in sides]
    return [[] if "" in side else side for side in sides]


def _named(text: str, at: int, found: GlString) -> str:
    """The text, or nothing (and said) for a bare number, which beside another genotype would be taken for its field."""
    if not text.split("/")[0].strip().isdigit():
        return text
    found.say("bare_number", "error", text, at)
    return ""


def _joined(sides: Sequence[Sequence[str]], names: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(dict.fromkeys([*side, *new])) for side, new in zip(sides, names, strict=True)]


def _size(sides: Sequence[Sequence[str]]) -> tuple[int, int]:
    groups = sum(len({name.split(":")[0] for name in side}) for side in sides)
    return groups, sum(len(side) for side in sides)


def _names(text: str) -> list[str]:
    """The items of a list of alleles, each with its locus and first field."""
    names: list[str] = []
    previous = ""
    for item in text.split("/"):
        name = completed_name(item.strip(), previous, without_colons=False)
        previous = name if name.count("*") == 1 else ""
        names.append(name)
    return names


def _parts(text: str, operator: str, at: int = 0) -> Iterator[tuple[int, str]]:
    """The parts between an operator, each with the place where it begins in the whole string."""
    for part in text.split(operator):
        plain = part.strip()
        yield at + len(part) - len(part.lstrip()), plain
        at += len(part) + 1


def _loci_of(part: str) -> list[str]:
    """The loci that a part names, in their order."""
    values = re.split(r"[|+~/?]", part)
    return list(dict.fromkeys(locus for value in values if (locus := _locus_of(value))))


def _locus_of(value: str) -> str:
    upper = value.strip().upper()
    found = _LOCUS.match(upper) or _SEROLOGICAL.match(upper)
    return found["locus"].replace("CW", "C") if found else ""


def write_gl_string(typings: Mapping[str, LocusTyping]) -> tuple[str, tuple[str, ...]]:
    """The typing as a GL string, and the serological values that it has no form for, in their canonical spelling.

    A group is written as its XX code. A2 is not A*02: DNA was not looked at, so a serological value is left out, and
    whoever reads the string finds its position not typed.
    """
    parts = []
    left_out: list[str] = []
    for locus in LOCI:
        values = [value for value in typings[locus].values if value is not None]
        left_out += [value.canonical for value in values if value.kind is Kind.ANTIGEN]
        written = [text for value in values if (text := gl_form(value))]
        if written:
            parts.append("+".join(written))
    return "^".join(parts), tuple(dict.fromkeys(left_out))


def gl_form(value: TypedValue) -> str | None:
    """One value as a GL string writes it; None for a serological one."""
    if value.kind is Kind.ANTIGEN:
        return None
    return f"{value.canonical}:XX" if value.kind is Kind.GROUP else value.canonical
