"""Typed texts of a row: the raw text is kept, what cannot be read is said, and never refuses the row (MATCHING §2)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.cd36 import parse_cd36
from domain.errors import Issue, Severity
from domain.gl_string import GlString, read_gl_string
from domain.hpa import parse_hpa
from domain.phenotype import parse_locus
from domain.reference import LOCI, Reference
from domain.typing_text import Bare, parse_typed_value
from services.imports.fields import GL_STRING, HLA_COLUMNS
from services.imports.reading import ReadRow
from services.imports.values import Fault

HPA_COLUMNS = ("hpa_1", "hpa_2", "hpa_3", "hpa_5", "hpa_15")
MAX_REMEMBERED = 100_000  # more than any registry has of distinct pairs; a file of nonsense stays bounded
_BARE_NUMBER = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about one typed text: its column, the text and the fault."""

    column: str
    raw: str
    severity: Severity
    fault: Fault


@dataclass(frozen=True, slots=True)
class ReadTexts:
    """The texts to keep, by column, and what there is to say about them."""

    kept: Mapping[str, str]
    remarks: tuple[Remark, ...]


class TypingReader:
    """Checks typed texts under one nomenclature; the same texts are read once in a file.

    `bare` declares what a number alone means in this file; it is then kept with its locus, since elsewhere
    a number alone means nothing.
    """

    def __init__(self, reference: Reference, bare: Bare = "refused") -> None:
        self._reference = reference
        self._bare: Bare = bare
        self._read: dict[tuple[str, ...], ReadTexts] = {}

    def settle(self, row: ReadRow) -> None:
        """Put the texts to keep into the row's values, with an issue for each one that says nothing."""
        spoilt = self._settle_gl_string(row) if GL_STRING in row.values else frozenset()
        for locus in LOCI:
            names = _columns_of(locus)
            if locus in spoilt:
                continue
            if names[0] in row.values or names[1] in row.values:
                self._settle_texts(row, locus, names)
        for name in (*HPA_COLUMNS, "cd36"):
            if row.values.get(name):
                self._settle_texts(row, name, (name,))

    def _settle_texts(self, row: ReadRow, what: str, names: tuple[str, ...]) -> None:
        texts = tuple(str(row.values.get(name) or "") for name in names)
        if not any(texts):
            return
        read = self._read.get((what, *texts))
        if read is None:
            read = self._read_locus(what, names, texts) if what in LOCI else _read_platelet(what, texts[0])
            if len(self._read) >= MAX_REMEMBERED:
                self._read.clear()
            self._read[(what, *texts)] = read
        for remark in read.remarks:
            row.add(remark.column, remark.raw, remark.fault, remark.severity)
        row.values.update((name, text) for name, text in read.kept.items() if name in row.values)

    def _read_locus(self, locus: str, names: tuple[str, ...], texts: tuple[str, ...]) -> ReadTexts:
        kept = dict(zip(names, texts, strict=True))
        remarks: list[Remark] = []
        for name, text in kept.items():
            parsed = parse_typed_value(text, reference=self._reference, locus=locus, bare=self._bare)
            remarks.extend(_remark(name, text, issue) for issue in parsed.issues if issue.code != "not_typed")
            if parsed.canonical and _BARE_NUMBER.fullmatch(text):
                kept[name] = parsed.canonical
        remarks.extend(self._remarks_on_pair(locus, kept))
        return ReadTexts(kept, tuple(remarks))

    def _remarks_on_pair(self, locus: str, kept: Mapping[str, str]) -> Iterator[Remark]:
        (first, second), (one, other) = kept.values(), kept
        if "" in (first, second):
            empty, text = (one, second) if not first else (other, first)
            yield Remark(empty, text, "info", Fault("second_position_empty"))
        elif "-" in (first, second):
            typing = parse_locus(first, second, locus=locus, reference=self._reference)
            for issue in typing.issues:
                if issue.code == "blank_after_antigen":
                    yield _remark(one if first == "-" else other, "-", issue)

    def _settle_gl_string(self, row: ReadRow) -> frozenset[str]:
        """Spread a GL string over the six columns; the loci it says nothing about, for which its text is kept."""
        text = str(row.values.pop(GL_STRING) or "")
        given = [name for name in HLA_COLUMNS if name in row.values]
        if not text and given:
            return frozenset()
        if text and any(row.values[name] for name in given):
            row.add(GL_STRING, text, Fault("hla_given_twice"))
            return frozenset()
        read = read_gl_string(text) if text else GlString()
        for issue in read.issues:
            remark = _remark(GL_STRING, text, issue)
            row.add(remark.column, remark.raw, remark.fault, remark.severity)
        for locus in LOCI:
            # Read again, the text of a spoilt locus still says nothing, and it is not lost.
            texts = (read.spoilt[locus], "") if locus in read.spoilt else read.positions.get(locus, ("", ""))
            row.values.update(zip(_columns_of(locus), texts, strict=True))
        return frozenset(read.spoilt)


def _columns_of(locus: str) -> tuple[str, str]:
    return f"hla_{locus.lower()}_1", f"hla_{locus.lower()}_2"


def _read_platelet(name: str, text: str) -> ReadTexts:
    """An HPA genotype or a CD36 result."""
    issue = parse_cd36(text)[1] if name == "cd36" else parse_hpa(text, name.upper().replace("_", "-"))[1]
    return ReadTexts({name: text}, (_remark(name, text, issue),) if issue else ())


def _remark(column: str, text: str, issue: Issue) -> Remark:
    """A typing that cannot be read is a warning of the file: the position counts as not typed, the row stays."""
    severity: Severity = "warning" if issue.severity == "error" else issue.severity
    params = {"text": text, "subject": issue.subject or text, **issue.params}
    return Remark(column, text, severity, Fault(issue.code, _plain(params)))


def _plain(params: Mapping[str, object]) -> dict[str, str | int | float]:
    return {name: value if isinstance(value, int | float) else str(value) for name, value in params.items()}
