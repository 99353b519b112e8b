"""Nomenclature: which antigens a value may be, and how antigens relate (MATCHING §2, §3, §6)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from domain.allele_code import AlleleCodes
from domain.errors import UnusableInput
from domain.release import Release

LOCI = ("A", "B", "C")


@dataclass(frozen=True)
class Reference:
    """One versioned nomenclature; every answer carries its `name`.

    `kinds` gives each antigen's kind (broad, split, associated, group_name); `splits`, `associated` and
    `stand_ins` map an antigen to its children; `groups` maps a first-field group (`A*02`) to its antigens;
    `alleles` maps a two-field allele to its antigens; `renamed_groups` maps a group of before 2010 (`A*92`) to the
    prefix of its new names (`A*02:1`); `cregs` maps a family to antigen → groups; `epitopes` maps Bw4 and Bw6
    to antigens; `creg_family` is the family of them in use. `release` is the IPD-IMGT/HLA release that speaks of
    alleles, None where the core tables do; `codes` the table of multiple allele codes, None where none is loaded.
    """

    name: str
    kinds: Mapping[str, str]
    splits: Mapping[str, tuple[str, ...]]
    associated: Mapping[str, tuple[str, ...]]
    stand_ins: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, frozenset[str]]
    alleles: Mapping[str, frozenset[str]]
    renamed_groups: Mapping[str, str]
    cregs: Mapping[str, Mapping[str, frozenset[str]]]
    epitopes: Mapping[str, frozenset[str]]
    release: Release | None = None
    codes: AlleleCodes | None = field(default=None, repr=False, compare=False)
    creg_family: str = ""
    _closures: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def parents(self) -> Mapping[str, frozenset[str]]:
        """Each antigen's broad, or for an associated antigen the antigen it belongs to."""
        found: dict[str, set[str]] = {}
        for children in (self.splits, self.associated):
            for parent, names in children.items():
                for name in names:
                    found.setdefault(name, set()).add(parent)
        return {name: frozenset(parents) for name, parents in found.items()}

    def is_broad(self, antigen: str) -> bool:
        """Whether the antigen is a broad one, which has splits."""
        return antigen in self.splits

    def closure(self, antigen: str) -> frozenset[str]:
        """The antigen, its splits and their associated antigens, downwards (MATCHING §2)."""
        known = self._closures.get(antigen)
        if known is None:
            children = (*self.splits.get(antigen, ()), *self.associated.get(antigen, ()))
            known = frozenset({antigen}).union(*(self.closure(child) for child in children))
            self._closures[antigen] = known
        return known

    def split(self, antigen: str) -> str:
        """The split an associated antigen belongs to; any other antigen, and one whose parent is broad, itself."""
        if self.kinds.get(antigen) == "associated":
            for parent in self.parents[antigen]:
                if not self.is_broad(parent):
                    return parent
        return antigen

    def antigens_of_antigen(self, antigen: str) -> frozenset[str]:
        """What a serological antigen may be at the finest level: its closure without broads."""
        return frozenset(name for name in self.closure(antigen) if not self.is_broad(name))

    def antigens_of_allele(self, allele: str) -> tuple[frozenset[str], bool]:
        """The antigens of a two-field allele, and whether they are only assumed from its group.

        Raises KeyError for an unknown first field.
        """
        listed = self.alleles.get(allele)
        if listed is not None:
            return listed, False
        return self.groups[allele.split(":")[0]], True

    def assigned(self, allele: str) -> dict[str, tuple[str, ...]]:
        """Why an allele counts as its antigens: names by kind of assignment, as the source in force gives them.

        Kinds: those of the release; `no_antigen` (no WHO antigen: its group's name); `table` (the core's table of
        beads); `group` (nobody lists it); `successor` (withdrawn: its group's or its successor's).
        Raises KeyError for an unknown first field.
        """
        antigens, assumed = self.antigens_of_allele(allele)
        counted = tuple(sorted(antigens))
        said = self.release.alleles.get(allele) if self.release else None
        if said is None:
            listed = "successor" if self.release else "table"
            return {"group" if assumed else listed: counted}
        found = {kind.value: names for kind, names in said.by_kind.items()}
        if assumed or not said.counted:
            return {"group" if assumed else "no_antigen": counted, **found}
        return found

    def protein(self, allele: str) -> str:
        """What makes two alleles the same: their P group where the release gives one, else the allele itself."""
        return self.release.p_groups.get(allele, allele) if self.release else allele

    def carriers(self, epitope: str) -> frozenset[str]:
        """The antigens that carry a public epitope; an associated antigen as its split, unless listed itself."""
        listed = self.epitopes[epitope]
        elsewhere = frozenset().union(*self.epitopes.values())
        inherited = {
            name
            for name, kind in self.kinds.items()
            if kind == "associated" and name not in elsewhere and self.split(name) in listed
        }
        return listed | inherited

    def cregs_of(self, antigen: str, family: str) -> frozenset[str]:
        """The cross-reactive groups of an antigen; an associated antigen has its split's unless listed itself."""
        table = self.cregs[family]
        return table.get(antigen) or table.get(self.split(antigen), frozenset())

    def creg_members(self, group: str, family: str) -> frozenset[str]:
        """The antigens, broads aside, of one cross-reactive group (MATCHING §6); none where the family lacks it."""
        names = (name for name in self.kinds if not self.is_broad(name))
        return frozenset(name for name in names if group in self.cregs_of(name, family))

    def creg_table(self, family: str) -> Mapping[str, frozenset[str]]:
        """The table of one family. Raises UnusableInput when it is not loaded."""
        if family not in self.cregs:
            raise UnusableInput("unknown_creg_family", family=family, known=", ".join(sorted(self.cregs)))
        return self.cregs[family]


