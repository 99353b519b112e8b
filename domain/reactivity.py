"""How a serum reacts with one typed value, at every threshold at once (MATCHING §4).

A bead, and so a value, changes its reaction only where the threshold passes an MFI. A member's state is
therefore kept as steps (`below` up to an MFI, `above` beyond it), from which the reaction at any threshold and
the bounds that the matching engine needs follow without trying thresholds one by one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from math import inf

from domain.directive import Specificity, certain_alleles, certain_antigens
from domain.profile import Bead, Profile
from domain.reference import Reference
from domain.typing_text import Kind, TypedValue


class Reaction(StrEnum):
    """What the serum does to a typed value at one threshold."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNDECIDED = "undecided"
    UNTESTED = "untested"


class Basis(IntEnum):
    """On what a reaction rests, from the strongest to the weakest; the last two stand apart."""

    OWN = 0
    ALLELE = 1
    ANTIGEN = 2
    GROUP = 3
    RELATED = 4
    UNTESTED = 5
    DIRECTIVE = 6
    NULL = 7


class SelfStatus(StrEnum):
    """Whether a bead carries what the patient has."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Step:
    """`below` at every threshold up to and including `upto_mfi`, `above` beyond; None is no state at all."""

    below: Reaction | None
    upto_mfi: float
    above: Reaction | None

    def at(self, threshold_mfi: float) -> Reaction | None:
        """The state at one threshold."""
        return self.below if threshold_mfi <= self.upto_mfi else self.above


NEGATIVE = Step(None, 0.0, Reaction.NEGATIVE)
UNTESTED = Step(None, 0.0, Reaction.UNTESTED)
POSITIVE = Step(Reaction.POSITIVE, inf, None)


@dataclass(frozen=True, slots=True)
class Reactivity:
    """The reaction of one value over all thresholds, with the beads it rests on.

    The value is positive where positive_above_mfi < T ≤ positive_upto_mfi, negative where T > negative_above_mfi,
    untested where T > untested_above_mfi (infinity: never), undecided elsewhere. `low` and `high` are MFI, None
    without beads.
    """

    value: TypedValue
    steps: tuple[Step, ...]
    beads: tuple[Bead, ...]
    basis: Basis
    positive_above_mfi: float
    positive_upto_mfi: float
    negative_above_mfi: float
    untested_above_mfi: float

    @property
    def low(self) -> float | None:
        """The lowest MFI of the value's beads."""
        return min((bead.mfi for bead in self.beads), default=None)

    @property
    def high(self) -> float | None:
        """The highest MFI of the value's beads."""
        return max((bead.mfi for bead in self.beads), default=None)

    def at(self, threshold_mfi: float) -> Reaction:
        """The reaction at one threshold."""
        if self.positive_above_mfi < threshold_mfi <= self.positive_upto_mfi:
            return Reaction.POSITIVE
        if threshold_mfi > self.negative_above_mfi:
            return Reaction.NEGATIVE
        return Reaction.UNTESTED if threshold_mfi > self.untested_above_mfi else Reaction.UNDECIDED


def summarise(value: TypedValue, steps: Iterable[Step], beads: Iterable[Bead], basis: Basis) -> Reactivity:
    """All members' states as one value: all positive, all negative, all untested, otherwise undecided."""
    steps = tuple(steps)
    finals = {step.above for step in steps} - {None}
    last_change = max((step.upto_mfi for step in steps), default=0.0)
    positive = [step.upto_mfi for step in steps if step.below is Reaction.POSITIVE]
    passing = [step.upto_mfi for step in steps if step.below is Reaction.UNDECIDED and step.above is None]
    all_positive = bool(positive) and len(positive) + len(passing) == len(steps)
    return Reactivity(
        value=value,
        steps=steps,
        beads=tuple(sorted(beads, key=lambda bead: bead.allele)),
        basis=basis,
        positive_above_mfi=max(passing, default=0.0) if all_positive else inf,
        positive_upto_mfi=min(positive) if all_positive else 0.0,
        negative_above_mfi=last_change if finals <= {Reaction.NEGATIVE} else inf,
        untested_above_mfi=last_change if finals == {Reaction.UNTESTED} else inf,
    )


