"""MATCHING §4, read literally: one typed value, one threshold, every bead looked at in turn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tests.oracle import eplets, nomenclature, tables
from tests.oracle.values import Value

NEGATIVE, POSITIVE, UNDECIDED, UNTESTED = "negative", "positive", "undecided", "untested"
BASES = ["own", "allele", "antigen", "group", "related", "eplet", "untested", "directive"]


@dataclass(frozen=True)
class Bead:
    allele: str
    antigens: frozenset[str]
    mfi: float


@dataclass(frozen=True)
class Serum:
    """The beads of one serum, what the patient is typed as, the directive's edits, and the eplets where loaded."""

    beads: tuple[Bead, ...]
    patient: tuple[Value, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    eplet_table: eplets.Table | None = None


@dataclass(frozen=True)
class Member:
    allele: str | None
    antigens: frozenset[str]


@dataclass(frozen=True)
class Reaction:
    state: str
    low: float | None
    high: float | None
    beads: tuple[str, ...]
    basis: str | None


def two_fields(allele: str) -> str:
    locus, fields = allele.split("*")
    return locus + "*" + ":".join(fields.split(":")[:2])


def make_beads(values: Iterable[tuple[str, float]]) -> tuple[Bead, ...]:
    """Below 0 counts as 0; two beads of one allele: the higher."""
    highest: dict[str, float] = {}
    for allele, mfi in values:
        name = two_fields(allele)
        highest[name] = max(highest.get(name, 0), mfi, 0)
    return tuple(Bead(name, frozenset(nomenclature.antigens_of_allele(name)), mfi) for name, mfi in highest.items())


# --- Self ---


@lru_cache
def certain_alleles(patient: tuple[Value, ...]) -> set[str]:
    return {value.key for value in patient if value.kind == "allele"}


@lru_cache
def certain_antigens(patient: tuple[Value, ...]) -> set[str]:
    found = set()
    for value in patient:
        if value.kind in {"antigen", "group"}:
            splits = {nomenclature.split(antigen) for antigen in value.antigens}
            if len(splits) == 1 and splits <= value.antigens:
                found |= splits
            elif len(value.antigens) == 1:
                found |= value.antigens
    return found


def certainly_self(bead: Bead, serum: Serum) -> bool:
    return bead.allele in certain_alleles(serum.patient) or bead.antigens <= certain_antigens(serum.patient)


def possibly_self(bead: Bead, serum: Serum) -> bool:
    if certainly_self(bead, serum):
        return False
    return any(value.kind != "allele" and value.antigens & bead.antigens for value in serum.patient)


def foreign(bead: Bead, serum: Serum) -> bool:
    return not certainly_self(bead, serum) and not possibly_self(bead, serum)


# --- Directive ---


def carries(antigen: str, specificity: str) -> bool:
    if specificity.endswith(")"):  # a CREG: `5C (rodey)`
        group, family = specificity.rstrip(")").split(" (")
        return group in nomenclature.cregs_of(antigen, family)
    if specificity in {"Bw4", "Bw6"}:
        return nomenclature.epitope_of(antigen) == specificity
    return antigen in nomenclature.closure(specificity)


def is_removed(bead: Bead, serum: Serum) -> bool:
    for specificity in serum.removed:
        if specificity.startswith("eplet:"):
            table = serum.eplet_table
            if table is not None and eplet_name(specificity) in table.alleles.get(bead.allele, ()):
                return True
            continue
        if "*" in specificity:
            if bead.allele == specificity:
                return True
        elif all(carries(antigen, specificity) for antigen in bead.antigens):
            return True
    return False


def eplet_name(specificity: str) -> str:
    return specificity.removeprefix("eplet:")


def carries_eplet(specificity: str, member: Member, serum: Serum) -> str:
    """"yes", "no" or "maybe": what the table in use says of the member."""
    eplet, table = eplet_name(specificity), serum.eplet_table
    if table is None or not any(eplet in carried for carried in table.alleles.values()):
        return "maybe"
    if member.allele in table.alleles:
        return "yes" if eplet in table.alleles[member.allele] else "no"
    if member.allele is not None or not member.antigens:
        return "maybe"
    speaking, kin = set(), set()
    for antigen in member.antigens:
        stand_in = table.representatives.get(antigen)
        if stand_in not in table.alleles:
            return "maybe"
        speaking.add(stand_in)
        speaking |= {bead.allele for bead in serum.beads if bead.antigens == {antigen} and bead.allele in table.alleles}
        kin |= {allele for allele in table.alleles if antigen in nomenclature.antigens_of_allele(allele)}
    if all(eplet in table.alleles[allele] for allele in speaking):
        return "yes"
    return "maybe" if any(eplet in table.alleles[allele] for allele in speaking | kin) else "no"


def covers(specificity: str, member: Member, serum: Serum) -> bool:
    """The addition makes the member positive."""
    if specificity.startswith("eplet:"):
        return carries_eplet(specificity, member, serum) == "yes"
    if "*" in specificity:
        return member.allele == specificity
    return all(carries(antigen, specificity) for antigen in member.antigens)


def may_cover(specificity: str, member: Member, serum: Serum) -> bool:
    """The addition makes the member at least undecided."""
    if specificity.startswith("eplet:"):
        return carries_eplet(specificity, member, serum) == "maybe"
    if "*" in specificity:
        if member.allele is not None:
            return False
        return bool(member.antigens & nomenclature.antigens_of_allele(specificity))
    return any(carries(antigen, specificity) for antigen in member.antigens)


# --- Beads and members ---


def state_of_bead(bead: Bead, serum: Serum, threshold: float) -> str:
    if is_removed(bead, serum) or certainly_self(bead, serum) or bead.mfi < threshold:
        return NEGATIVE
    return UNDECIDED if possibly_self(bead, serum) else POSITIVE


def has_own_bead(antigen: str, serum: Serum) -> bool:
    return any(bead.antigens == {antigen} for bead in serum.beads)


def members_of(value: Value, serum: Serum) -> list[Member]:
    if value.kind in {"allele", "list", "null"}:
        return [Member(a, frozenset(nomenclature.antigens_of_allele(a))) for a in value.alleles]
    every = sorted(value.antigens)
    kept = [a for a in every if not nomenclature.is_associated(a) or has_own_bead(a, serum)]
    return [Member(None, frozenset({a})) for a in kept or every]


def is_own(member: Member, serum: Serum) -> bool:
    if member.allele in certain_alleles(serum.patient):
        return True
    return member.antigens <= certain_antigens(serum.patient)


def beads_of_antigens(antigens: Iterable[str], serum: Serum) -> list[Bead]:
    """The beads of one antigen each, that antigen being one of those asked."""
    return [b for b in serum.beads if len(b.antigens) == 1 and b.antigens <= set(antigens)]


def find_beads(member: Member, serum: Serum) -> tuple[str, list[Bead]]:
    """The first of the five rules that finds beads, by its basis."""
    rule_1 = [b for b in serum.beads if member.allele is not None and b.allele == member.allele]
    rule_2 = beads_of_antigens(member.antigens, serum)
    stand_ins = {s for antigen in member.antigens for s in tables.STAND_INS.get(antigen, "").split()}
    rule_3 = beads_of_antigens(stand_ins, serum)
    family: set[str] = set()
    for antigen in member.antigens:
        family |= set(nomenclature.associated_of(antigen))
        for parent in nomenclature.parents_of(antigen):
            family |= nomenclature.closure(parent)
    rule_4 = beads_of_antigens(family, serum)
    for basis, found in (("allele", rule_1), ("antigen", rule_2), ("antigen", rule_3), ("related", rule_4)):
        if found:
            return basis, found
    return "untested", []


def states_by_beads(member: Member, serum: Serum, threshold: float) -> set[str]:
    basis, found = find_beads(member, serum)
    states = {state_of_bead(bead, serum, threshold) for bead in found} or {UNTESTED}
    if basis == "related":
        weaker = {POSITIVE: UNDECIDED, NEGATIVE: UNTESTED, UNDECIDED: UNDECIDED}
        states = {weaker[state] for state in states}
    for bead in serum.beads:
        if len(bead.antigens) > 1 and bead.antigens & member.antigens:
            used_by_rule_1 = basis == "allele" and bead in found
            if state_of_bead(bead, serum, threshold) != NEGATIVE and not used_by_rule_1:
                states.add(UNDECIDED)
    if member.allele is None and POSITIVE in states and allele_without_bead(member, serum):
        states.add(UNDECIDED)
    return states


def allele_without_bead(member: Member, serum: Serum) -> bool:
    """The patient is typed as an allele that the member could be and that has no bead."""
    with_bead = {bead.allele for bead in serum.beads}
    return any(
        value.kind == "allele" and value.antigens & member.antigens and value.key not in with_bead
        for value in serum.patient
    )


# --- Eplets (§7) ---


def reactive_eplets(serum: Serum, threshold: float) -> set[str]:
    """On at least two foreign beads, every such bead at or above T and not removed, on no patient antigen."""
    table = serum.eplet_table
    if table is None:
        return set()
    found = set()
    for eplet in set().union(*table.alleles.values()) - eplets.patients_own(serum.patient, table):
        beads = [b for b in serum.beads if foreign(b, serum) and eplet in table.alleles.get(b.allele, ())]
        if len(beads) >= 2 and all(b.mfi >= threshold and not is_removed(b, serum) for b in beads):
            found.add(eplet)
    return found


def carries_reactive_eplet(member: Member, serum: Serum, threshold: float) -> bool:
    if serum.eplet_table is None:
        return False
    carried = serum.eplet_table.alleles.get(member.allele) if member.allele else None
    if carried is None:
        carried = eplets.of_antigens(member.antigens, serum.eplet_table) or set()
    return bool(carried & reactive_eplets(serum, threshold))


def states_of_member(member: Member, serum: Serum, threshold: float) -> set[str]:
    if is_own(member, serum):
        return {NEGATIVE}
    if any(covers(specificity, member, serum) for specificity in serum.added):
        return {POSITIVE}
    states = states_by_beads(member, serum, threshold)
    if UNTESTED in states and carries_reactive_eplet(member, serum, threshold):
        states = states - {UNTESTED} | {UNDECIDED}
    if states != {POSITIVE} and any(may_cover(specificity, member, serum) for specificity in serum.added):
        return {UNDECIDED}
    return states


def basis_of_member(member: Member, serum: Serum, threshold: float) -> str:
    """The rule that found its beads; "directive" where an addition or a removal touches the member or those beads."""
    if is_own(member, serum):
        return "own"
    if any(covers(s, member, serum) or may_cover(s, member, serum) for s in serum.added):
        return "directive"
    basis, found = find_beads(member, serum)
    if UNTESTED in states_by_beads(member, serum, threshold) and carries_reactive_eplet(member, serum, threshold):
        return "eplet"
    return "directive" if any(is_removed(bead, serum) for bead in found) else basis


# --- Value ---


def basis_of(members: list[Member], serum: Serum, threshold: float) -> str | None:
    """The weakest basis of the members; several members are at best a group, unless all are the patient's own."""
    if not members:
        return None
    bases = [basis_of_member(member, serum, threshold) for member in members]
    if len(members) > 1 and set(bases) != {"own"}:
        bases.append("group")
    return max(bases, key=BASES.index)


def combine(states: set[str]) -> str:
    for single in (POSITIVE, NEGATIVE, UNTESTED):
        if states == {single}:
            return single
    return UNDECIDED if states else NEGATIVE


def react(value: Value, serum: Serum, threshold: float) -> Reaction:
    """§4: how the serum, at this threshold, reacts with one typed value."""
    members = members_of(value, serum)
    states: set[str] = set()
    shown: dict[str, float] = {}
    for member in members:
        states |= states_of_member(member, serum, threshold)
        basis, found = find_beads(member, serum)
        if basis in {"allele", "antigen"} and not is_own(member, serum):
            for bead in found:
                if not certainly_self(bead, serum) and not is_removed(bead, serum):
                    shown[bead.allele] = bead.mfi
    return Reaction(
        state=combine(states),
        low=min(shown.values(), default=None),
        high=max(shown.values(), default=None),
        beads=tuple(sorted(shown)),
        basis=basis_of(members, serum, threshold),
    )


def distinct_mfis(serum: Serum) -> list[float]:
    return sorted({bead.mfi for bead in serum.beads})


def serum_of(
    beads: Mapping[str, float],
    patient: Iterable[Value | None],
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
) -> Serum:
    return Serum(make_beads(beads.items()), tuple(v for v in patient if v is not None), tuple(added), tuple(removed))
