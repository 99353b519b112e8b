"""How a serum reacts with one typed value, for one patient under one directive (MATCHING §4)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property

from domain.coverage import Coverage, alleles_by_antigen, coverage, silences
from domain.directive import Specificity, certain_alleles, certain_antigens
from domain.earlier_beads import earlier_step, with_earlier
from domain.epitopes import EpletTable, SerumEplets
from domain.member_reading import BeadRule, Member, MemberReading, summary_of
from domain.profile import Bead, Profile
from domain.reaction import (
    NEGATIVE,
    POSITIVE,
    UNTESTED,
    Basis,
    Ground,
    Reaction,
    Reactivity,
    Step,
    at_least_undecided,
)
from domain.reference import Reference
from domain.typing_text import Kind, TypedValue


class SelfStatus(StrEnum):
    """Whether a bead carries what the patient has."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    FOREIGN = "foreign"


BASIS_OF = {
    BeadRule.ALLELE: Basis.ALLELE,
    BeadRule.ANTIGEN: Basis.ANTIGEN,
    BeadRule.STAND_IN: Basis.ANTIGEN,
    BeadRule.RELATED: Basis.RELATED,
    BeadRule.NONE: Basis.UNTESTED,
}


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
        eplet_table: EpletTable | None = None,
    ) -> None:
        self.profile = profile
        self.reference = reference
        self.patient = tuple(patient)
        self.added = tuple(added)
        self.removed = tuple(removed)
        self.own_alleles = certain_alleles(self.patient)
        self.own_antigens = certain_antigens(self.patient, reference)
        self._broader_own = tuple(value for value in self.patient if value.kind is not Kind.ALLELE)
        beads = [bead for bead in profile.beads if not bead.earlier]
        self._earlier = [bead for bead in profile.beads if bead.earlier]
        self._by_allele = {bead.allele: bead for bead in beads}
        self._by_antigen: dict[str, list[Bead]] = {}
        for bead in beads:
            if bead.antigen is not None:
                self._by_antigen.setdefault(bead.antigen, []).append(bead)
        self._several = tuple(bead for bead in beads if bead.antigen is None)
        self._unseen_own = tuple(
            value for value in self.patient if value.kind is Kind.ALLELE and value.key not in self._by_allele
        )
        self.eplet_table = eplet_table
        self._statuses: dict[str, SelfStatus] = {}
        self._eplets: dict[Specificity | None, SerumEplets] = {}

    def self_status(self, bead: Bead) -> SelfStatus:
        """Whether the bead, the only one of its allele, is certainly, possibly or not the patient's own."""
        known = self._statuses.get(bead.allele)
        if known is None:
            known = self._statuses[bead.allele] = self._status_of(bead)
        return known

    def _status_of(self, bead: Bead) -> SelfStatus:
        if bead.allele in self.own_alleles or (bead.antigens and bead.antigens <= self.own_antigens):
            return SelfStatus.CERTAIN
        if any(bead.antigens & value.antigens for value in self._broader_own):
            return SelfStatus.POSSIBLE
        return SelfStatus.FOREIGN

    def is_removed(self, bead: Bead, also: Specificity | None = None) -> bool:
        """Whether a removed specificity silences the bead: its allele, all of its antigens, or its eplet covered."""
        edits = self.removed if also is None else (*self.removed, also)
        return any(silences(edit, bead.allele, bead.antigens, self.eplet_table) for edit in edits)

    def removed_by(self, bead: Bead) -> tuple[Specificity, ...]:
        """The removed specificities that silence the bead."""
        silencing = (edit for edit in self.removed if silences(edit, bead.allele, bead.antigens, self.eplet_table))
        return tuple(silencing)

    def eplets(self, also_removed: Specificity | None = None) -> SerumEplets | None:
        """What the serum says about eplets (MATCHING §7); None where no table is loaded."""
        if self.eplet_table is not None and also_removed not in self._eplets:
            beads = (bead for bead in self.profile.beads if not bead.earlier)
            foreign = [bead for bead in beads if self.self_status(bead) is SelfStatus.FOREIGN]
            silenced = [bead.allele for bead in foreign if self.is_removed(bead, also_removed)]
            self._eplets[also_removed] = SerumEplets(self.eplet_table, self.patient, foreign, silenced)
        return self._eplets.get(also_removed)

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

    def read(self, value: TypedValue, *, also_removed: Specificity | None = None) -> tuple[MemberReading, ...]:
        """What the rules find for each thing a value may be; nothing for a null allele, which expresses nothing."""
        members = self.members(value)
        found = tuple(self._member(member, also_removed) for member in members)
        return (*found, *self._left_out(value, members, also_removed)) if self._earlier else found

    def _left_out(
        self, value: TypedValue, members: Iterable[Member], also: Specificity | None
    ) -> Iterator[MemberReading]:
        """What earlier sera alone say of the associated antigens that this panel has no bead of."""
        kept = {antigen for member in members for antigen in member.antigens}
        for antigen in () if value.alleles else sorted(value.antigens - kept):
            member = Member(frozenset({antigen}))
            earlier = [] if self._is_own(member) else self._of_earlier(member, also)
            alone = [bead for bead in earlier if bead.antigen == antigen]
            if alone:
                steps = [earlier_step(self._is_certain(bead), bead.mfi, None) for bead in alone]
                yield MemberReading(member, BeadRule.ANTIGEN, Ground(Basis.ANTIGEN), steps, alone, alone, [])

    def react(self, value: TypedValue, *, also_removed: Specificity | None = None) -> Reactivity:
        """The reaction of one value; `also_removed` asks what would be if one more specificity were removed."""
        return summary_of(value, self.read(value, also_removed=also_removed))

    def _by_eplets(
        self, member: Member, steps: list[Step], basis: Basis, also: Specificity | None
    ) -> tuple[list[Step], Ground]:
        """Where the beads leave a member untested, a reactive eplet that it carries makes it undecided."""
        serum = self.eplets(also)
        # What an earlier serum makes positive stays positive, and is not known beyond.
        left = [step for step in steps if step.above is Reaction.UNTESTED and step.below is not Reaction.POSITIVE]
        open_above = min((step.upto_mfi for step in left), default=None)
        if serum is None or open_above is None:
            return steps, Ground(basis)
        limit = serum.limit_mfi(serum.table.of_member(member.allele, member.antigens) or ())
        doubted = [
            Step(Reaction.UNDECIDED, max(step.upto_mfi, limit), Reaction.UNTESTED)
            if step in left
            else step
            for step in steps
        ]
        return doubted, Ground(basis, open_above, limit)

    def _is_own(self, member: Member) -> bool:
        return member.allele in self.own_alleles or member.antigens <= self.own_antigens

    def _member(self, member: Member, also: Specificity | None) -> MemberReading:
        """One member's states, the beads that speak for it, and what that rests on."""
        if self._is_own(member):
            return MemberReading(member, BeadRule.OWN, Ground(Basis.OWN), [NEGATIVE], [], [], [])
        found, rule = self._find_beads(member)
        earlier = self._of_earlier(member, also)
        if earlier and rule is BeadRule.RELATED:  # its own bead of an earlier serum goes before its relatives
            found, rule = [], BeadRule.ANTIGEN
        related = rule is BeadRule.RELATED
        shown = (
            []
            if related
            else [
                bead
                for bead in found
                if self.self_status(bead) is not SelfStatus.CERTAIN and not self.is_removed(bead, also)
            ]
        )
        added, may_be_added = self._covering(member, Coverage.ALL), self._covering(member, Coverage.SOME)
        shown, seen = [*shown, *earlier], [*found, *earlier]
        if added is not None:
            return MemberReading(member, rule, Ground(Basis.DIRECTIVE), [POSITIVE], seen, shown, [], added=added)
        steps = [self._bead_step(bead, related, also) for bead in found] or [UNTESTED]
        steps = with_earlier(steps, [(self._is_certain(bead), bead.mfi) for bead in earlier])
        doubtful = self._passing(member, found, also)
        steps.extend(Step(Reaction.UNDECIDED, bead.mfi, None) for bead in doubtful)
        unseen = self._unseen(member, steps)
        steps.extend(unseen)
        if may_be_added is not None:
            steps, ground = [at_least_undecided(step) for step in steps], Ground(Basis.DIRECTIVE)
        else:
            removed = any(self.is_removed(bead, also) for bead in found)
            steps, ground = self._by_eplets(member, steps, Basis.DIRECTIVE if removed else BASIS_OF[rule], also)
        return MemberReading(member, rule, ground, steps, seen, shown, doubtful, bool(unseen), None, may_be_added)

    def _find_beads(self, member: Member) -> tuple[list[Bead], BeadRule]:
        """The first of the five rules that finds beads for a member."""
        if member.allele in self._by_allele:
            return [self._by_allele[member.allele]], BeadRule.ALLELE
        if beads := self._beads_of(member.antigens):
            return beads, BeadRule.ANTIGEN
        if beads := self._beads_of(self._stand_ins(member)):
            return beads, BeadRule.STAND_IN
        beads = self._beads_of(self._relatives(member))
        return beads, BeadRule.RELATED if beads else BeadRule.NONE

    def _stand_ins(self, member: Member) -> set[str]:
        return {name for antigen in member.antigens for name in self.reference.stand_ins.get(antigen, ())}

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

    def _passing(self, member: Member, used: list[Bead], also: Specificity | None) -> list[Bead]:
        """Beads with several possible antigens cast doubt on every member that they may be, unless already used."""
        return [
            bead
            for bead in self._several
            if bead.antigens & member.antigens
            and bead not in used
            and self.self_status(bead) is not SelfStatus.CERTAIN
            and not self.is_removed(bead, also)
        ]

    def _of_earlier(self, member: Member, also: Specificity | None) -> list[Bead]:
        """The beads of earlier sera alone that speak against a member, the surest and highest first."""
        found = [
            bead
            for bead in self._earlier
            if self._speaks_for(bead, member)
            and self.self_status(bead) is not SelfStatus.CERTAIN
            and not self.is_removed(bead, also)
        ]
        return sorted(found, key=lambda bead: (self._is_certain(bead), bead.mfi), reverse=True)

    def _is_certain(self, bead: Bead) -> bool:
        return self.self_status(bead) is SelfStatus.FOREIGN and bead.antigen is not None

    def _speaks_for(self, bead: Bead, member: Member) -> bool:
        if bead.allele == member.allele:
            return True
        antigens = set(member.antigens)
        if not self._beads_of(antigens):  # rule 3
            antigens |= self._stand_ins(member)
        return member.allele not in self._by_allele and bool(bead.antigens & antigens)

    def _unseen(self, member: Member, steps: list[Step]) -> list[Step]:
        """A positive antigen that the patient's own allele could be, when no bead shows that allele."""
        if member.allele is not None or not any(value.antigens & member.antigens for value in self._unseen_own):
            return []
        positive = [step.upto_mfi for step in steps if step.below is Reaction.POSITIVE and step.above is not None]
        return [Step(Reaction.UNDECIDED, min(positive), None)] if positive else []

    def _covering(self, member: Member, how: Coverage) -> Specificity | None:
        """The first added specificity that covers a member just so."""
        return next((edit for edit in self.added if self._coverage(edit, member) is how), None)

    def _coverage(self, edit: Specificity, member: Member) -> Coverage:
        panel: Iterable[str] = ()
        others: Iterable[str] = ()
        if edit.eplet and self.eplet_table is not None and member.allele not in self.eplet_table.alleles:
            panel = [bead.allele for bead in self._beads_of(member.antigens)]
            others = [allele for antigen in member.antigens for allele in self._listed.get(antigen, ())]
        table = self.eplet_table
        return coverage(edit, member.allele, member.antigens, table=table, panel=panel, others=others)

    @cached_property
    def _listed(self) -> Mapping[str, Sequence[str]]:
        """The alleles of the eplet table by the antigens that they may have."""
        return {} if self.eplet_table is None else alleles_by_antigen(self.eplet_table, self.reference)

    def additions_on(self, value: TypedValue) -> tuple[Specificity, ...]:
        """The added specificities that cover, or may cover, something that the value may be and is not own."""
        members = [member for member in self.members(value) if not self._is_own(member)]
        return tuple(edit for edit in self.added if any(self._coverage(edit, member) for member in members))
