"""Where each person of a family stands in its drawing: generations in rows, couples and children side by side."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from domain.kinship import Pedigree

SWEEPS = 40
ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")


@dataclass(frozen=True, slots=True)
class Place:
    """A person's row (0 is the oldest generation), where in it (in columns from the left), and name, as `II-2`."""

    row: int
    x: float
    name: str


Couple = tuple[str, ...]  # one parent, or mother and father


def lay_out(pedigree: Pedigree) -> dict[str, Place]:
    """Place everybody; the order of the persons given is the order of brothers and sisters."""
    if not pedigree.relatives:
        return {}
    couples = couples_of(pedigree)
    row_of = _rows(pedigree, couples)
    rows = _orders(pedigree, couples, row_of)
    x = _columns(rows, couples)
    left = min(x.values())
    return {
        code: Place(number, x[code] - left, f"{_roman(number + 1)}-{place}")
        for number, row in enumerate(rows)
        for place, code in enumerate(row, start=1)
    }


def couples_of(pedigree: Pedigree) -> dict[Couple, list[str]]:
    """The children of each couple, or of a parent drawn alone."""
    found: dict[Couple, list[str]] = {}
    for one in pedigree.relatives.values():
        if one.parents:
            found.setdefault(one.parents, []).append(one.code)
    return found


def _roman(number: int) -> str:
    return ROMAN[number] if number < len(ROMAN) else str(number)


