"""Which groups to hide so that small ones cannot be read, nor worked out from the sums that are shown.

Each heading parts the same transfusions; its total is shown. A group is hidden where it is small itself (primary), or
where it would give a small one away by subtraction (complementary).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Cell = tuple[str, str]  # heading and key; the heading is empty for a group that is the same under every one
Member = tuple[Hashable, frozenset[str]]  # the patient, and the windows in which this transfusion was judged


@dataclass(frozen=True, slots=True)
class Least:
    """The fewest transfusions, and the fewest patients, of a group that is shown."""

    transfusions: int
    patients: int

    def allows(self, members: Sequence[Member]) -> bool:
        """Whether a group may be shown: it is large enough, and so is what was judged of it in each window.

        A window in which nothing was judged has no result to protect.
        """
        if not self._enough([patient for patient, _ in members]):
            return False
        judged: dict[str, list[Hashable]] = {}
        for patient, windows in members:
            for window in windows:
                judged.setdefault(window, []).append(patient)
        return all(self._enough(patients) for patients in judged.values())

    def _enough(self, patients: Sequence[Hashable]) -> bool:
        return len(patients) >= self.transfusions and len(set(patients)) >= self.patients


def hidden_cells(
    cells: Mapping[Cell, Sequence[Member]], rows: Sequence[Sequence[Cell]], least: Least
) -> frozenset[Cell] | None:
    """The cells to hide, those of each row together being all transfusions; None where even the whole is too small."""
    if not rows or not least.allows([member for cell in rows[0] for member in cells[cell]]):
        return None
    small = frozenset(cell for cell, members in cells.items() if not least.allows(members))
    hidden = set(small)
    while (more := _give_away(cells, rows, hidden, small, least)) is not None:
        hidden.add(more)
    return frozenset(hidden)


def _give_away(
    cells: Mapping[Cell, Sequence[Member]],
    rows: Sequence[Sequence[Cell]],
    hidden: set[Cell],
    small: frozenset[Cell],
    least: Least,
) -> Cell | None:
    """The next cell that has to be hidden; None where nothing that is hidden can be worked out any more."""

    def smallest(of: Iterable[Cell]) -> Cell | None:
        shown = [cell for cell in of if cell not in hidden]
        return min(shown, key=lambda cell: (len(cells[cell]), cell), default=None)

    for row in rows:
        left = [cell for cell in row if cell in hidden]
        if left and not _vague(cells, left, least) and (found := smallest(row)) is not None:
            return found
    for cell in sorted(determined(rows, hidden) & small):
        near = [other for row in rows if cell in row for other in row]
        if (found := smallest(near) or smallest(cells)) is not None:
            return found
    return None


def _vague(cells: Mapping[Cell, Sequence[Member]], left: Sequence[Cell], least: Least) -> bool:
    """Whether the sum of the hidden cells of a row, which anybody can work out, says nothing of one of them."""
    members = [member for cell in left for member in cells[cell]]
    # none is empty: as many transfusions as cells would be one each
    return len(left) > 1 and len(members) > len(left) and least.allows(members)


def determined(rows: Sequence[Sequence[Cell]], hidden: Iterable[Cell]) -> frozenset[Cell]:
    """The hidden cells that follow from the sums of the hidden cells of every row (exact elimination)."""
    columns = sorted(hidden)
    matrix = [[Fraction(cell in row) for cell in columns] for row in rows]
    done = 0
    for column in range(len(columns)):
        pivot = next((at for at in range(done, len(matrix)) if matrix[at][column]), None)
        if pivot is None:
            continue
        matrix[done], matrix[pivot] = matrix[pivot], matrix[done]
        lead = matrix[done]
        matrix[done] = lead = [value / lead[column] for value in lead]
        for at, row in enumerate(matrix):
            if at != done and row[column]:
                factor = row[column]
                matrix[at] = [value - factor * first for value, first in zip(row, lead, strict=True)]
        done += 1
    alone = (row for row in matrix[:done] if sum(map(bool, row)) == 1)
    return frozenset(columns[next(at for at, value in enumerate(row) if value)] for row in alone)
