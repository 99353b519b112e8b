"""What each of two records says, field by field, and which word a merge keeps unless a person says else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.errors import FieldFault, InvalidFields
from domain.phenotype import LocusTyping
from domain.reference import LOCI, Reference
from domain.typing_text import Kind
from models.donor import Donor, DonorIdentity, DonorStatus, Serology
from services.donor_typing_change import typings_of
from services.donors import HPA_SYSTEMS
from services.imports.fields import IDENTITY_COLUMNS

_PRECISION = {Kind.ANTIGEN: 0, Kind.GROUP: 1, Kind.LIST: 2, Kind.ALLELE: 3, Kind.NULL: 3}


class Side(StrEnum):
    """Of which record a value is."""

    SURVIVOR = "survivor"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Offer:
    """One field of both records: its columns, what each says, and whose word holds; None where a person must say."""

    name: str
    columns: tuple[str, ...]
    survivor: tuple[Any, ...]
    merged: tuple[Any, ...]
    kept: Side | None

    @property
    def differs(self) -> bool:
        """Whether both say something, and not the same."""
        return is_known(self.survivor) and is_known(self.merged) and not _alike(self.name, self.survivor, self.merged)

    @property
    def fills(self) -> bool:
        """Whether only the record that goes says something."""
        return is_known(self.merged) and not is_known(self.survivor)

    @property
    def is_text(self) -> bool:
        """Whether its values are texts that may differ in a part."""
        return self.is_spelled or self.name in TYPINGS

    @property
    def is_spelled(self) -> bool:
        """Whether its values are spelled, so that one wrong sign makes two of one."""
        return self.name in IDENTITY_COLUMNS

    def known(self, values: tuple[Any, ...]) -> list[tuple[str, Any]]:
        """What one of the sides says, each with its column."""
        return [(column, value) for column, value in zip(self.columns, values, strict=True) if is_known((value,))]


# What belongs together is chosen together: a screen with its day, a donation with its kind and the count.
TYPINGS: Mapping[str, tuple[str, ...]] = {
    **{f"hla_{locus.lower()}": (f"hla_{locus.lower()}_1", f"hla_{locus.lower()}_2") for locus in LOCI},
    **{name: (name,) for name in (*HPA_SYSTEMS, "cd36")},
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in IDENTITY_COLUMNS},
    **{name: (name,) for name in ("sex", "abo", "rhd", "cmv")},
    **TYPINGS,
    **{name: (name,) for name in ("low_expression", "weight_kg", "height_cm", "platelet_count", "pregnancies")},
    "hla_antibody_screen": ("hla_antibody_screen", "screened_on"),
    "last_donation_on": ("last_donation_on", "last_donation_type", "donations_12m"),
    **{name: (name,) for name in ("region", "centre", "ancestry", "status")},
}
MUST_BE_SAID = ("birth_date", "sex", "abo", "rhd")  # one of the two is wrong, and nobody may guess which


def is_known(values: tuple[Any, ...]) -> bool:
    """Whether anything is said at all; none at all is a number too."""
    return any(value not in (None, "") for value in values)


def offers_of(
    survivor: tuple[Donor, DonorIdentity | None], merged: tuple[Donor, DonorIdentity | None], reference: Reference
) -> list[Offer]:
    """Every field that either record knows."""
    typings = tuple(typings_of({c: getattr(one[0], c) for n in TYPINGS for c in TYPINGS[n]}, reference)
                    for one in (survivor, merged))  # fmt: skip
    found = []
    for name, columns in FIELDS.items():
        mine, other = (tuple(_value(one, column) for column in columns) for one in (survivor, merged))
        if is_known(mine) or is_known(other):
            found.append(Offer(name, columns, mine, other, _kept(name, mine, other, typings)))
    return found


def chosen_values(offers: list[Offer], takes: Mapping[str, str]) -> dict[str, Any]:
    """The value of each column that the survivor gets, where `takes` names the side by field. Raises InvalidFields."""
    sides = {one.name: takes.get(one.name) or one.kept for one in offers}
    missing = [FieldFault(name, "merge_choice_needed", {}) for name, side in sides.items() if side not in tuple(Side)]
    if missing:
        raise InvalidFields(missing)
    return {
        column: value
        for one in offers
        for column, value in zip(
            one.columns, one.merged if sides[one.name] == Side.MERGED else one.survivor, strict=True
        )
    }


def _value(one: tuple[Donor, DonorIdentity | None], column: str) -> Any:
    donor, identity = one
    value = getattr(identity if column in IDENTITY_COLUMNS else donor, column, None)
    return value if value not in ("", None) else ("" if column in _TEXTS else None)


def _kept(name: str, mine: tuple[Any, ...], other: tuple[Any, ...], typings: tuple[Any, ...]) -> Side | None:
    if not is_known(mine) or not is_known(other) or _alike(name, mine, other):
        return Side.SURVIVOR if is_known(mine) else Side.MERGED
    if name in MUST_BE_SAID:
        return None
    if name.startswith("hla_") and name in TYPINGS:
        locus = name[-1].upper()
        prefers = _precision(typings[1][locus]) > _precision(typings[0][locus])
    else:
        prefers = name in _PREFERRED and _PREFERRED[name](mine, other)
    return Side.MERGED if prefers else Side.SURVIVOR


def _alike(name: str, mine: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """The two alleles of a locus have no order."""
    return sorted(mine) == sorted(other) if name in TYPINGS else mine == other


def _precision(typing: LocusTyping) -> tuple[int, int, int, int]:
    """The more of a locus is told, and the more exactly, the greater."""
    known = [value for value in typing.values if value is not None]
    ranks = sorted(_PRECISION.get(value.kind, 0) for value in known)
    return len(known), not typing.blank, sum(ranks), -sum(len(value.antigens) for value in known)


def _longer(mine: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Negative, then negative type I: told better."""
    return len(other[0]) > len(mine[0])


def _later(mine: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """The latest donation decides when the next may be."""
    return other[0] is not None and (mine[0] is None or other[0] > mine[0])


def _screened_later(mine: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return other[1] is not None and (mine[1] is None or other[1] > mine[1])


_PREFERRED: Mapping[str, Callable[[tuple[Any, ...], tuple[Any, ...]], bool]] = {
    "cd36": _longer,
    "low_expression": _longer,
    "pregnancies": lambda mine, other: other[0] > mine[0],
    "hla_antibody_screen": _screened_later,
    "last_donation_on": _later,
    "cmv": lambda mine, other: other[0] == Serology.POSITIVE,  # once met, the virus stays
    "status": lambda mine, other: other[0] == DonorStatus.DEFERRED,
}
_TEXTS = frozenset(column for columns in TYPINGS.values() for column in columns)
