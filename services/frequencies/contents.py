"""What a file of allele frequencies says, row by row; what cannot be used is noted with its line."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.errors import UnusableInput
from domain.reference import LOCI, Reference
from domain.typing_text import Kind, parse_typed_value
from services.imports.columns import plain_heading
from services.imports.shape import shape_fault
from services.imports.tabular import RawRow, read_table
from services.imports.values import Fault, parse_whole

# Headings as `plain_heading` writes them; where a file has two of a column, the first named here.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "locus": ("locus", "loci", "gene"),
    "allele": ("allele", "alleles"),
    "population": ("population", "ancestry", "ascendance"),
    "frequency": ("frequency", "allele_frequency", "frequence", "frequence_allelique"),
    "sample_size": ("sample_size", "effectif", "n"),
    "source": ("source", "reference"),
}
NEEDED = ("locus", "allele", "population", "frequency")
# What the frequencies of one locus in one population may sum to beyond 1: figures are published rounded.
ROUNDING = 0.005
RAW_SHOWN = 80
MOST_PEOPLE = 10**9  # of a sample
_FREQUENCY = re.compile(r"(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE]-?\d{1,3})?")
_TWO_FIELDS = re.compile(r"[A-Z]+\*\d+:\d+[NLSCAQ]?")
_OTHER_CLASS = re.compile(r"(?:HLA-)?(?:D[PQRMO]|MIC|[EFG]\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Counted:
    """One allele in one population: its frequency (0 to 1), out of how many people, and who says so."""

    line: int
    frequency: float
    sample_size: int | None
    source: str


@dataclass(slots=True)
class FrequencyContents:
    """A file as read, by (population, allele); `faults` are the rows that could not be used: line, code, raw text."""

    found: dict[tuple[str, str], Counted] = field(default_factory=dict)
    rows: int = 0
    other_loci: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, code: str, raw: str, **params: Any) -> None:
        """Note a row that could not be used."""
        self.faults.append({"line": line, "code": code, "raw": raw[:RAW_SHOWN], **params})

    @property
    def populations(self) -> tuple[str, ...]:
        """The populations of the file, by name."""
        return tuple(sorted({population for population, _ in self.found}))

    @property
    def content_hash(self) -> str:
        """SHA-256 of what was read: the same for the same figures in another file."""
        facts = [[*key, one.frequency, one.sample_size, one.source] for key, one in sorted(self.found.items())]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def read_frequencies(content: bytes, reference: Reference) -> FrequencyContents:
    """The frequencies of a table (CSV or .xlsx); a locus of a population that sums to more than 1 is left out whole.

    Raises:
        UnusableInput: no table, one without a column it needs, or without a single usable row.
    """
    table = read_table(content)
    places = _places(table.headings)
    contents = FrequencyContents()
    width, twice = table.width, set()
    for row in table.rows():
        contents.rows += 1
        fault = shape_fault(row, table, width)
        if fault is not None:
            contents.refuse(row.line, fault.code, " ".join(row.cells), **fault.params)
        else:
            twice |= _read_row(row, places, contents, reference)
    for key in twice:
        contents.found.pop(key, None)
    _leave_out_sums_above_one(contents)
    contents.faults.sort(key=lambda fault: fault["line"])
    if not contents.found:
        raise UnusableInput("frequency_table_empty", rows=contents.rows)
    return contents


def _places(headings: tuple[str, ...]) -> dict[str, int]:
    plain = [plain_heading(heading) for heading in headings]
    places = {
        column: plain.index(next(name for name in names if name in plain))
        for column, names in HEADINGS.items()
        if set(names) & set(plain)
    }
    if not set(NEEDED) <= places.keys():
        missing = ", ".join(name for name in NEEDED if name not in places)
        raise UnusableInput("frequency_table_other_shape", found="; ".join(headings[:6]), missing=missing)
    return places


def _read_row(
    row: RawRow, places: Mapping[str, int], contents: FrequencyContents, reference: Reference
) -> set[tuple[str, str]]:
    """Read one row; returns the key of an allele that the file gives twice: nobody knows which figure is right."""

    def cell(column: str) -> str:
        return row.cells[places[column]].strip() if column in places else ""

    if _OTHER_CLASS.match(cell("locus")):
        contents.other_loci += 1
        return set()
    raw = " ".join(row.cells)
    allele = _allele(cell("locus"), cell("allele"), reference)
    frequency = _frequency(cell("frequency"))
    size = parse_whole(cell("sample_size")) if cell("sample_size") else None
    faults = [one for one in (allele, frequency, size) if isinstance(one, Fault)]
    if not cell("population"):
        faults.append(Fault("frequency_population_missing"))
    if isinstance(size, int) and not 1 <= size <= MOST_PEOPLE:
        faults.append(Fault("frequency_sample_size"))
    for fault in faults[:1]:
        contents.refuse(row.line, fault.code, raw, **fault.params)
    if faults or isinstance(allele, Fault) or isinstance(frequency, Fault) or isinstance(size, Fault):
        return set()
    key = (cell("population"), allele)
    if key in contents.found:
        contents.refuse(row.line, "frequency_allele_twice", raw, first=contents.found[key].line)
        return {key}
    contents.found[key] = Counted(row.line, frequency, size, cell("source"))
    return set()


def _allele(locus: str, text: str, reference: Reference) -> str | Fault:
    """The allele at two fields, with its N where it is null."""
    column = locus.upper().removeprefix("HLA-").rstrip("*").replace("CW", "C")
    if column not in LOCI:
        return Fault("frequency_locus_unknown")
    value = parse_typed_value(text, reference=reference, locus=column).value
    if value is None or value.kind not in {Kind.ALLELE, Kind.NULL}:
        return Fault("frequency_allele_unknown")
    if not _TWO_FIELDS.fullmatch(value.canonical):
        return Fault("frequency_allele_not_two_fields")
    return value.key


def _frequency(text: str) -> float | Fault:
    if not _FREQUENCY.fullmatch(text):
        return Fault("frequency_unreadable")
    number = float(text.replace(",", "."))
    return number if number <= 1 else Fault("frequency_out_of_range")


def _leave_out_sums_above_one(contents: FrequencyContents) -> None:
    """Leave out every row of a locus whose frequencies in one population sum to more than rounding explains."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for population, allele in contents.found:
        groups.setdefault((population, allele[0]), []).append((population, allele))
    for (population, locus), keys in groups.items():
        total = sum(contents.found[key].frequency for key in keys)
        if total > 1 + ROUNDING:
            last = max(contents.found[key].line for key in keys)
            raw = f"HLA-{locus} {population}"
            contents.refuse(last, "frequency_sum_above_one", raw, total=round(total, 4), rows=len(keys))
            for key in keys:
                del contents.found[key]
