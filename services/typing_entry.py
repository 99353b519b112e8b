"""A typing typed or pasted as free text: split into positions, each judged as a file's, and told back.

What is understood, what is not, and where it stands; nothing is guessed. The raw text of each position is kept; one
that leaned on the locus before it (`24:02` after `A*02:01,`) is kept with that locus.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from domain.errors import Issue
from domain.gl_string import read_gl_string
from domain.phenotype import LocusTyping, parse_locus
from domain.reference import LOCI, Reference
from domain.typing_text import Kind, parse_typed_value
from services.imports.fields import HLA_COLUMNS

MOST_CHARACTERS = 2_000
# Codes that do not stop a save: the text is kept as written, and counts as not typed, as from a file.
KEPT_UNREAD = frozenset({"allele_code_without_table", "allele_code_unknown"})
# Dashes, stars and unseen spaces of word processors, one sign for one, so that places hold.
_PLAIN = str.maketrans(
    {**dict.fromkeys("–—−‐‑‒", "-"), **dict.fromkeys("∗＊⁎", "*"), **dict.fromkeys("\u200b\ufeff\u2060", " ")}
)
_GENOTYPES = re.compile(r"[^\s^;,]*(?:\|[^\s^;,]*)+")
_LEANING = re.compile(r"\d{1,4}|\*?\d{1,2}:.*|[-X?]")
_PIECE = re.compile(r"[^\s,;+^~/]+(?:\s+\(\d{1,4}\))?(?:\s*/\s*[^\s,;+^~/]+)*")
_LONE_LOCUS = re.compile(r"(?:HLA-?)?(?P<locus>CW|[ABC])[:=*]?")
_WITH_LOCUS = re.compile(r"(?:HLA-?)?(?P<locus>CW|[ABC])[:=](?P<rest>[^:].*)")
_CLASS_II = re.compile(r"(?:HLA-)?D(?:R|Q|P|M|O)[A-Z]*\d*(?:\*.*|\(\d+\))?")
_PUBLIC = re.compile(r"(?:HLA-)?BW[46]")
_BARE = re.compile(r"\d{1,4}")
_SLASHED_ALLELE = re.compile(r":|\*\d{4}")
_BLANKS = frozenset({"-", "X", "?"})
State = Literal["not_typed", "one", "blank", "same", "two"]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about a piece of the text; line and column count from 1. An error keeps it from being saved."""

    issue: Issue
    line: int
    column: int

    @property
    def is_error(self) -> bool:
        """Whether the text cannot be saved with it."""
        return self.issue.severity == "error"


@dataclass(slots=True)
class _Locus:
    """What the pieces before say of a number alone: its locus and how that one was written."""

    name: str = ""
    style: Literal["", "serological", "group", "allele", "left_out"] = ""


@dataclass(slots=True)
class TypingEntry:
    """What was read: the raw texts of the positions by locus, and what there is to say."""

    positions: dict[str, list[str]] = field(default_factory=lambda: {locus: [] for locus in LOCI})
    remarks: list[Remark] = field(default_factory=list)

    @property
    def errors(self) -> list[Remark]:
        """What keeps the text from being saved."""
        return [remark for remark in self.remarks if remark.is_error]

    def columns(self) -> dict[str, str]:
        """The six raw texts by column of the tables."""
        texts = [text for locus in LOCI for text in [*self.positions[locus], "", ""][:2]]
        return dict(zip(HLA_COLUMNS, texts, strict=True))

    def typings(self, reference: Reference) -> dict[str, LocusTyping]:
        """The positions read as a search reads them."""
        texts = {locus: [*self.positions[locus], "", ""] for locus in LOCI}
        return {locus: parse_locus(*texts[locus][:2], locus=locus, reference=reference) for locus in LOCI}


def read_typing_entry(text: str, *, reference: Reference) -> TypingEntry:
    """Read a free text. Never raises: what cannot be understood is among the remarks, with its place."""
    entry = TypingEntry()
    if len(text) > MOST_CHARACTERS:
        entry.remarks.append(Remark(Issue("typing_text_too_long", "error", "", {"most": MOST_CHARACTERS}), 1, 1))
        return entry
    reader = _Reader(text, entry, reference)
    plain = text.translate(_PLAIN)
    for found in _GENOTYPES.finditer(plain):
        reader.take_genotypes(found[0], found.start())
    # Blanked rather than cut out, so that the places of what follows hold.
    plain = _GENOTYPES.sub(lambda found: " " * len(found[0]), plain)
    end = 0
    for found in _PIECE.finditer(plain):
        if re.search(r"[\n^]", plain[end : found.start()]):
            reader.begin_anew()
        reader.take(found[0], found.start())
        end = found.end()
    entry.remarks.sort(key=lambda remark: (not remark.is_error, remark.line, remark.column))
    return entry


