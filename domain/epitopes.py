"""Eplets: what a typed value carries, a donor's eplet load, and what a serum seems to react with (MATCHING §7)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from domain.profile import Bead
from domain.reference import LOCI
from domain.typing_text import Kind, TypedValue

LEAST_BEADS = 2  # an eplet on a single bead cannot be told from that bead's antigen (MATCHING §7)
_POSITION = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Carried:
    """The eplets on one typed value; `approximate` where a representative allele stands for what is typed."""

    names: frozenset[str]
    approximate: bool = False


@dataclass(frozen=True)
class EpletTable:
    """The eplets of class I alleles, as a site loaded them; every answer quotes `name`.

    `alleles` maps a two-field allele to its eplets, `verified` holds the antibody-verified eplets,
    `representatives` maps an antigen to the allele that stands for it where only the antigen is known,
    `without_status` holds the eplets of which the table does not say whether they are verified.
    """

    name: str
    alleles: Mapping[str, frozenset[str]]
    verified: frozenset[str]
    representatives: Mapping[str, str]
    without_status: frozenset[str] = frozenset()

    @cached_property
    def known(self) -> tuple[str, ...]:
        """Every eplet that some allele of the table carries, in order of position."""
        return by_position(frozenset().union(*self.alleles.values()))

    def knows(self, eplet: str) -> bool:
        """Whether some allele of the table carries the eplet."""
        return eplet in self._every

    @cached_property
    def _every(self) -> frozenset[str]:
        return frozenset(self.known)

    def of_antigens(self, antigens: Iterable[str]) -> frozenset[str] | None:
        """The eplets of the representatives of these antigens; None where the table knows none of them."""
        known = [
            self.alleles[allele]
            for antigen in antigens
            if (allele := self.representatives.get(antigen)) is not None and allele in self.alleles
        ]
        return frozenset().union(*known) if known else None

    def of_member(self, allele: str | None, antigens: Iterable[str]) -> frozenset[str] | None:
        """The eplets of an allele, or of its antigens where the table does not list it; None where unknown."""
        listed = None if allele is None else self.alleles.get(allele)
        return self.of_antigens(antigens) if listed is None else listed

    def of_value(self, value: TypedValue) -> Carried | None:
        """The eplets of all that a value may be, together; None where the table knows none of it."""
        if value.kind is Kind.NULL:
            return Carried(frozenset())
        if value.kind is Kind.ALLELE and value.key in self.alleles:
            return Carried(self.alleles[value.key])
        listed = [self.alleles[allele] for allele in value.alleles if allele in self.alleles]
        if not listed or len(listed) < len(value.alleles):
            by_antigen = self.of_antigens(value.antigens)
            listed += [] if by_antigen is None else [by_antigen]
        return Carried(frozenset().union(*listed), approximate=True) if listed else None


@dataclass(frozen=True, slots=True)
class EpletLoad:
    """Eplets on the donor's values and on none of the patient's, in order of position."""

    names: tuple[str, ...]
    verified: tuple[str, ...]
    approximate: bool


def patient_eplets(table: EpletTable, patient: Iterable[TypedValue]) -> Carried:
    """All eplets of the patient over A, B and C; what is not typed or not in the table makes it an approximation."""
    values = tuple(patient)
    found = [table.of_value(value) for value in values]
    names = frozenset().union(*(one.names for one in found if one is not None))
    incomplete = not {value.locus for value in values}.issuperset(LOCI)
    return Carried(names, incomplete or any(one is None or one.approximate for one in found))


def eplet_load(table: EpletTable, donor: Iterable[TypedValue | None], own: Carried) -> EpletLoad | None:
    """The load of a donor's values in scope; None, never 0, where a value is not typed or not in the table."""
    found = [None if value is None else table.of_value(value) for value in donor]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    names = by_position(frozenset().union(*(one.names for one in known)) - own.names)
    return EpletLoad(
        names,
        tuple(name for name in names if name in table.verified),
        own.approximate or any(one.approximate for one in known),
    )


def by_position(eplets: Iterable[str]) -> tuple[str, ...]:
    """Eplets in the order of the residue they are named after."""
    return tuple(sorted(eplets, key=_position))


def _position(eplet: str) -> tuple[int, str]:
    found = _POSITION.search(eplet)
    return (int(found.group()) if found else 0, eplet)


