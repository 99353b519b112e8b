"""How many people to contact and test for a rare phenotype, and what the results so far say: exact, never bare."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import log1p

from domain.errors import UnusableInput

# scipy.stats is imported where it is used: it takes 0.8 s and 97 MB, and few commands and pages need it.
MOST_TRIALS = 10**9
LONGEST_LOOK_AHEAD = 100_000  # tests: a posterior that needs more says nothing a campaign could plan with
# Two equal chances must not be told apart by the noise of floating point: (1 − 0.1)² is 0.19 short of a bit.
NOISE = 1e-12


@dataclass(frozen=True, slots=True)
class Proportion:
    """`found` out of `of`, both counts: never shown without its denominator and its interval."""

    found: int
    of: int

    @property
    def rate(self) -> float:
        """The share found, from 0 to 1."""
        return self.found / self.of

    def interval(self, level: float) -> tuple[float, float]:
        """The exact (Clopper–Pearson) interval at a confidence level, from 0 to 1."""
        from scipy.stats import binomtest

        ends = binomtest(self.found, self.of).proportion_ci(confidence_level=level, method="exact")
        return float(ends.low), float(ends.high)


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of a share: a beta distribution, from a prior of `prior` finds and `prior` misses."""

    finds: float
    misses: float

    @classmethod
    def after(cls, seen: Proportion, prior: float) -> "Belief":
        """The posterior of what was seen (beta-binomial; Jeffreys' prior is one half)."""
        return cls(seen.found + prior, seen.of - seen.found + prior)

    def chance(self, tests: int, finds: int = 1) -> float:
        """The chance of at least `finds` among that many more tests."""
        from scipy.stats import betabinom

        return float(betabinom.sf(finds - 1, tests, self.finds, self.misses))

    def find_tests(self, chance: float, finds: int = 1) -> int | None:
        """The fewest more tests that give the chance; None where more than LONGEST_LOOK_AHEAD are needed."""
        return _fewest(finds, lambda tests: self.chance(tests, finds) >= chance - NOISE, LONGEST_LOOK_AHEAD)


def count_interval(count: int, spread: float, level: float) -> tuple[float, float]:
    """The exact (Garwood) interval of a Poisson count, widened where its parts vary more than chance.

    `spread` is their variance over their mean, 1 for a plain Poisson count (quasi-Poisson).
    """
    from scipy.stats import chi2

    tail, seen = (1 - level) / 2, count / spread
    low = spread * float(chi2.ppf(tail, 2 * seen)) / 2 if count else 0.0
    return low, spread * float(chi2.isf(tail, 2 * seen + 2)) / 2


def parse_proportion(text: str) -> Proportion:
    """`27/334` from text. Raises UnusableInput for another shape, none tried, or more found than tried."""
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*", text)
    if match is None:
        raise UnusableInput("proportion_unreadable", text=text)
    found, of = int(match[1]), int(match[2])
    if of == 0:
        raise UnusableInput("proportion_of_none", text=text)
    if found > of:
        raise UnusableInput("more_found_than_tried", found=found, of=of)
    return Proportion(found, of)


def parse_share(text: str) -> float:
    """A share above 0 and up to 1, as `0.04`, `0,04` or `4 %`. Raises UnusableInput, 0 and 120 % included."""
    match = re.fullmatch(r"\s*([0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)\s*(%?)\s*", text)
    if match is None:
        raise UnusableInput("share_unreadable", text=text)
    number = float(match[1].replace(",", ".")) / (100 if match[2] else 1)
    if not 0 < number <= 1:
        raise UnusableInput("share_out_of_range", text=text.strip())
    return number


def check_chance(chance: float) -> float:
    """A chance above 0 and below 1: nothing makes a find certain. Raises UnusableInput."""
    if not 0 < chance < 1:
        raise UnusableInput("chance_out_of_range", chance=chance)
    return chance


def trials_needed(share: float, chance: float, finds: int = 1) -> int:
    """The fewest independent trials that give the chance of at least `finds`, each trial finding with that share.

    For one find this is ⌈ln(1 − chance) / ln(1 − share)⌉. Raises UnusableInput where a billion are not enough.
    """
    if share == 1:
        return finds
    if finds == 1:
        exact = log1p(-chance) / log1p(-share)
        if exact <= MOST_TRIALS:
            whole = round(exact)
            return max(1, whole if abs(exact - whole) < 1e-9 * max(1.0, exact) else int(exact) + 1)
    else:
        from scipy.stats import binom

        def enough(trials: int) -> bool:
            return bool(binom.sf(finds - 1, trials, share) >= chance - NOISE)

        if (found := _fewest(finds, enough, MOST_TRIALS)) is not None:
            return found
    raise UnusableInput("too_rare_to_plan", share=share)


def _fewest(least: int, enough: Callable[[int], bool], most: int) -> int | None:
    """The smallest number from `least` to `most` that is enough, where all larger ones are too; None for none."""
    low, high = least - 1, least  # low is not enough, high may be
    while not enough(high):
        if high >= most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def chance_of_finds(share: float, trials: int, finds: int = 1) -> float:
    """The chance of at least `finds` among independent trials, each finding with that share."""
    from scipy.stats import binom

    return float(binom.sf(finds - 1, trials, share))
