"""A patient's serial sera in time: what may be compared with what, and how a specificity changed (docs/rules)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from domain.errors import UnusableInput
from domain.peak import same_treatment
from domain.profile import Bead, Profile
from domain.reactivity import SelfStatus, SerumReading
from domain.reference import Reference

LEAST_FACTOR, MOST_FACTOR = 10, 90  # percent of today's MFI, in a what-if


@dataclass(frozen=True, slots=True)
class Assay:
    """What decides whether one serum may be compared with another: when it was drawn, with what and how it was read.

    `drawn_on` is the day it was sampled, else run, None where neither is known; `known_on` the day it came in.
    """

    serum: int
    drawn_on: date | None
    known_on: date
    kit_lot: str
    source_format: str
    treatment: str

    @property
    def placed_on(self) -> date:
        """The day at which it stands in the history: its own, else the last that is known of it."""
        return self.drawn_on or self.known_on


class Break(StrEnum):
    """Why the MFI of two neighbours are not compared."""

    KIT_LOT = "kit_lot"
    KIT_LOT_UNKNOWN = "kit_lot_unknown"
    FORMAT = "format"
    TREATMENT = "treatment"
    UNDATED = "undated"


class Mark(StrEnum):
    """Why the rules do not use a specificity."""

    OWN = "own"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Value:
    """The highest bead of a specificity that the rules use, in MFI; marked where they use none of them."""

    mfi: float
    allele: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A specificity that two comparable neighbours both tested, in MFI."""

    specificity: str
    before_mfi: float
    after_mfi: float


def in_order(assays: Iterable[Assay], on: date) -> tuple[list[Assay], list[Assay]]:
    """The sera up to a day, the oldest first, and those that say they come from a later day."""
    ordered = sorted(assays, key=lambda one: (one.placed_on, one.serum))
    return [one for one in ordered if one.placed_on <= on], [one for one in ordered if one.placed_on > on]


def latest_of(ordered: Sequence[Assay]) -> Assay | None:
    """The last serum that has a date, else the last; None where there is none."""
    dated = [one for one in ordered if one.drawn_on is not None]
    kept = dated or ordered
    return kept[-1] if kept else None


def breaks_between(before: Assay, after: Assay) -> tuple[Break, ...]:
    """What makes two sera not comparable, in the order of `Break`; a lot that is not known is never the same lot."""
    found = []
    if not before.kit_lot.strip() or not after.kit_lot.strip():
        found.append(Break.KIT_LOT_UNKNOWN)
    elif before.kit_lot.strip() != after.kit_lot.strip():
        found.append(Break.KIT_LOT)
    if before.source_format != after.source_format:
        found.append(Break.FORMAT)
    if not same_treatment(before.treatment, after.treatment):
        found.append(Break.TREATMENT)
    if before.drawn_on is None or after.drawn_on is None:
        found.append(Break.UNDATED)
    return tuple(found)


def specificity_of(bead: Bead) -> str:
    """What the bead stands for: its antigen, its possible antigens, or its allele where it has none."""
    return "/".join(sorted(bead.antigens)) or bead.allele


def values_of(reading: SerumReading, marks: dict[str, Mark | None] | None = None) -> dict[str, Value]:
    """Each specificity tested with its highest bead; own and removed beads speak only where no other does.

    `marks` keeps the mark of each allele, which is the same in every serum of a patient under one directive.
    """
    marks = {} if marks is None else marks
    found: dict[str, Value] = {}
    for bead in reading.profile.beads:
        if bead.allele not in marks:
            marks[bead.allele] = _mark(reading, bead)
        mark, name = marks[bead.allele], specificity_of(bead)
        known = found.get(name)
        if known is None or _weight(mark, bead.mfi) > _weight(known.mark, known.mfi):
            found[name] = Value(bead.mfi, bead.allele, mark)
    return found


def _mark(reading: SerumReading, bead: Bead) -> Mark | None:
    if reading.self_status(bead) is SelfStatus.CERTAIN:
        return Mark.OWN
    return Mark.REMOVED if reading.is_removed(bead) else None


def _weight(mark: Mark | None, mfi: float) -> tuple[bool, float]:
    return mark is None, mfi


def changes(before: Mapping[str, Value], after: Mapping[str, Value], breaks: Sequence[Break]) -> list[Change]:
    """Every specificity that both sera tested and the rules use, in the order of the later; none across a break."""
    if breaks:
        return []
    return [
        Change(name, before[name].mfi, value.mfi)
        for name, value in after.items()
        if name in before and value.mark is None and before[name].mark is None
    ]


def crossings(told: Iterable[Change], threshold_mfi: float) -> list[Change]:
    """The changes that pass the threshold either way, the highest MFI first."""
    found = [one for one in told if (one.before_mfi >= threshold_mfi) != (one.after_mfi >= threshold_mfi)]
    return sorted(found, key=lambda one: (-max(one.before_mfi, one.after_mfi), one.specificity))


def parse_factor(text: str) -> int:
    """What is left of every MFI in a what-if, in percent: a whole number from 10 to 90. Raises UnusableInput."""
    digits = text.strip().removesuffix("%").strip()
    if not (digits.isascii() and digits.isdigit() and LEAST_FACTOR <= int(digits[:9]) <= MOST_FACTOR):
        raise UnusableInput("history_factor_unusable", text=text.strip()[:20], least=LEAST_FACTOR, most=MOST_FACTOR)
    return int(digits)


def gone_from(name: str, profile: Profile, reference: Reference) -> frozenset[str]:
    """The antigens that go with a specificity, itself and those below it. Raises UnusableInput where no bead tests it.

    As where the workbench leaves a specificity out: A2 goes with A203 and A210.
    """
    gone = frozenset(
        antigen for part in name.strip().split("/") if part in reference.kinds for antigen in reference.closure(part)
    )
    if not any(_is_gone(bead, gone) for bead in profile.beads):
        raise UnusableInput("history_gone_not_tested", specificity=name.strip()[:40])
    return gone


def _is_gone(bead: Bead, gone: frozenset[str]) -> bool:
    return bool(bead.antigens) and bead.antigens <= gone


def what_if(profile: Profile, *, factor_percent: int = 100, gone: frozenset[str] = frozenset()) -> Profile:
    """The serum with every MFI at so many percent, and the beads of the antigens that are gone at 0."""
    beads = (
        replace(bead, mfi=0.0 if _is_gone(bead, gone) else bead.mfi * factor_percent / 100) for bead in profile.beads
    )
    return Profile(tuple(beads))
