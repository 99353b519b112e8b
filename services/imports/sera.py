"""One shape for every laboratory file: readings bead by bead, gathered into sera of one sample, lot and class."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from models.antibody import BeadKind, HlaClass
from services.imports.choices import plain_words
from services.imports.outcome import FileIssue

_CLASS_I = re.compile(r"(?:HLA-)?(?:[ABC]\*|Cw\*?|[ABC])\s*\d", re.IGNORECASE)
_CLASS_II = re.compile(r"(?:HLA-)?D[RQPOM](?:[AB]\d?\*|w?\d)", re.IGNORECASE)
_NEGATIVE_CONTROL = re.compile(
    r"nc ?\d?|neg(?:ative|atif)?[ -]?(?:control|ctrl|controle)|(?:control|ctrl|controle) neg\w*"
)
_POSITIVE_CONTROL = re.compile(
    r"pc ?\d?|pos(?:itive|itif)?[ -]?(?:control|ctrl|controle)|(?:control|ctrl|controle) pos\w*"
)
# Loci whose molecule is named by one allele: of the others a kit has a bead for each pair of chains, so that
# an allele met twice is no double.
_ONE_CHAIN = re.compile(r"(?:HLA-)?(?:[ABC]\*|Cw\*?|DRB\d\*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BeadReading:
    """One bead's line: MFI as the machine read it and as the laboratory's program adjusted it, where it did."""

    line: int
    kind: BeadKind
    allele_text: str
    raw_mfi: float | None
    adjusted_mfi: float | None = None
    position: int = 0

    @property
    def mfi(self) -> float:
        """The value the rules use: adjusted where there is one, else raw; below 0 counts as 0 (MATCHING §4)."""
        value = self.adjusted_mfi if self.adjusted_mfi is not None else self.raw_mfi
        return max(value or 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class SerumHeader:
    """What a file says of one run of one serum on one kit; empty text where it says nothing."""

    sample_code: str
    patient_code: str = ""
    kit_lot: str = ""
    run_on: date | None = None
    run_text: str = ""  # as written: two runs stay two even when one date is given for all
    sampled_on: date | None = None
    treatment: str = ""
    base_code: str = ""  # the sample's own code, where several preparations of it have longer ones
    rejected: bool = False  # the laboratory rejected its own assay

    def on(self, run_on: date | None) -> "SerumHeader":
        """The same header with its run date read."""
        return replace(self, run_on=run_on)


@dataclass(frozen=True, slots=True)
class Serum:
    """The beads of one class of one run; `refused_lines` counts lines of it that could not be read."""

    header: SerumHeader
    hla_class: HlaClass
    beads: tuple[BeadReading, ...]
    refused_lines: int = 0

    @property
    def line(self) -> int:
        """The first line of the file that belongs to it."""
        return min((bead.line for bead in self.beads), default=0)

    @property
    def key(self) -> tuple[str, HlaClass, str]:
        """What makes two sera the same: sample, class and kit lot (INTERFACES §2)."""
        return self.header.sample_code, self.hla_class, self.header.kit_lot

    def renamed(self, code: str) -> "Serum":
        """The same serum under another sample code; the file's own stays as the base, by which a patient may
        expect it."""
        header = self.header
        return replace(self, header=replace(header, sample_code=code, base_code=header.base_code or header.sample_code))

    def content_hash(self) -> str:
        """Fingerprint of all it says but the order of its beads."""
        header = self.header
        rejected = ("rejected",) if header.rejected else ()
        said = repr((header.run_on, header.sampled_on, header.treatment, bead_values(self.beads), *rejected))
        return hashlib.sha256(said.encode()).hexdigest()


def bead_values(beads: Iterable[BeadReading]) -> list[tuple[str, str, str, str]]:
    """What each bead says, as text, position left out, in an order of its own."""
    return sorted((bead.kind.value, bead.allele_text, str(bead.raw_mfi), str(bead.mfi)) for bead in beads)


@dataclass(slots=True)
class AntibodyFile:
    """Everything read from one laboratory file: sera, lines refused, and what there is to say."""

    source_format: str
    encoding: str | None = None
    separator: str | None = None
    readings: dict[SerumHeader, list[BeadReading]] = field(default_factory=dict)
    refused: dict[SerumHeader, int] = field(default_factory=Counter)
    refused_lines: list[tuple[int, str]] = field(default_factory=list)  # line and sample code
    issues: list[FileIssue] = field(default_factory=list)

    def add(self, header: SerumHeader, bead: BeadReading) -> None:
        """Keep one bead; its position counts the lines of its serum, those refused included."""
        beads = self.readings.setdefault(header, [])
        beads.append(replace(bead, position=len(beads) + self.refused.get(header, 0) + 1))

    def refuse(self, header: SerumHeader, issue: FileIssue) -> None:
        """Refuse one line of a serum."""
        self.readings.setdefault(header, [])
        self.refused[header] = self.refused.get(header, 0) + 1
        self.refused_lines.append((issue.line or 0, header.sample_code))
        self.issues.append(issue)

    def refuse_lines(self, header: SerumHeader, lines: Sequence[int], issue: FileIssue) -> None:
        """Refuse several lines of a serum for one reason, told once."""
        self.readings.setdefault(header, [])
        self.refused[header] = self.refused.get(header, 0) + len(lines)
        self.refused_lines.extend((line, header.sample_code) for line in lines)
        self.issues.append(issue)

    def _refused_of(self, header: SerumHeader) -> int:
        """Lines refused of this sample and lot, those included whose date could not be read."""
        same = (header.sample_code, header.kit_lot)
        return sum(count for other, count in self.refused.items() if (other.sample_code, other.kit_lot) == same)

    def sera(self) -> list[Serum]:
        """The sera, each of one class, in the order of the file."""
        found = [
            serum
            for header, beads in self.readings.items()
            for serum in _by_class(header, beads, self._refused_of(header))
        ]
        return sorted(found, key=lambda serum: serum.line)


def _by_class(header: SerumHeader, beads: Sequence[BeadReading], refused: int) -> list[Serum]:
    """Class I and class II apart; control beads and unreadable ones stay with the class that has most beads."""
    if not beads:
        return []
    classes = [class_of(bead.allele_text) if bead.kind is BeadKind.HLA else None for bead in beads]
    counts = Counter(found for found in classes if found)
    main = counts.most_common(1)[0][0] if counts else HlaClass.I
    split: dict[HlaClass, list[BeadReading]] = {main: []}
    for bead, hla_class in zip(beads, classes, strict=True):
        split.setdefault(hla_class or main, []).append(bead)
    return [
        Serum(header, hla_class, tuple(members), refused if hla_class is main else 0)
        for hla_class, members in split.items()
    ]


def class_of(allele_text: str) -> HlaClass | None:
    """The HLA class a bead's text names, None where it names none."""
    if _CLASS_II.match(allele_text):
        return HlaClass.II
    return HlaClass.I if _CLASS_I.match(allele_text) else None


def has_one_chain(allele_text: str) -> bool:
    """Whether the text names a molecule of which a kit has one bead for each allele."""
    return _ONE_CHAIN.match(allele_text) is not None


def control_kind(text: str) -> BeadKind | None:
    """The kind of control bead a text names, None where it names none."""
    plain = plain_words(text)
    if _NEGATIVE_CONTROL.fullmatch(plain):
        return BeadKind.NEGATIVE_CONTROL
    return BeadKind.POSITIVE_CONTROL if _POSITIVE_CONTROL.fullmatch(plain) else None
