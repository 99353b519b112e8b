"""What the rules found for one thing a value may be: the steps that a reaction is the summary of (MATCHING §4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.directive import Specificity
from domain.profile import Bead
from domain.reaction import NEGATIVE, Basis, Ground, Reaction, Reactivity, Step, summarise
from domain.typing_text import TypedValue


class BeadRule(StrEnum):
    """The first of the rules that found beads for a member, or why none was looked for."""

    OWN = "own"
    ALLELE = "allele"
    ANTIGEN = "antigen"
    STAND_IN = "stand_in"
    RELATED = "related"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Member:
    """One thing a value may be: an expressed allele, or an antigen."""

    antigens: frozenset[str]
    allele: str | None = None

    @property
    def name(self) -> str:
        """The allele, or the antigens of a member that is no allele."""
        return self.allele or " ".join(sorted(self.antigens))


@dataclass(frozen=True, slots=True)
class MemberReading:
    """The states of one member over all thresholds, with everything they come from.

    `found`: the beads of the rule. `shown`: those of them that count for `low` and `high`. `doubtful`: beads of
    several possible antigens that cast doubt on the member. `unseen`: the patient's own allele, which no bead shows,
    could be it. `added`, `may_be_added`: the added specificity that covers, or may cover, the member.
    """

    member: Member
    rule: BeadRule
    ground: Ground
    steps: list[Step]
    found: list[Bead]
    shown: list[Bead]
    doubtful: list[Bead]
    unseen: bool = False
    added: Specificity | None = None
    may_be_added: Specificity | None = None

    def states_at(self, threshold_mfi: float) -> frozenset[Reaction]:
        """The states at one threshold."""
        return frozenset(state for step in self.steps if (state := step.at(threshold_mfi)) is not None)

    def reaction_at(self, threshold_mfi: float) -> Reaction:
        """The reaction of the member alone: its one state, or undecided."""
        states = self.states_at(threshold_mfi)
        return next(iter(states)) if len(states) == 1 else Reaction.UNDECIDED

    def bead_states(self, threshold_mfi: float) -> list[tuple[Bead, Reaction | None]]:
        """Each bead looked at and the state it gives the member at one threshold; None where it gives none."""
        if self.added is not None or self.rule is BeadRule.OWN:
            return [(bead, None) for bead in self.found]
        first_doubtful = max(1, len(self.found))  # without beads, the first step says untested
        steps = [*self.steps[: len(self.found)], *self.steps[first_doubtful:]]
        beads = (*self.found, *self.doubtful)
        return [(bead, step.at(threshold_mfi)) for bead, step in zip(beads, steps, strict=False)]


def summary_of(value: TypedValue, members: Iterable[MemberReading]) -> Reactivity:
    """The reaction of a value from what the rules found for each of its members; without any it is negative."""
    members = tuple(members)
    if not members:
        return summarise(value, (NEGATIVE,), (), (Ground(Basis.NULL),))
    beads = {bead.allele: bead for one in members for bead in one.shown}
    return summarise(
        value, [step for one in members for step in one.steps], beads.values(), [one.ground for one in members]
    )