def _mates(couples: Iterable[Couple]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for couple in couples:
        for code in couple:
            found.setdefault(code, []).extend(other for other in couple if other != code)
    return found


def _rows(pedigree: Pedigree, couples: Mapping[Couple, Sequence[str]]) -> dict[str, int]:
    """The row of each person: below their parents, beside their partners, and founders just above their children."""
    row = dict.fromkeys(pedigree.relatives, 0)
    for _ in range(2 * len(row)):
        before = dict(row)
        for couple, children in couples.items():
            level = max(row[code] for code in couple)
            row.update(dict.fromkeys(couple, level))
            for child in children:
                row[child] = max(row[child], level + 1)
        for couple, children in couples.items():
            if not any(pedigree.relatives[code].parents for code in couple):
                level = min(row[child] for child in children) - 1
                row.update({code: max(row[code], level) for code in couple})
        if row == before:
            least = min(row.values())
            return {code: level - least for code, level in row.items()}
    # Partners of different generations, each bound to the other's children: below the parents is all there is.
    return {code: level for level, layer in enumerate(pedigree.generations()) for code in layer}


def _orders(pedigree: Pedigree, couples: Mapping[Couple, Sequence[str]], row_of: Mapping[str, int]) -> list[list[str]]:
    """Everybody by row, from left to right: families of partners stand next to each other where they can."""
    order = _walk(pedigree, couples)
    mates = {code: [one for one in ones if row_of[one] == row_of[code]] for code, ones in _mates(couples).items()}
    rows: list[list[str]] = [[] for _ in range(max(row_of.values()) + 1)]
    rank: dict[str, float] = {}
    for number, row in enumerate(rows):
        waiting = [code for code in order if row_of[code] == number]
        born = [code for code in waiting if pedigree.relatives[code].parents]
        born.sort(key=lambda code: _middle(pedigree.relatives[code].parents, rank))
        for group in _groups(pedigree, born):
            row.extend(_sibship(pedigree, group, born, mates, row))
        for code in waiting:  # founders who are nobody's partner in this row, or partners of founders
            if code not in row:
                row.extend(_chain(code, mates, row, waiting))
        rank.update({code: float(place) for place, code in enumerate(row)})
    return rows


def _walk(pedigree: Pedigree, couples: Mapping[Couple, Sequence[str]]) -> list[str]:
    """Everybody once, so that the grandparents of one child come one couple after the other."""
    found: dict[str, None] = {}
    mates = _mates(couples)

    def visit(code: str) -> None:
        parents = pedigree.relatives[code].parents
        for parent in parents:
            if parent not in found:
                visit(parent)
        if code in found:
            return
        found[code] = None
        for mate in mates.get(code, ()):
            visit(mate) if mate not in found else None
        for couple, children in couples.items():
            if code in couple:
                for child in children:
                    if child not in found:
                        visit(child)

    for code in pedigree.relatives:
        visit(code)
    return list(found)


def _middle(codes: Sequence[str], rank: Mapping[str, float]) -> float:
    known = [rank[code] for code in codes if code in rank]
    return sum(known) / len(known) if known else 0.0


def _groups(pedigree: Pedigree, born: Sequence[str]) -> list[list[str]]:
    """Brothers and sisters together, in the order drawn."""
    groups: dict[tuple[str, ...], list[str]] = {}
    given = list(pedigree.relatives)
    for code in born:
        groups.setdefault(pedigree.relatives[code].parents, []).append(code)
    return [sorted(group, key=given.index) for group in groups.values()]


def _sibship(
    pedigree: Pedigree, group: Sequence[str], born: Sequence[str], mates: Mapping[str, list[str]], row: Sequence[str]
) -> list[str]:
    """Brothers and sisters with the partners who marry in; who has a partner in another sibship stands at that end."""
    outside = {code: [mate for mate in mates.get(code, ()) if mate in born and mate not in group] for code in group}
    to_left = [code for code in group if any(mate in row for mate in outside[code])]
    to_right = [code for code in group if outside[code] and code not in to_left]
    middle = [code for code in group if code not in to_left and code not in to_right]
    placed: list[str] = []
    for code in (*to_left, *middle, *to_right):
        if code in placed or code in row:
            continue
        joining = [mate for mate in mates.get(code, ()) if not pedigree.relatives[mate].parents]
        joining = [mate for mate in joining if mate not in placed and mate not in row]
        before = joining if code in to_right else joining[1:2]
        placed += [*before, code, *(mate for mate in joining if mate not in before)]
    return placed


def _chain(code: str, mates: Mapping[str, list[str]], row: Sequence[str], waiting: Sequence[str]) -> list[str]:
    """A founder with their partners on both sides, the one with most partners between the others."""
    others = [mate for mate in mates.get(code, ()) if mate in waiting and mate not in row]
    if len(others) == 1 and len(mates.get(others[0], ())) > 1:
        return _chain(others[0], mates, row, waiting)
    return [*others[1:2], code, *(mate for place, mate in enumerate(others) if place != 1)]


def _columns(rows: Sequence[Sequence[str]], couples: Mapping[Couple, Sequence[str]]) -> dict[str, float]:
    """Columns that keep each row's order, one apart at least, with children under the middle of their parents."""
    place = {code: float(at) for row in rows for at, code in enumerate(row)}
    joined = {frozenset(couple) for couple in couples}
    x = dict(place)
    for sweep in range(SWEEPS):
        for downwards in (True, False) if sweep < SWEEPS - 1 else (False,):
            pulls: dict[str, list[float]] = {}
            for couple, children in couples.items():
                moved, towards = (children, couple) if downwards else (couple, children)
                centre = _mean(x, towards) - _mean(place, moved)
                for code in moved:
                    pulls.setdefault(code, []).append(centre + place[code])
            wanted = {code: sum(pulls[code]) / len(pulls[code]) if code in pulls else x[code] for code in x}
            for row in rows:
                x.update(_spread(row, wanted, joined))
    return x


def _mean(x: Mapping[str, float], codes: Sequence[str]) -> float:
    return sum(x[code] for code in codes) / len(codes)


def _spread(row: Sequence[str], wanted: Mapping[str, float], joined: Set[frozenset[str]]) -> dict[str, float]:
    """The columns nearest to those wanted (least squares) that are one apart in this order: pooled neighbours.

    Partners who stand side by side stay exactly one apart.
    """
    pools: list[tuple[float, int]] = []
    for place, code in enumerate(row):
        pools.append((wanted[code] - place, 1))
        tied = place > 0 and frozenset((row[place - 1], code)) in joined
        while len(pools) > 1 and (tied or pools[-2][0] > pools[-1][0]):
            (one, n), (two, m) = pools[-2:]
            pools[-2:] = [((one * n + two * m) / (n + m), n + m)]
            tied = False
    offsets = [offset for offset, count in pools for _ in range(count)]
    return {code: offsets[place] + place for place, code in enumerate(row)}
