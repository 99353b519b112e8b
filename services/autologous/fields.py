"""The fields of the autologous forms as a person types them: values, or every fault at once."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar

from domain.errors import FieldFault, InvalidFields
from domain.reservation import Timing
from services.imports.shape import cell_fault
from services.imports.values import DateOrder, Fault, date_evidence, parse_date, parse_number

Member = TypeVar("Member", bound=StrEnum)
LONGEST_NOTE, LONGEST_NAME = 1_000, 100
MOST_YEARS = 2  # from today, either way: beyond it the year is a slip
_CLOCK = re.compile(r"([01]?\d|2[0-3])\s*[:hH]\s*([0-5]\d)")
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9.-]{2,39}")


class Reader:
    """Reads one form: each question gives a value or None, and `check` raises every fault found."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self.typed = typed
        self.faults: list[FieldFault] = []

    def check(self) -> None:
        """Raises InvalidFields where anything cannot be used."""
        if self.faults:
            raise InvalidFields(self.faults)

    def fault(self, name: str, code: str, **params: object) -> None:
        """Say that a field cannot be used."""
        self.faults.append(FieldFault(name, code, params))

    def text(self, name: str, *, most: int = LONGEST_NAME, needed: bool = False) -> str:
        """A line of text."""
        words = " ".join(self.typed.get(name, "").split())
        if found := cell_fault(words):
            self.fault(name, found.code, **found.params)
        elif len(words) > most:
            self.fault(name, "text_too_long", limit=most)
        elif needed and not words:
            self.fault(name, f"autologous_needs.{name}")
        return words

    def day(self, name: str, *, near: date, needed: bool = False) -> date | None:
        """A day, day first or ISO, at most two years from `near`."""
        plain = self.typed.get(name, "").strip()
        if not plain:
            if needed:
                self.fault(name, f"autologous_needs.{name}")
            return None
        wrong_order = date_evidence(plain) is DateOrder.MONTH_FIRST
        found = Fault("date_does_not_exist") if wrong_order else parse_date(plain, DateOrder.DAY_FIRST)
        if isinstance(found, Fault):
            self.fault(name, found.code, text=plain[:80], **found.params)
            return None
        if abs(found.year - near.year) > MOST_YEARS:
            self.fault(name, "autologous_day_far", on=found.isoformat(), years=MOST_YEARS)
            return None
        return found

    def number(
        self, name: str, *, low: float, high: float, needed: bool = False, hint: str = "number_out_of_range"
    ) -> float | None:
        """A number from `low` to `high`; `hint` is the code said of one beyond, or that could be read two ways."""
        plain = self.typed.get(name, "").strip()
        if not plain:
            if needed:
                self.fault(name, f"autologous_needs.{name}")
            return None
        found = parse_number(plain)
        if isinstance(found, Fault) and found.code != "number_ambiguous":
            self.fault(name, found.code, text=plain[:80], **found.params)
            return None
        if isinstance(found, Fault) or not low <= found <= high:
            self.fault(name, hint, text=plain[:80], low=low, high=high)
            return None
        return found

    def whole(self, name: str, *, low: int, high: int) -> int:
        """A whole number that is needed; 0 where it cannot be used."""
        found = self.number(name, low=low, high=high, needed=True)
        if found is not None and not found.is_integer():
            self.fault(name, "number_not_whole", text=self.typed.get(name, "")[:80])
        return int(found or 0)

    def choice(self, name: str, members: type[Member], *, needed: bool = False) -> Member | None:
        """One of a list of words."""
        plain = self.typed.get(name, "")
        if plain in set(members):
            return members(plain)
        if plain or needed:
            self.fault(name, f"autologous_needs.{name}")
        return None

    def clock(self, name: str, timing: Timing) -> datetime:
        """A time of today that is not ahead; now where none is given."""
        plain = self.typed.get(name, "").strip()
        if not plain:
            return timing.now
        found = _CLOCK.fullmatch(plain)
        if found is None:
            self.fault(name, "not_a_time_of_day", text=plain[:80])
            return timing.now
        local = timing.local(timing.now)
        moment = datetime.combine(local.date(), time(int(found[1]), int(found[2])), local.tzinfo).astimezone(
            timing.now.tzinfo
        )
        if moment > timing.now:
            self.fault(name, "autologous_time_ahead")
        return moment

    def unit_number(self, name: str) -> str:
        """The number of a unit as on its label: capitals, without spaces and the scanner's leading `=`."""
        plain = re.sub(r"\s", "", self.typed.get(name, "")).lstrip("=").upper()
        if not plain:
            self.fault(name, f"autologous_needs.{name}")
        elif not _NUMBER.fullmatch(plain):
            self.fault(name, "autologous_unit_number_unusable", text=plain[:80])
        return plain