@dataclass(frozen=True, slots=True)
class Member:
    """One thing a value may be: an expressed allele, or an antigen."""

    antigens: frozenset[str]
    allele: str | None = None


class SerumReading:
    """A profile read for one patient under one directive; `react` gives the reactivity of any typed value."""

    def __init__(
        self,
        profile: Profile,
        patient: Iterable[TypedValue],
        reference: Reference,
        *,
        added: Iterable[Specificity] = (),
        removed: Iterable[Specificity] = (),
    ) -> None:
        self.profile = profile
        self.reference = reference
        self.patient = tuple(patient)
        self.added = tuple(added)
        self.removed = tuple(removed)
        self.own_alleles = certain_alleles(self.patient)
        self.own_antigens = certain_antigens(self.patient, reference)
        self._broader_own = tuple(value for value in self.patient if value.kind is not Kind.ALLELE)
        self._by_allele = {bead.allele: bead for bead in profile.beads}
        self._by_antigen: dict[str, list[Bead]] = {}
        for bead in profile.beads:
            if bead.antigen is not None:
                self._by_antigen.setdefault(bead.antigen, []).append(bead)
        self._several = tuple(bead for bead in profile.beads if bead.antigen is None)
        self._unseen_own = tuple(
            value for value in self.patient if value.kind is Kind.ALLELE and value.key not in self._by_allele
        )

    def self_status(self, bead: Bead) -> SelfStatus:
        """Whether the bead is certainly, possibly or not the patient's own."""
        if bead.allele in self.own_alleles or (bead.antigens and bead.antigens <= self.own_antigens):
            return SelfStatus.CERTAIN
        if any(bead.antigens & value.antigens for value in self._broader_own):
            return SelfStatus.POSSIBLE
        return SelfStatus.FOREIGN

    def is_removed(self, bead: Bead, also: Specificity | None = None) -> bool:
        """Whether a removed specificity silences the bead: all of its antigens covered, or the allele itself."""
        edits = self.removed if also is None else (*self.removed, also)
        return any(bead.allele == edit.allele if edit.allele else bead.antigens <= edit.covered for edit in edits)

    def members(self, value: TypedValue) -> tuple[Member, ...]:
        """What a value may be; an associated antigen without a bead of its own is dropped unless it is alone."""
        if value.kind in {Kind.ALLELE, Kind.LIST}:
            return tuple(Member(self.reference.antigens_of_allele(allele)[0], allele) for allele in value.alleles)
        kept = [
            antigen
            for antigen in sorted(value.antigens)
            if self.reference.kinds.get(antigen) != "associated" or antigen in self._by_antigen
        ]
        return tuple(Member(frozenset({antigen})) for antigen in kept or sorted(value.antigens))

    def react(self, value: TypedValue, *, also_removed: Specificity | None = None) -> Reactivity:
        """The reaction of one value; `also_removed` asks what would be if one more specificity were removed."""
        members = self.members(value)
        if not members:
            return summarise(value, (NEGATIVE,), (), Basis.NULL)
        steps: list[Step] = []
        beads: dict[str, Bead] = {}
        basis = Basis.OWN
        for member in members:
            found, used, rests_on = self._member(member, also_removed)
            steps.extend(found)
            beads.update({bead.allele: bead for bead in used})
            basis = max(basis, rests_on)
        if len(members) > 1 and basis is not Basis.OWN:
            basis = max(basis, Basis.GROUP)
        return summarise(value, steps, beads.values(), basis)

    def _is_own(self, member: Member) -> bool:
        return member.allele in self.own_alleles or member.antigens <= self.own_antigens

    def _member(self, member: Member, also: Specificity | None) -> tuple[list[Step], list[Bead], Basis]:
        """One member's states, the beads that speak for it, and what that rests on."""
        if self._is_own(member):
            return [NEGATIVE], [], Basis.OWN
        found, basis = self._find_beads(member)
        related = basis is Basis.RELATED
        shown = (
            []
            if related
            else [
                bead
                for bead in found
                if self.self_status(bead) is not SelfStatus.CERTAIN and not self.is_removed(bead, also)
            ]
        )
        if any(self._covers(edit, member) for edit in self.added):
            return [POSITIVE], shown, Basis.DIRECTIVE
        steps = [self._bead_step(bead, related, also) for bead in found] or [UNTESTED]
        steps.extend(self._passing(member, found, also))
        steps.extend(self._unseen(member, steps))
        if any(self._may_cover(edit, member) for edit in self.added):
            return [_at_least_undecided(step) for step in steps], shown, Basis.DIRECTIVE
        if any(self.is_removed(bead, also) for bead in found):
            basis = Basis.DIRECTIVE
        return steps, shown, basis

    def _find_beads(self, member: Member) -> tuple[list[Bead], Basis]:
        """The first of the five rules that finds beads for a member."""
        if member.allele in self._by_allele:
            return [self._by_allele[member.allele]], Basis.ALLELE
        stand_ins = {name for antigen in member.antigens for name in self.reference.stand_ins.get(antigen, ())}
        for antigens in (member.antigens, stand_ins):
            beads = self._beads_of(antigens)
            if beads:
                return beads, Basis.ANTIGEN
        beads = self._beads_of(self._relatives(member))
        return beads, Basis.RELATED if beads else Basis.UNTESTED

    def _relatives(self, member: Member) -> frozenset[str]:
        """Associated antigens of the member, and all that its parents stand for."""
        related: set[str] = set()
        for antigen in member.antigens:
            related.update(self.reference.associated.get(antigen, ()))
            for parent in self.reference.parents.get(antigen, ()):
                related |= self.reference.closure(parent)
        return frozenset(related)

    def _beads_of(self, antigens: Iterable[str]) -> list[Bead]:
        return [bead for antigen in sorted(antigens) for bead in self._by_antigen.get(antigen, ())]

    def _bead_step(self, bead: Bead, related: bool, also: Specificity | None) -> Step:
        status = self.self_status(bead)
        if status is SelfStatus.CERTAIN or self.is_removed(bead, also):
            return UNTESTED if related else NEGATIVE
        positive = status is SelfStatus.FOREIGN and not related
        below = Reaction.POSITIVE if positive else Reaction.UNDECIDED
        return Step(below, bead.mfi, Reaction.UNTESTED if related else Reaction.NEGATIVE)

    def _passing(self, member: Member, used: list[Bead], also: Specificity | None) -> list[Step]:
        """Beads with several possible antigens cast doubt on every member that they may be, unless already used."""
        return [
            Step(Reaction.UNDECIDED, bead.mfi, None)
            for bead in self._several
            if bead.antigens & member.antigens
            and bead not in used
            and self.self_status(bead) is not SelfStatus.CERTAIN
            and not self.is_removed(bead, also)
        ]

    def _unseen(self, member: Member, steps: list[Step]) -> list[Step]:
        """A positive antigen that the patient's own allele could be, when no bead shows that allele."""
        if member.allele is not None or not any(value.antigens & member.antigens for value in self._unseen_own):
            return []
        positive = [step.upto_mfi for step in steps if step.below is Reaction.POSITIVE]
        return [Step(Reaction.UNDECIDED, min(positive), None)] if positive else []

    def _covers(self, edit: Specificity, member: Member) -> bool:
        if edit.allele is not None:
            return member.allele == edit.allele
        return member.antigens <= edit.covered

    def _may_cover(self, edit: Specificity, member: Member) -> bool:
        if edit.allele is not None and member.allele is not None:
            return False
        return bool(member.antigens & edit.covered)


def _at_least_undecided(step: Step) -> Step:
    """Positive stays positive; negative and untested become undecided."""
    weak = {Reaction.NEGATIVE, Reaction.UNTESTED}
    above = Reaction.UNDECIDED if step.above in weak else step.above
    below = Reaction.UNDECIDED if step.below in weak else step.below
    return Step(below, step.upto_mfi, above)
