"""Eligible days of synthetic donors: the rules are asked once for each distinct fact, not once for each donor.

Each rule refuses days on one group of facts alone (age; body; donations), so a donor's days are those that
all three groups leave.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

import numpy as np

from domain.eligibility import DonorHealth, EligibilityRules, eligible_window
from domain.windows import Window
from services.synthetic.registry import EPOCH, Array, Block, Vocabulary

NEVER_DAY = 65_535  # never eligible (from), no limit (until)
# Facts that refuse nothing but by age, so that a question can be about one other group of facts alone.
SOUND = DonorHealth(birth_date=date(1990, 1, 1))

Days = tuple[int, int]


@dataclass(frozen=True, slots=True)
class EligibleDays:
    """From which day, and until which day (exclusive), each donor of a block may give; days since 1970-01-01."""

    from_day: Array
    until_day: Array


class EligibilityTable:
    """Answers of the rules, kept from block to block."""

    def __init__(self, vocabulary: Vocabulary, rules: EligibilityRules) -> None:
        self._kinds = vocabulary.donation
        self._rules = rules
        self._of_sound = _days(eligible_window(SOUND, rules))
        # A method's cache would outlive the table.
        self._by_age = cache(self._days_by_age)
        self._by_body = cache(self._days_by_body)
        self._by_donations = cache(self._days_by_donations)

    def days(self, block: Block) -> EligibleDays:
        """The window of each donor of a block, whatever their status and consent."""
        spans = (
            _for_each(self._by_age, block.birth_day),
            _for_each(self._by_body, block.weight_kg, block.platelet_count),
            _for_each(self._by_donations, block.last_donation_day, block.donation, block.donations_12m),
        )
        from_day = np.max([span[:, 0] for span in spans], axis=0)
        until_day = np.min([span[:, 1] for span in spans], axis=0)
        never = from_day >= until_day
        from_day[never], until_day[never] = NEVER_DAY, NEVER_DAY
        return EligibleDays(from_day.astype(np.uint16), until_day.astype(np.uint16))

    def _days_by_age(self, birth_day: int) -> Days:
        return _days(eligible_window(replace(SOUND, birth_date=_date(birth_day)), self._rules))

    def _days_by_body(self, weight_kg: int, platelet_count: int) -> Days:
        health = replace(SOUND, weight_kg=weight_kg or None, platelet_count=platelet_count or None)
        return self._days_beyond_age(health)

    def _days_by_donations(self, last_day: int, kind: int, given: int) -> Days:
        health = replace(
            SOUND,
            last_donation_on=_date(last_day) if last_day else None,
            last_donation_type=(self._kinds[kind] or None) if last_day else None,
            donations_12m=given,
        )
        return self._days_beyond_age(health)

    def _days_beyond_age(self, health: DonorHealth) -> Days:
        """What these facts leave; a bound that the age alone explains is no bound."""
        from_day, until_day = _days(eligible_window(health, self._rules))
        bound_from, bound_until = self._of_sound
        return 0 if from_day == bound_from else from_day, NEVER_DAY if until_day == bound_until else until_day


def _for_each(days_of: Callable[..., Days], *facts: Array) -> Array:
    """First and last-plus-one eligible day of each donor, asked once for each distinct combination of facts."""
    code = np.zeros(len(facts[0]), dtype=np.int64)
    for fact in facts:  # every fact fits 16 bits
        code = code * 65_536 + fact
    _, example, place = np.unique(code, return_index=True, return_inverse=True)
    rows = np.stack([fact[example] for fact in facts], axis=1).astype(np.int64).tolist()
    return np.array([days_of(*row) for row in rows], dtype=np.int64)[place]


def _days(window: Window) -> Days:
    if window.from_on is None:
        return NEVER_DAY, NEVER_DAY
    until = NEVER_DAY if window.until_on is None else (window.until_on - EPOCH).days
    return max((window.from_on - EPOCH).days, 0), until


def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)