def children_by_parent(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Pairs (parent, child) gathered by parent, in the order given."""
    found: dict[str, list[str]] = {}
    for parent, child in pairs:
        found.setdefault(parent, []).append(child)
    return {parent: tuple(children) for parent, children in found.items()}


def known_antigen(name: str, core: Reference, parents: Mapping[str, str]) -> str | None:
    """The core's antigen that a release's antigen is or belongs to, None where there is none.

    `A0203` (a name since 2026) is A203. `B6702`, which the core does not know, is read as what the release hangs it
    under (`parents`), else as the antigen of its first two digits.
    """
    number = re.sub(r"^[A-Za-z]+", "", name)
    letters = name.removesuffix(number)
    plain = f"{letters}{int(number)}"
    if plain in core.kinds:
        return plain
    for wider in (parents.get(name), f"{letters}{int(number[:-2])}" if number[:-2].strip("0") else None):
        if wider in core.kinds:
            return wider
    return None


def read_with(core: Reference, release: Release) -> Reference:
    """The core's antigens, relations and groups with the alleles of a release (MATCHING §2).

    An assigned broad stands for its splits, an antigen that the core does not know for the whole group of its
    allele; an allele without a WHO antigen keeps the name of its group. A name withdrawn for an
    allele of another group may be either: B*38:156, shown to be B*39:171, is B38 or B39, never B38 alone.
    """
    known: dict[str, frozenset[str]] = {}
    alleles: dict[str, frozenset[str]] = {}
    for allele, assignment in release.alleles.items():
        group = core.groups.get(allele.split(":")[0], frozenset())
        antigens: set[str] = set()
        for name in assignment.counted:
            if name not in known:
                known[name] = _finest(known_antigen(name, core, release.parents), core)
            antigens |= known[name] or group
        if antigens:
            alleles[allele] = frozenset(antigens)
        elif assignment.no_antigen and group and all(core.kinds.get(name) == "group_name" for name in group):
            alleles[allele] = group
    for name, why in release.withdrawn.items():
        groups = [core.groups.get(one.split(":")[0], frozenset()) for one in (name, why.protein)]
        if why.protein and groups[0] != groups[1]:
            alleles[name] = groups[0] | alleles.get(why.protein, groups[1])
    return replace(core, name=release.name, alleles=alleles, release=release, _closures={})


def _finest(antigen: str | None, core: Reference) -> frozenset[str]:
    """A broad antigen as its splits, any other as itself."""
    if antigen is None:
        return frozenset()
    return core.antigens_of_antigen(antigen) if core.is_broad(antigen) else frozenset({antigen})
