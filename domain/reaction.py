"""The reaction of a typed value over all thresholds at once, and on what it rests (MATCHING §4).

A bead, and so a value, changes its reaction only where the threshold passes an MFI. A member's state is
therefore kept as steps (`below` up to an MFI, `above` beyond it), from which the reaction at any threshold and
the bounds that the matching engine needs follow without trying thresholds one by one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from math import inf

from domain.profile import Bead
from domain.typing_text import TypedValue


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
    EPLET = 5
    UNTESTED = 6
    DIRECTIVE = 7
    NULL = 8


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
class Ground:
    """What one member's reaction rests on; where above_mfi < T ≤ upto_mfi, on a reactive eplet alone."""

    basis: Basis
    eplet_above_mfi: float = inf
    eplet_upto_mfi: float = 0.0

    def at(self, threshold_mfi: float) -> Basis:
        """The basis at one threshold."""
        return Basis.EPLET if self.eplet_above_mfi < threshold_mfi <= self.eplet_upto_mfi else self.basis


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
    grounds: tuple[Ground, ...]
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

    def basis_at(self, threshold_mfi: float) -> Basis:
        """The weakest that the members rest on at one threshold; several are at best a group, unless all are own."""
        basis = max(ground.at(threshold_mfi) for ground in self.grounds)
        return max(basis, Basis.GROUP) if len(self.grounds) > 1 and basis is not Basis.OWN else basis

    def at(self, threshold_mfi: float) -> Reaction:
        """The reaction at one threshold."""
        if self.positive_above_mfi < threshold_mfi <= self.positive_upto_mfi:
            return Reaction.POSITIVE
        if threshold_mfi > self.negative_above_mfi:
            return Reaction.NEGATIVE
        return Reaction.UNTESTED if threshold_mfi > self.untested_above_mfi else Reaction.UNDECIDED


def summarise(
    value: TypedValue, steps: Iterable[Step], beads: Iterable[Bead], grounds: Iterable[Ground]
) -> Reactivity:
    """All members' states as one value: all positive, all negative, all untested, otherwise undecided."""
    steps = tuple(steps)
    finals = {step.above for step in steps} - {None}
    last_change = max((step.upto_mfi for step in steps), default=0.0)
    reactive = [step for step in steps if step.below is Reaction.POSITIVE]
    positive = [step.upto_mfi for step in reactive if step.above is not None or step.upto_mfi == inf]
    passing = [step.upto_mfi for step in steps if step.below is Reaction.UNDECIDED and step.above is None]
    all_positive = bool(positive) and len(reactive) + len(passing) == len(steps)
    return Reactivity(
        value=value,
        steps=steps,
        beads=tuple(sorted(beads, key=lambda bead: bead.allele)),
        grounds=tuple(grounds),
        positive_above_mfi=max(passing, default=0.0) if all_positive else inf,
        positive_upto_mfi=min(positive) if all_positive else 0.0,
        negative_above_mfi=last_change if finals <= {Reaction.NEGATIVE} else inf,
        untested_above_mfi=last_change if finals == {Reaction.UNTESTED} else inf,
    )


def at_least_undecided(step: Step) -> Step:
    """Positive stays positive; negative and untested become undecided."""
    weak = {Reaction.NEGATIVE, Reaction.UNTESTED}
    above = Reaction.UNDECIDED if step.above in weak else step.above
    below = Reaction.UNDECIDED if step.below in weak else step.below
    return Step(below, step.upto_mfi, above)
