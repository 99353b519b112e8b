"""What is known of each member and what to expect of the others, with the reason for every number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from domain.errors import RefusedByRule
from domain.haplotypes import BEFORE_TYPING, Sharing, identical_as_typed, sibling_sharing
from domain.kinship import Heredity, Pedigree, Status, allele_frequency
from domain.reference import Reference
from models.family import FamilyMember
from services.families.phenotypes import HLA, antigens_of, negative_type, typed_status
from services.families.records import FamilyRows, relatives_of

CERTAIN = 1 - 1e-9
BOTH = {2: "kin.both_carry", 3: "kin.shows_and_carries", 4: "kin.both_show"}  # by the alleles of both parents
Said = tuple[str, dict[str, Any]]  # a code of services.wording.families and what fills it
Basis = Literal["typing", "hand", "nothing"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of one member, and on what; of whom nothing is known the chance, None where none is computed.

    `differs` says that the status written by hand is not the one that the typing on record gives, which counts.
    """

    status: Status
    basis: Basis
    chance: float | None = None
    why: Said | None = None
    differs: bool = False
    carries: float | None = None  # the chance of exactly one such allele


@dataclass(frozen=True, slots=True)
class Outlook:
    """A family judged: its members by code, the untested brothers and sisters of the first, and what is to be said."""

    pedigree: Pedigree
    judged: Mapping[str, Judged]
    siblings: tuple[str, ...]
    at_least_one: float | None
    said: tuple[Said, ...]
    sharing: Sharing | None = None
    heredity: Heredity | None = field(default=None, compare=False)


def judge_family(rows: FamilyRows, reference: Reference) -> Outlook:
    """Judge a family: a typing on record counts before what was written by hand; unknown stays unknown."""
    known = _hla_statuses(rows, reference) if rows.family.phenotype == HLA else _statuses(rows)
    relatives = [replace(one, status=known[one.code].status) for one in relatives_of(rows.members)]
    pedigree = Pedigree(relatives)
    untested = _untested_siblings(rows, pedigree)
    said: list[Said] = [("family_status_differs", {})] if any(one.differs for one in known.values()) else []
    if rows.family.phenotype == HLA:
        return _judge_hla(rows, reference, pedigree, known, untested, said)
    if any(negative_type(rows.family.phenotype, rows.person_of(one)) == "II" for one in rows.members):
        said.append(("family_type_two", {}))
    heredity = Heredity(pedigree, allele_frequency(rows.family.prevalence or 0.0))
    try:
        judged = {code: _with_chance(heredity, code, one) for code, one in known.items()}
        together = heredity.at_least_one(untested) if untested else None
    except RefusedByRule as refused:  # what is on record cannot be of one family: said, and no chance is shown
        return Outlook(pedigree, known, untested, None, (*said, (refused.code, dict(refused.params))))
    return Outlook(pedigree, judged, untested, together, tuple(said), heredity=heredity)


def _statuses(rows: FamilyRows) -> dict[str, Judged]:
    found = {}
    for one in rows.members:
        typed = typed_status(rows.family.phenotype, rows.person_of(one))
        by_hand = None if one.status is Status.UNTESTED else one.status
        differs = typed is not None and by_hand is not None and not _agree(typed, by_hand)
        basis: Basis = "typing" if typed else "hand" if by_hand else "nothing"
        found[one.code] = Judged(typed or by_hand or Status.UNTESTED, basis, differs=differs)
    return found


def _agree(one: Status, other: Status) -> bool:
    """Whether two results may both be true: a carrier lacks the phenotype, as does one who is clear."""
    return one is other or (Status.LACKS in (one, other) and Status.SHOWS not in (one, other))


def _hla_statuses(rows: FamilyRows, reference: Reference) -> dict[str, Judged]:
    """The first member shows what is looked for: their own antigens; whoever is typed has the same ones or not."""
    own = antigens_of(rows.person_of(rows.first), reference)
    found = {}
    for one in rows.members:
        theirs = antigens_of(rows.person_of(one), reference)
        typed = bool(own) and own.keys() <= theirs.keys()
        same = typed and identical_as_typed(own, theirs)
        status = Status.SHOWS if same or one.first else Status.LACKS if typed else Status.UNTESTED
        found[one.code] = Judged(status, "typing" if typed else "nothing")
    return found


def _judge_hla(
    rows: FamilyRows, reference: Reference, pedigree: Pedigree, known: Mapping[str, Judged],
    untested: tuple[str, ...], said: list[Said],
) -> Outlook:  # fmt: skip
    """Chances for the untested brothers and sisters of the first; for other relatives the typings of others decide."""
    first = pedigree.relatives[rows.first.code]
    own, mother, father = (
        antigens_of(rows.person_of(one), reference) if one else {}
        for one in (rows.first, *(_by_code(rows.members, code) for code in (first.mother, first.father)))
    )
    sharing = sibling_sharing(own, mother or None, father or None) if own else BEFORE_TYPING
    why: Said = ("kin.hla_deduced" if sharing.deduced else "kin.hla_a_priori", {})
    judged = {
        code: replace(one, chance=sharing.identical, why=why) if code in untested else one
        for code, one in known.items()
    }
    if not own:
        said.append(("family_first_not_typed", {}))
    together = sharing.at_least_one(len(untested)) if untested else None
    return Outlook(pedigree, judged, untested, together, tuple(said), sharing)


def _by_code(members: Sequence[FamilyMember], code: str | None) -> FamilyMember | None:
    return next((one for one in members if one.code == code), None)


def _untested_siblings(rows: FamilyRows, pedigree: Pedigree) -> tuple[str, ...]:
    """Brothers and sisters of both parents who are alive and of whom nothing is known, in the order drawn."""
    alive = {one.code for one in rows.members if not one.deceased}
    siblings = pedigree.siblings(rows.first.code)
    return tuple(code for code in siblings if code in alive and pedigree.relatives[code].status is Status.UNTESTED)


def _with_chance(heredity: Heredity, code: str, one: Judged) -> Judged:
    counts = heredity.alleles(code)
    if one.status is not Status.UNTESTED:
        return replace(one, carries=counts[1])
    return replace(one, chance=counts[2], carries=counts[1], why=_why(heredity, code))


def _why(heredity: Heredity, code: str) -> Said:
    """The reason for a chance, from the parents where they are drawn, else from the children."""
    pedigree = heredity.pedigree
    parents = pedigree.relatives[code].parents
    if len(parents) < 2:
        if any(pedigree.relatives[child].status is Status.SHOWS for child in pedigree.children(code)):
            return "kin.parent_of_one", {}
        return ("kin.one_parent" if parents else "kin.children" if pedigree.children(code) else "kin.population"), {}
    counts = [heredity.alleles(parent) for parent in parents]
    passing = [_certain(one) for one in counts]
    shown = [child for child in pedigree.siblings(code) if pedigree.relatives[child].status is Status.SHOWS]
    if 0 in passing:
        return "kin.one_free", {}
    if None in passing:
        if shown:
            return "kin.both_at_least", {"because": shown}
        return "kin.parents", {"mother_share": 1 - counts[0][0], "father_share": 1 - counts[1][0]}
    both = BOTH[sum(number or 0 for number in passing)]
    return (f"{both}_through" if shown else both), {"because": shown}


def _certain(counts: tuple[float, float, float]) -> int | None:
    """How many such alleles a person surely has, None where it is not sure."""
    return next((number for number, chance in enumerate(counts) if chance > CERTAIN), None)
