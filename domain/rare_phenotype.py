"""Which rare phenotypes a donor's typing shows, by a table and by how many of the registry's typed donors show them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from domain.cd36 import UNTESTED_CD36, Cd36
from domain.hpa import HpaGenotype, HpaSystem, antigen_state
from domain.phenotype import LocusTyping
from domain.reference import Reference
from domain.typing_text import Kind as ValueKind


class Kind(StrEnum):
    """What a rule looks at."""

    CD36 = "cd36"  # CD36-negative of one type
    HPA_ABSENT = "hpa_absent"  # every antigen named is absent
    HPA_COMBINATION = "hpa_combination"  # two or more of the antigens named are absent together
    HLA_HOMOZYGOUS = "hla_homozygous"  # one antigen alone at each locus named
    HLA_ANTIGEN = "hla_antigen"  # an antigen at one of the loci named


class State(StrEnum):
    """What a typing says of a phenotype; an undecided one is never taken for rare."""

    SHOWN = "shown"
    NOT_SHOWN = "not_shown"
    UNDECIDED = "undecided"


class Standing(StrEnum):
    """What the registry's own count makes of a phenotype."""

    LISTED = "listed"
    COMMON = "common"  # more of the typed donors show it than the limit
    TOO_FEW = "too_few"  # too few are typed to judge, and the table does not list it meanwhile


@dataclass(frozen=True, slots=True)
class RareRule:
    """One row of the table. `max_share` is a share of the typed donors, None no limit; `terms` by kind."""

    code: str
    kind: Kind
    terms: tuple[str, ...]
    max_share: Fraction | None
    listed_unless_known_common: bool
    spare: bool  # a patient who does not need it should not use up its donors
    recall_months: int
    confirm_within_days: int | None

    @property
    def of_hla(self) -> bool:
        """Whether HLA decides, rather than what is on platelets alone."""
        return self.kind in (Kind.HLA_HOMOZYGOUS, Kind.HLA_ANTIGEN)


@dataclass(frozen=True, slots=True)
class Typing:
    """What is known of a donor: HLA by locus, the typed HPA systems by name, CD36."""

    loci: Mapping[str, LocusTyping] = field(default_factory=dict)
    hpa: Mapping[str, HpaGenotype] = field(default_factory=dict)
    cd36: Cd36 = UNTESTED_CD36


@dataclass(frozen=True, slots=True)
class Trait:
    """What a typing says under one rule; `subjects` name the antigens of a combination, or the antigens carried."""

    state: State
    subjects: tuple[str, ...] = ("",)


UNDECIDED = Trait(State.UNDECIDED)
NOT_SHOWN = Trait(State.NOT_SHOWN)
SHOWN = Trait(State.SHOWN)


def trait_of(rule: RareRule, typing: Typing, systems: Mapping[str, HpaSystem], reference: Reference) -> Trait:
    """Whether a typing shows the phenotype of a rule, does not, or leaves it open."""
    if rule.kind is Kind.CD36:
        return _cd36(rule.terms[0], typing.cd36)
    if rule.kind is Kind.HPA_ABSENT:
        return _all_of([_absent(typing, antigen, systems) for antigen in rule.terms])
    if rule.kind is Kind.HPA_COMBINATION:
        return _combination(rule.terms, typing, systems)
    loci = [typing.loci.get(locus) for locus in rule.terms]
    if rule.kind is Kind.HLA_HOMOZYGOUS:
        return _all_of([_one_antigen(locus) for locus in loci])
    return _carried(loci, reference)


def _cd36(wanted: str, found: Cd36) -> Trait:
    if found.status != "negative":
        return UNDECIDED if found.status == "untested" else NOT_SHOWN
    if found.type is None:  # a negative whose monocytes were not tested is of neither type, and may be of either
        return SHOWN if wanted == "unknown" else UNDECIDED
    return SHOWN if found.type == wanted else NOT_SHOWN


def _absent(typing: Typing, antigen: str, systems: Mapping[str, HpaSystem]) -> State:
    genotypes = [typing.hpa[name] for name, one in systems.items() if name in typing.hpa and antigen in _names(one)]
    state = antigen_state(genotypes[0] if genotypes else None, antigen)
    return {"absent": State.SHOWN, "present": State.NOT_SHOWN, "unknown": State.UNDECIDED}[state]


