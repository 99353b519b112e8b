"""The few donors whom crossmatches and past increments set apart, found in the index by row."""

from collections.abc import Mapping

import numpy as np

from domain.evidence import NEUTRAL_PLACE, STANCE_PLACES, Stance
from services.matching.index import Array, RegistryIndex


class Weighed:
    """Donor rows before or behind the others, ascending, each with its place in `STANCE_PLACES`.

    `stances` is by donor id.
    """

    def __init__(self, index: RegistryIndex, stances: Mapping[int, Stance]) -> None:
        self.index = index
        places = {id_: place for id_, stance in stances.items() if (place := STANCE_PLACES[stance]) != NEUTRAL_PLACE}
        self._rows = np.zeros(0, dtype=np.int64)
        if places:
            self._rows = np.flatnonzero(np.isin(index.donor_id, list(places)))
        self._places = np.array([places[int(index.donor_id[row])] for row in self._rows], dtype=np.int64)

    @property
    def any(self) -> bool:
        """Whether any donor of the index is set apart."""
        return bool(len(self._rows))

    @property
    def held(self) -> tuple[int, ...]:
        """The places that donors of the index hold, the best first."""
        return tuple(sorted({NEUTRAL_PLACE, *self._places.tolist()}))

    def places(self, rows: Array) -> Array:
        """The place of each of these donors."""
        found = np.full(len(rows), NEUTRAL_PLACE, dtype=np.int64)
        if self.any:
            at = np.minimum(np.searchsorted(self._rows, rows), len(self._rows) - 1)
            held = self._rows[at] == rows
            found[held] = self._places[at[held]]
        return found

    def at(self, place: int, region: int | None) -> tuple[Array, Array]:
        """The rows that hold a place (of one region where it is given), and the phenotype of each."""
        index = self.index
        rows = self._rows[self._places == place]
        cells = np.searchsorted(index.cell_start, rows, side="right") - 1
        if region is not None:
            kept = index.cell_region[cells] == region
            rows, cells = rows[kept], cells[kept]
        return rows, index.cell_phenotype[cells]
