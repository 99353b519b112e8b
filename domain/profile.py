"""One serum's beads as the rules use them (MATCHING §1, §4)."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.errors import Issue
from domain.reference import LOCI, Reference
from domain.typing_text import Kind, ParsedText, parse_typed_value


@dataclass(frozen=True, slots=True)
class Bead:
    """One bead: its allele at two fields, its possible antigens, its MFI (never below 0).

    `serum` names the serum it was read from where several are combined; `earlier` marks a bead that the serum read
    lacks: it may add to what that one says, and never clears anything.
    """

    allele: str
    antigens: frozenset[str]
    mfi: float
    serum: str = ""
    earlier: bool = False

    @property
    def locus(self) -> str:
        """A, B or C."""
        return self.allele[0]

    @property
    def antigen(self) -> str | None:
        """The bead's antigen, or None when it has several possible ones."""
        return next(iter(self.antigens)) if len(self.antigens) == 1 else None


@dataclass(frozen=True, slots=True)
class Profile:
    """All class I beads of one serum, one for each allele, with what was odd about them.

    `alone` counts the beads that not all of several combined sera have.
    """

    beads: tuple[Bead, ...] = ()
    issues: tuple[Issue, ...] = ()
    alone: int = 0


def build_profile(
    results: Iterable[tuple[str, float]], reference: Reference, read: dict[str, ParsedText] | None = None
) -> Profile:
    """Beads from pairs (allele text, MFI); two beads of one allele: the higher, with an issue.

    `read` keeps each text as it was read, so that several sera of one kit read it once.
    """
    read = {} if read is None else read
    beads: dict[str, Bead] = {}
    issues: list[Issue] = []
    for text, mfi in results:
        parsed = read.get(text)
        if parsed is None:
            parsed = read[text] = parse_typed_value(text, reference=reference)
        value = parsed.value
        if value is None or value.kind is not Kind.ALLELE or value.locus not in LOCI:
            issues.append(Issue("unknown_bead", "warning", text, {"allele": text}))
            continue
        issues.extend(one for one in parsed.issues if one.severity == "warning")
        bead = Bead(value.key, value.antigens, max(float(mfi), 0.0))
        known = beads.get(bead.allele)
        if known is not None:
            issues.append(Issue("duplicate_bead", "warning", bead.allele, {"allele": bead.allele}))
        if known is None or bead.mfi > known.mfi:
            beads[bead.allele] = bead
    return Profile(tuple(beads.values()), tuple(issues))


def distinct_thresholds(profile: Profile) -> list[int]:
    """Every whole threshold at which some bead stops counting as reactive, ascending."""
    return sorted({int(bead.mfi) for bead in profile.beads if bead.mfi >= 1})
