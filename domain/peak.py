"""The highest MFI of each bead over several sera of a patient (a peak), and which sera may be combined."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.errors import UnusableInput
from domain.profile import Bead, Profile

CURRENT, PEAK = "current", "peak"
LEAST_MONTHS, MOST_MONTHS = 1, 120
# What laboratories write for a serum that nothing was done to.
NEAT = frozenset({"", "-", "neat", "none", "undiluted", "untreated", "pur", "aucun", "non dilué", "non traité"})


@dataclass(frozen=True, slots=True)
class SerumRule:
    """Whether one serum is read, or the peak over the months before the day asked."""

    serum: str = CURRENT
    peak_months: int | None = None

    @property
    def is_peak(self) -> bool:
        """Whether several sera are combined."""
        return self.serum == PEAK


CURRENT_SERUM = SerumRule()


def parse_serum_rule(serum: str, peak_months: int | None) -> SerumRule:
    """`current`, or `peak` with 1 to 120 months. Raises UnusableInput."""
    if serum not in (CURRENT, PEAK):
        raise UnusableInput("serum_rule_unknown", serum=serum)
    if serum == CURRENT:
        if peak_months is not None:
            raise UnusableInput("peak_months_without_peak", months=peak_months)
        return CURRENT_SERUM
    if peak_months is None or not LEAST_MONTHS <= peak_months <= MOST_MONTHS:
        raise UnusableInput("peak_months_unusable", least=LEAST_MONTHS, most=MOST_MONTHS)
    return SerumRule(PEAK, peak_months)


def same_treatment(one: str, other: str) -> bool:
    """Whether two sera were prepared alike: in the same words, a serum without any being neat."""
    return _treatment(one) == _treatment(other)


def _treatment(text: str) -> str:
    words = " ".join(text.casefold().split())
    return "" if words in NEAT else words


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, the last of a shorter month; no earlier than the calendar begins."""
    if (day.year - 1) * 12 + day.month - 1 < months:
        return date.min
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(years, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def peak_profile(sera: Sequence[tuple[str, Profile]]) -> Profile:
    """The highest MFI of each allele over named profiles, each bead naming its serum; of equals the first.

    The first profile is that of the serum read: a bead that it lacks is kept and marked `earlier`.
    """
    panel = {bead.allele for _, profile in sera[:1] for bead in profile.beads}
    highest: dict[str, Bead] = {}
    seen: dict[str, int] = {}
    for name, profile in sera:
        for bead in profile.beads:
            seen[bead.allele] = seen.get(bead.allele, 0) + 1
            known = highest.get(bead.allele)
            if known is None or bead.mfi > known.mfi:
                highest[bead.allele] = replace(bead, serum=name, earlier=bead.allele not in panel)
    issues = tuple(one for _, profile in sera for one in profile.issues)
    alone = sum(1 for count in seen.values() if count < len(sera))
    return Profile(tuple(highest.values()), issues, alone)
