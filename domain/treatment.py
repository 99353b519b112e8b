"""Treatments that may change a patient's antibodies: what was given, and over which days."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class TreatmentKind(StrEnum):
    """What was given; the field's own names."""

    RITUXIMAB = "rituximab"
    DARATUMUMAB = "daratumumab"
    BORTEZOMIB = "bortezomib"
    IVIG = "ivig"
    PLASMA_EXCHANGE = "plasma_exchange"
    IMLIFIDASE = "imlifidase"
    ECULIZUMAB = "eculizumab"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Course:
    """One course of one treatment from `first_on` to `last_on`, both included; None is still going on."""

    kind: TreatmentKind
    first_on: date
    last_on: date | None

    def between(self, after: date, until: date) -> bool:
        """Whether any day of the course lies after the one day and not after the other."""
        return self.first_on <= until and (self.last_on is None or self.last_on > after)
