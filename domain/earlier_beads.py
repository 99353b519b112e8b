"""What the beads of earlier sera add to one member: each speaks up to its MFI, and clears nothing beyond it."""

from collections.abc import Iterable, Sequence

from domain.reaction import UNTESTED, Reaction, Step


def with_earlier(steps: Sequence[Step], beads: Iterable[tuple[bool, float]]) -> list[Step]:
    """The steps of the serum read with those of earlier beads, each as (whether it is certain, its MFI)."""
    # A doubt beside beads that are all positive would make of blocked possible.
    positive = all(step.below is Reaction.POSITIVE for step in steps)
    found = list(steps)
    for certain, mfi in beads:
        if found == [UNTESTED]:
            found = [earlier_step(certain, mfi, Reaction.UNTESTED)]
        else:
            found.append(earlier_step(certain or positive, mfi, None))
    return found


def earlier_step(certain: bool, mfi: float, above: Reaction | None) -> Step:
    """Positive up to the MFI, undecided where the bead may be something else or the patient's own; then `above`."""
    return Step(Reaction.POSITIVE if certain else Reaction.UNDECIDED, mfi, above)
