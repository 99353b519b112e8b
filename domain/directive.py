"""The directive (consigne transfusionnelle): threshold, loci, edits and rules (MATCHING §1, §4)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain.epitopes import EpletTable
from domain.errors import UnusableInput
from domain.reference import LOCI, Reference
from domain.typing_text import Kind, TypedValue, parse_typed_value

MIN_THRESHOLD_MFI = 1
MAX_THRESHOLD_MFI = 100_000
_CREG = re.compile(r"\s*(?P<group>\d+[Cc])(?:\s*\(\s*(?P<family>\w+)\s*\))?\s*")
_EPLET = re.compile(r"\s*(?P<said>(?i:eplet)\s*:)?\s*(?P<name>[^\s:*]+(?: [^\s:*]+)?)\s*")
MOST_THRESHOLDS = 200  # each brings the counts of every region; a profile has about a hundred distinct MFI


@dataclass(frozen=True, slots=True)
class Specificity:
    """An allele, an antigen at any level, a CREG, a public epitope (`Bw4`, `Bw6`) or an eplet named in a directive.

    `covered` holds the antigens it stands for; `allele` is set for an allele, whose `covered` are its antigens, and
    `eplet` for an eplet, whose carriers are those of the table in use. `possible` and `alleles` are antigens and
    alleles that it may stand for besides, no more being known. `origin` says whence one that nobody wrote follows.
    """

    name: str
    covered: frozenset[str]
    allele: str | None = None
    eplet: str | None = None
    possible: frozenset[str] = frozenset()
    alleles: frozenset[str] = frozenset()
    origin: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether it certainly stands for something."""
        return bool(self.covered or self.eplet)


@dataclass(frozen=True, slots=True)
class Directive:
    """The rules in force for one patient; HPA antibodies are antigen names such as `HPA-1a`."""

    added: tuple[Specificity, ...] = ()
    removed: tuple[Specificity, ...] = ()
    loci: tuple[str, ...] = ("A", "B")
    hpa_antibodies: tuple[str, ...] = ()
    anti_cd36: bool = False
    abo_rule: str = "none"


def parse_specificity(text: str, reference: Reference, eplets: EpletTable | None = None) -> Specificity:
    """Read an allele, an antigen at any level, a CREG, a public epitope or an eplet. Raises UnusableInput.

    `5C` is the group of the family in use, `5C (ucla)` that of another. `eplet:65QIA` is an eplet whether or not a
    table knows it; `65QIA` alone only where the table `eplets` does.
    """
    for epitope in reference.epitopes:
        if text.strip().upper() == epitope.upper():
            return Specificity(epitope, reference.carriers(epitope))
    found = _parse_creg(text, reference) or _parse_eplet(text, eplets)
    if found is not None:
        return found
    value = parse_typed_value(text, reference=reference).value
    if value is None or value.kind not in {Kind.ALLELE, Kind.ANTIGEN}:
        raise UnusableInput("unknown_specificity", specificity=text.strip())
    if value.kind is Kind.ALLELE:
        return Specificity(value.key, value.antigens, value.key)
    return Specificity(value.canonical, reference.closure(value.canonical))


def _parse_creg(text: str, reference: Reference) -> Specificity | None:
    """`5C`, `5c (rodey)`; None for what is no group of a family that is known."""
    match = _CREG.fullmatch(text)
    if match is None:
        return None
    group, family = match["group"].upper(), (match["family"] or reference.creg_family).lower()
    members = reference.creg_members(group, family) if family in reference.cregs else frozenset()
    return Specificity(f"{group} ({family})", members) if members else None


def _parse_eplet(text: str, table: EpletTable | None) -> Specificity | None:
    """`eplet:65QIA`, or the name alone where the table knows it; written as the table writes it."""
    match = _EPLET.fullmatch(text)
    if match is None:
        return None
    name = match["name"]
    known = [] if table is None else [one for one in table.known if one.casefold() == name.casefold()]
    if match["said"] is None and not known:
        return None
    found = name if name in known or not known else known[0]
    return Specificity(f"eplet:{found}", frozenset(), eplet=found)


def parse_loci(text: str) -> tuple[str, ...]:
    """The loci in scope, `A,B` or `A,B,C`; A and B always count. Raises UnusableInput."""
    loci = tuple(dict.fromkeys(part.strip().upper() for part in re.split(r"[,\s]+", text.strip()) if part))
    if set(loci) not in ({"A", "B"}, {"A", "B", "C"}):
        raise UnusableInput("unknown_loci", loci=text)
    return tuple(locus for locus in LOCI if locus in loci)


def check_threshold(threshold: int) -> int:
    """A whole threshold from 1 to 100,000 MFI. Raises UnusableInput."""
    if not MIN_THRESHOLD_MFI <= threshold <= MAX_THRESHOLD_MFI:
        raise UnusableInput(
            "threshold_out_of_range", threshold=threshold, least=MIN_THRESHOLD_MFI, most=MAX_THRESHOLD_MFI
        )
    return threshold


def parse_threshold(text: str) -> int:
    """The same from text. Raises UnusableInput for what is not a whole number."""
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text.strip()):
        raise UnusableInput("threshold_not_a_number", threshold=text.strip())
    return check_threshold(int(text))


def parse_thresholds(text: str) -> list[int]:
    """Thresholds separated by commas, ascending without repeats.

    Raises UnusableInput for what is no threshold, and for too many.
    """
    found = sorted({parse_threshold(one) for one in text.split(",")})
    if len(found) > MOST_THRESHOLDS:
        raise UnusableInput("too_many_thresholds", given=len(found), most=MOST_THRESHOLDS)
    return found


def certain_alleles(patient: Iterable[TypedValue]) -> frozenset[str]:
    """The alleles the patient certainly has: those typed as such (MATCHING §4)."""
    return frozenset(value.key for value in patient if value.kind is Kind.ALLELE)


def certain_antigens(patient: Iterable[TypedValue], reference: Reference) -> frozenset[str]:
    """The antigens the patient certainly has: a value's single split where it is one of them, or its only one."""
    found: set[str] = set()
    for value in patient:
        if value.kind not in {Kind.ANTIGEN, Kind.GROUP}:
            continue
        splits = {reference.split(antigen) for antigen in value.antigens}
        if len(value.antigens) == 1:
            found |= value.antigens
        elif len(splits) == 1 and splits <= value.antigens:
            found |= splits
    return frozenset(found)


def refusal_of_edits(
    added: Iterable[Specificity],
    removed: Iterable[Specificity],
    patient: Iterable[TypedValue],
    reference: Reference,
    eplets: EpletTable | None = None,
) -> tuple[str, str] | None:
    """Why a set of edits may not stand, as (code, specificity), or None when it may (MATCHING §4).

    An eplet on an allele that the patient certainly has is the patient's own; the patient's own antigens of a
    CREG, a broad antigen or a public epitope are skipped, so that the rest of it may be added.
    """
    patient = tuple(patient)
    alleles = certain_alleles(patient)
    own = alleles | certain_antigens(patient, reference)
    carried = set() if eplets is None else {one for name in alleles for one in eplets.alleles.get(name, ())}
    removed_names = {specificity.name for specificity in removed}
    for specificity in added:
        if specificity.name in removed_names:
            return "added_and_removed", specificity.name
        if specificity.name in own:
            return "added_own_antigen", specificity.name
        if specificity.eplet in carried:
            return "added_own_eplet", specificity.name
    return None
