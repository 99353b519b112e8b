"""Two looks at all donors brought to one list of ids, so that each standing search compares its own in a few passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domain.reference import LOCI
from services.matching.index import NEVER_DAY, Array
from services.standing_searches.facts import TEXTS_OF, Facts, code_map, positions


@dataclass(frozen=True)
class Between:
    """The donors of either look, by ascending id; what is asked of a donor who was not there then is false or 0.

    `touched` are the ids of those whose record somebody changed in between: it is asked only where the nomenclature
    or the eligibility rules changed, to tell their work from a person's. `deferred` are those deferred now.
    """

    before: Facts
    after: Facts
    touched: Array
    deferred: Array

    @property
    def tables_changed(self) -> bool:
        """Whether every donor was read anew."""
        return (self.before.reference, self.before.codes) != (self.after.reference, self.after.codes)

    @cached_property
    def ids(self) -> Array:
        """The ids of all."""
        return np.union1d(self.before.ids, self.after.ids)

    @cached_property
    def at_before(self) -> tuple[Array, Array]:
        """Where each stood before, and whether."""
        return positions(self.before.ids, self.ids)

    @cached_property
    def at_after(self) -> tuple[Array, Array]:
        """Where each stands now, and whether."""
        return positions(self.after.ids, self.ids)

    @cached_property
    def there_before(self) -> Array:
        """Whether searches saw each donor before."""
        return self.at_before[1]

    @cached_property
    def there_after(self) -> Array:
        """Whether searches see each donor now."""
        return self.at_after[1]

    @cached_property
    def both(self) -> Array:
        """Whether searches saw each donor at both looks."""
        return self.there_before & self.there_after

    @cached_property
    def is_touched(self) -> Array:
        """Whether somebody changed each donor's record."""
        return np.isin(self.ids, self.touched)

    @cached_property
    def is_deferred(self) -> Array:
        """Whether each donor is deferred now."""
        return np.isin(self.ids, self.deferred)

    @cached_property
    def days(self) -> tuple[Array, Array]:
        """The first day of each before and now."""
        return self.spread_before(self.before.first_day), self.spread_after(self.after.first_day)

    @cached_property
    def eligible(self) -> tuple[Array, Array]:
        """Whether each might give on the day of the look before, and may on that of this one."""
        return self.spread_before(self.before.eligible), self.spread_after(self.after.eligible)

    @cached_property
    def dated(self) -> tuple[Array, Array]:
        """Whether each had then, and has now, any day on which they may give."""
        before, after = (days != NEVER_DAY for days in self.days)
        return before & self.there_before, after & self.there_after

    @cached_property
    def moved_by_rules(self) -> Array:
        """Whether the first day of each was worked out anew under other eligibility rules, and nobody changed it."""
        if self.before.rules == self.after.rules:
            return np.zeros(len(self.ids), dtype=bool)
        return self.both & ~self.is_touched

    @cached_property
    def same_typing(self) -> Array:
        """Whether each donor's HLA, HPA, CD36 and ABO are as they were; false for who was not seen at both looks.

        Where every donor was read anew under another nomenclature, the typing of whoever nobody changed is the same,
        whatever it is now read as.
        """
        same = self.both.copy()
        at = np.flatnonzero(same)
        old, new = self.at_before[0][at], self.at_after[0][at]
        for before, after in self._typed():
            same[at] &= before[old] == after[new]
        if self.tables_changed:
            same |= self.both & ~self.is_touched
        return same

    def _typed(self) -> list[tuple[Array, Array]]:
        """For each locus and system, the codes before in the words of now, and the codes now."""
        maps = {name: code_map(self.before.texts[name], new) for name, new in self.after.texts.items()}
        hla = [(maps[locus][self.before.pairs[row]], self.after.pairs[row]) for row, locus in enumerate(LOCI)]
        rest = [(maps[of][self.before.typed[row]], self.after.typed[row]) for row, of in enumerate(TEXTS_OF)]
        return hla + rest

    @cached_property
    def regions(self) -> tuple[tuple[str, ...], Array, Array]:
        """The names of all regions, and the code of each donor's before and now."""
        names = tuple(sorted({*self.before.regions, *self.after.regions}))
        old, new = code_map(self.before.regions, names), code_map(self.after.regions, names)
        return names, self.spread_before(old[self.before.region]), self.spread_after(new[self.after.region])

    @cached_property
    def kept_for(self) -> tuple[Array, Array]:
        """The day each was kept for before and is now, 0 where for none."""
        return self.before.reserved(self.ids), self.after.reserved(self.ids)

    def spread_before(self, values: Array) -> Array:
        """Values of the donors of the look before, over all."""
        return _spread(values, *self.at_before)

    def spread_after(self, values: Array) -> Array:
        """Values of the donors of now, over all."""
        return _spread(values, *self.at_after)

    def typing_changes(self, at: int) -> Mapping[str, tuple[str, str]]:
        """For one donor of both looks, what each locus and system was and is, where that differs."""
        old = self.before.typing(int(self.at_before[0][at]))
        new = self.after.typing(int(self.at_after[0][at]))
        return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def _spread(values: Array, at: Array, there: Array) -> Array:
    found = values[at] if len(values) else np.zeros(len(at), dtype=values.dtype)
    found[~there] = 0
    return found