class _Reader:
    """Takes the pieces of a text one after the other."""

    def __init__(self, text: str, entry: TypingEntry, reference: Reference) -> None:
        self._text, self._entry, self._reference = text, entry, reference
        self._before = _Locus()

    def say(self, issue: Issue, start: int) -> None:
        """Note a remark at its place."""
        before = self._text[:start]
        line = before.count("\n") + 1
        self._entry.remarks.append(Remark(issue, line, start - (before.rfind("\n") + 1) + 1))

    def begin_anew(self) -> None:
        """On a new line, or after a `^`, a number alone leans on nothing before."""
        self._before = _Locus()

    def take(self, piece: str, start: int) -> None:
        """One piece: a value, a list of alleles, a blank, the name of a locus, or nothing that can be read."""
        upper = re.sub(r"\s+", "", piece).upper()
        if upper in {"HLA", "HLA-", "HLA:"}:
            return
        if self._before.style == "left_out" and _LEANING.fullmatch(upper):
            self.say(Issue("class_ii_left_out", "info", piece, {"text": piece}), start)
        elif _CLASS_II.fullmatch(upper) or _PUBLIC.fullmatch(upper):
            code = "public_epitope_left_out" if _PUBLIC.fullmatch(upper) else "class_ii_left_out"
            self.say(Issue(code, "info", piece, {"text": piece}), start)
            self._before = _Locus("", "left_out")  # what leans on it is left out with it
        elif upper in _BLANKS:
            self._place(self._before.name, "-" if upper == "-" else "X", start)
        elif lone := _LONE_LOCUS.fullmatch(upper):
            self._before = _Locus(_locus_of(lone["locus"]), "serological")
        elif (named := _WITH_LOCUS.fullmatch(upper)) and not upper.startswith("HLA*"):
            self._before = _Locus(_locus_of(named["locus"]), "serological")
            self.take(piece[-len(named["rest"]) :], start + len(piece) - len(named["rest"]))
        elif "/" in upper and not _SLASHED_ALLELE.search(upper):
            for one in re.finditer(r"[^\s/]+", piece):
                self.take(one[0], start + one.start())
            self.say(Issue("slash_read_as_two", "info", piece, {"text": piece}), start)
        else:
            self._value(piece, start)

    def take_genotypes(self, piece: str, start: int) -> None:
        """Several possible genotypes: each position as all that it may be (MATCHING §2)."""
        read = read_gl_string(piece)
        self.begin_anew()
        if read.spoilt or not read.positions:
            self.say(Issue("typing_alternatives", "error", piece, {"text": piece}), start)
            return
        for issue in read.issues:
            self.say(issue, start)
        for texts in read.positions.values():
            for text in filter(None, texts):
                # Not `take`: here `A2/A3` is a doubt, never the two antigens of a person.
                (self._value if "/" in text else self.take)(text, start)
        self.begin_anew()

    def _value(self, piece: str, start: int) -> None:
        text = self._completed(piece)
        parsed = parse_typed_value(text, reference=self._reference)
        if parsed.value is None:
            issue = parsed.issues[0] if parsed.issues else Issue("unreadable_typing", "error", piece)
            locus = _named_locus(text)
            if issue.code in KEPT_UNREAD and locus in LOCI:
                self._before = _Locus(locus, "allele")
                self.say(Issue(issue.code, "warning", text, {**issue.params, "text": piece}), start)
                self._place(locus, text, start)
                return
            self._before = _Locus()
            if re.match(r"\*?\d{1,2}:", piece):
                issue = Issue("bare_number", "error", piece)
            self.say(Issue(_code_of_entry(issue.code), "error", piece, {**issue.params, "text": piece}), start)
            return
        value = parsed.value
        styles: dict[Kind, Literal["serological", "group"]] = {Kind.ANTIGEN: "serological", Kind.GROUP: "group"}
        self._before = _Locus(value.locus, styles.get(value.kind, "allele"))
        for issue in parsed.issues:
            self.say(issue, start)
        self._place(value.locus, " ".join(text.split()), start)

    def _completed(self, piece: str) -> str:
        """The piece with the locus before it where it leans on it; left alone where nothing says what it is."""
        locus, style = self._before.name, self._before.style
        prefix = "Cw" if locus == "C" else locus
        if not locus:
            return piece
        if piece.startswith("*") or re.match(r"\d{1,2}:", piece):
            return f"{locus}*{piece.removeprefix('*')}"
        if _BARE.fullmatch(piece) and style == "serological":
            return f"{prefix}{piece}"
        if _BARE.fullmatch(piece) and style == "group" and len(piece) <= 2:
            return f"{locus}*{piece}"
        return piece

    def _place(self, locus: str, text: str, start: int) -> None:
        if not locus:
            self.say(Issue("blank_without_locus", "error", text, {"text": text}), start)
            return
        taken = self._entry.positions[locus]
        if len(taken) == 2:
            self.say(Issue("third_value", "error", text, {"text": text, "locus": locus}), start)
        else:
            taken.append(text)


def _locus_of(name: str) -> str:
    return name[0].upper()


def _named_locus(text: str) -> str:
    name = text.upper().removeprefix("HLA-").split("*")[0]
    return "C" if name == "CW" else name


def _code_of_entry(code: str) -> str:
    """In a form nothing is kept of what cannot be read, so its sentence says no more than why."""
    return f"entry.{code}"


def state_of(typing: LocusTyping) -> State:
    """How the two positions of a locus stand: homozygous only where it was written so."""
    first, second = typing.values
    if first is None or second is None:
        return "not_typed" if first is second else "one"
    if typing.blank:
        return "blank"
    return "same" if first.key == second.key else "two"


def written(columns: Mapping[str, str]) -> str:
    """The raw texts on record as one text that reads back to them: the positions of a locus, a locus a line."""
    return "\n".join(line for locus in LOCI if (line := " ".join(_texts(columns, locus))))


def _texts(columns: Mapping[str, str], locus: str) -> Iterator[str]:
    first, second = columns[f"hla_{locus.lower()}_1"], columns[f"hla_{locus.lower()}_2"]
    if not first and not second:
        return
    if first.upper() in {"", *_BLANKS}:
        yield f"{locus}:"  # a blank alone would not say whose it is
    for text in (first or "X", second):
        if text:
            # A text that names no locus of its own is given its column's.
            yield f"{locus}*{text}" if re.match(r"\d{1,2}:", text) else text