@dataclass(frozen=True, slots=True)
class EpletEvidence:
    """One eplet's foreign beads at one threshold: those that react support it, the others contradict it."""

    eplet: str
    verified: bool
    supporting: tuple[Bead, ...]
    contradicting: tuple[Bead, ...]

    @property
    def share(self) -> float:
        """The share of its beads that react, from 0 to 1; 1 is a reactive eplet."""
        return len(self.supporting) / (len(self.supporting) + len(self.contradicting))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Few eplets that explain the reactive beads together: each with the beads it adds, and what none explains.

    A hypothesis: nothing in the serum tells two sets that explain the same beads apart.
    """

    chosen: tuple[tuple[str, tuple[Bead, ...]], ...]
    unexplained: tuple[Bead, ...]


class SerumEplets:
    """What one serum's beads say about eplets, for one patient.

    `foreign` are the beads that carry nothing of the patient's; `silenced` names the alleles of those that the
    directive removed, which count as not reacting. Beads that the table does not list take no part.
    """

    def __init__(
        self, table: EpletTable, patient: Iterable[TypedValue], foreign: Iterable[Bead], silenced: Iterable[str] = ()
    ) -> None:
        self.table = table
        self.own = patient_eplets(table, patient)
        self.silenced = frozenset(silenced)
        beads = sorted(foreign, key=lambda bead: (-bead.mfi, bead.allele))
        self.beads = tuple(bead for bead in beads if bead.allele in table.alleles)
        self.unlisted = tuple(bead for bead in beads if bead.allele not in table.alleles)

    @cached_property
    def carriers(self) -> Mapping[str, tuple[Bead, ...]]:
        """The foreign beads of each eplet that the patient lacks, highest MFI first."""
        found: dict[str, list[Bead]] = {}
        for bead in self.beads:
            for eplet in self.table.alleles[bead.allele] - self.own.names:
                found.setdefault(eplet, []).append(bead)
        return {eplet: tuple(beads) for eplet, beads in found.items()}

    @cached_property
    def limits_mfi(self) -> Mapping[str, float]:
        """The highest threshold at which each eplet is reactive: the lowest MFI of its beads, at least two."""
        return {
            eplet: min(self._counted(bead) for bead in beads)
            for eplet, beads in self.carriers.items()
            if len(beads) >= LEAST_BEADS
        }

    def limit_mfi(self, carried: Iterable[str]) -> float:
        """The highest threshold at which any of these eplets is reactive, 0 where none ever is."""
        return max((self.limits_mfi.get(eplet, 0.0) for eplet in carried), default=0.0)

    def reactive_among(self, carried: Iterable[str], threshold_mfi: float) -> tuple[str, ...]:
        """Those of these eplets that are reactive at the threshold."""
        return by_position(eplet for eplet in carried if self.limits_mfi.get(eplet, 0.0) >= threshold_mfi)

    def evidence(self, threshold_mfi: float, least_share: float) -> list[EpletEvidence]:
        """The reactive eplets and the near misses: on two beads or more, at least this share of them reacting.

        The most certain first: by share, then by how many beads support the eplet, then by position.
        """
        found = [self._evidence(eplet, threshold_mfi) for eplet in self.limits_mfi]
        kept = [one for one in found if one.supporting and one.share >= least_share]
        return sorted(kept, key=lambda one: (-one.share, -len(one.supporting), _position(one.eplet)))

    def explain(self, threshold_mfi: float) -> Explanation:
        """A small set of reactive eplets that covers the reactive beads (greedy set cover; the same every time)."""
        open_beads = {bead.allele: bead for bead in self.beads if self._reacts(bead, threshold_mfi)}
        reactive = by_position(eplet for eplet, limit in self.limits_mfi.items() if limit >= threshold_mfi)
        covers = {eplet: {bead.allele for bead in self.carriers[eplet]} for eplet in reactive}
        chosen: list[str] = []
        while open_beads and covers:
            best = max(covers, key=lambda name: (len(covers[name] & open_beads.keys()), name in self.table.verified))
            gained = covers.pop(best) & open_beads.keys()
            if not gained:
                break
            chosen.append(best)
            open_beads = {allele: bead for allele, bead in open_beads.items() if allele not in gained}
        return Explanation(self._shared_out(self._without_superfluous(chosen)), tuple(open_beads.values()))

    def _without_superfluous(self, chosen: list[str]) -> list[str]:
        """The chosen eplets less those whose beads the others explain already."""
        kept = list(chosen)
        for eplet in chosen:
            others = {bead for other in kept if other != eplet for bead in self.carriers[other]}
            if others.issuperset(self.carriers[eplet]):
                kept.remove(eplet)
        return kept

    def _shared_out(self, chosen: list[str]) -> tuple[tuple[str, tuple[Bead, ...]], ...]:
        """Each eplet with the beads that no eplet before it explains."""
        seen: set[Bead] = set()
        parts = []
        for eplet in chosen:
            parts.append((eplet, tuple(bead for bead in self.carriers[eplet] if bead not in seen)))
            seen.update(self.carriers[eplet])
        return tuple(parts)

    def _evidence(self, eplet: str, threshold_mfi: float) -> EpletEvidence:
        beads = self.carriers[eplet]
        return EpletEvidence(
            eplet,
            eplet in self.table.verified,
            tuple(bead for bead in beads if self._reacts(bead, threshold_mfi)),
            tuple(bead for bead in beads if not self._reacts(bead, threshold_mfi)),
        )

    def _reacts(self, bead: Bead, threshold_mfi: float) -> bool:
        return self._counted(bead) >= threshold_mfi

    def _counted(self, bead: Bead) -> float:
        return 0.0 if bead.allele in self.silenced else bead.mfi