def _names(system: HpaSystem) -> tuple[str, str]:
    return system.antigen_a, system.antigen_b


def _all_of(states: Sequence[State]) -> Trait:
    """Shown where each part is; one part that is not settles it, whatever is open."""
    if State.NOT_SHOWN in states:
        return NOT_SHOWN
    return UNDECIDED if State.UNDECIDED in states else SHOWN


def _combination(antigens: Sequence[str], typing: Typing, systems: Mapping[str, HpaSystem]) -> Trait:
    """Which of the antigens are absent together; open until all are decided, for another may be absent too."""
    states = {antigen: _absent(typing, antigen, systems) for antigen in antigens}
    if State.UNDECIDED in states.values():
        return UNDECIDED
    absent = [antigen for antigen, state in states.items() if state is State.SHOWN]
    return Trait(State.SHOWN, (" ".join(absent),)) if len(absent) > 1 else NOT_SHOWN


def _one_antigen(locus: LocusTyping | None) -> State:
    """Whether one antigen alone is expressed; a blank after an antigen does not prove it, nor does a null allele."""
    if locus is None or not locus.is_typed:
        return State.UNDECIDED
    first, second = (value.antigens if value else frozenset[str]() for value in locus.values)
    if any(value is not None and value.kind is ValueKind.NULL for value in locus.values):
        expressed = first | second
        return State.SHOWN if len(expressed) == 1 else State.UNDECIDED
    if not first & second:
        return State.NOT_SHOWN if first and second else State.UNDECIDED
    return State.SHOWN if first == second and len(first) == 1 and not locus.blank else State.UNDECIDED


def _carried(loci: Sequence[LocusTyping | None], reference: Reference) -> Trait:
    """The antigens carried for certain; a locus that is not typed, or may be one of several, leaves the whole open."""
    found: set[str] = set()
    for locus in loci:
        if locus is None or not locus.is_typed:
            return UNDECIDED
        for value in locus.values:
            antigens = value.antigens if value else frozenset[str]()
            if len(antigens) > 1:
                return UNDECIDED
            found |= antigens
    names = sorted(name for name in found if reference.kinds.get(name) != "group_name")
    return Trait(State.SHOWN, tuple(names)) if names else NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Tally:
    """Of how many decided donors, how many show each subject of a rule; a combination counts for whoever lacks more."""

    of: int
    found: Mapping[str, int]

    @property
    def shown(self) -> int:
        """The donors who show the phenotype, of a rule that has one subject."""
        return self.found.get("", 0)

    def standing(self, rule: RareRule, subject: str, least: int) -> Standing:
        """What the count makes of a subject; `least` decided donors are needed to judge a limit."""
        if rule.max_share is None:
            return Standing.LISTED
        if self.of < least:
            return Standing.LISTED if rule.listed_unless_known_common else Standing.TOO_FEW
        return Standing.LISTED if self.found.get(subject, 0) <= rule.max_share * self.of else Standing.COMMON


def tally(rule: RareRule, traits: Iterable[tuple[Trait, int]]) -> Tally:
    """Count the donors by what their typing says; each trait comes with how many donors have it."""
    exact: Counter[str] = Counter()
    of = 0
    for trait, donors in traits:
        if trait.state is State.UNDECIDED:
            continue
        of += donors
        if trait.state is State.SHOWN:
            exact.update(dict.fromkeys(trait.subjects, donors))
    if rule.kind is not Kind.HPA_COMBINATION:
        return Tally(of, exact)
    sets = {subject: frozenset(subject.split()) for subject in exact}
    found = {one: sum(exact[other] for other in exact if sets[one] <= sets[other]) for one in exact}
    return Tally(of, found)


def rare_subjects(rule: RareRule, trait: Trait, counted: Tally, least: int) -> tuple[str, ...]:
    """The subjects of a trait that are rare in the registry; none where the typing does not show the phenotype."""
    if trait.state is not State.SHOWN:
        return ()
    return tuple(one for one in trait.subjects if counted.standing(rule, one, least) is Standing.LISTED)
