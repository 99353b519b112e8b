"""What eplets add to the explanation of a donor: loads, reactive eplets of a value."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.epitopes import EpletLoad, eplet_load
from domain.phenotype import LocusTyping
from domain.reactivity import SerumReading
from domain.typing_text import TypedValue

Json = dict[str, Any]
NOT_LOADED: Mapping[str, None] = {"eplet_load": None, "verified_eplet_load": None, "eplets_approximate": None}


class EpletNotes:
    """The eplets of one serum's reading; every answer is None where no table is loaded or the table does not know."""

    def __init__(self, reading: SerumReading) -> None:
        self.reading = reading
        self.serum = reading.eplets()
        self._loads: dict[tuple[str, ...], EpletLoad | None] = {}

    def loads(self, typings: Sequence[LocusTyping]) -> Json:
        """The two loads of a donor's typings in scope, and whether a representative allele stood in."""
        load = self.load(typings)
        if load is None:
            return dict(NOT_LOADED)
        return {
            "eplet_load": len(load.names),
            "verified_eplet_load": len(load.verified),
            "eplets_approximate": load.approximate,
        }

    def load(self, typings: Sequence[LocusTyping]) -> EpletLoad | None:
        """The eplets on these typings and on nothing of the patient's."""
        if self.serum is None:
            return None
        values: list[TypedValue | None] = [value for typing in typings for value in typing.distinct()]
        values += [None for typing in typings if not typing.is_typed]
        key = tuple(value.canonical if value else "" for value in values)
        if key not in self._loads:
            self._loads[key] = eplet_load(self.serum.table, values, self.serum.own)
        return self._loads[key]

    def reactive(self, value: TypedValue, threshold_mfi: float) -> list[str] | None:
        """The reactive eplets at the threshold on what a value may be; None where the table knows none of it."""
        if self.serum is None:
            return None
        members = self.reading.members(value)
        carried = [self.serum.table.of_member(member.allele, member.antigens) for member in members]
        known = [names for names in carried if names is not None]
        if members and not known:
            return None
        return list(self.serum.reactive_among(frozenset().union(*known), threshold_mfi))
