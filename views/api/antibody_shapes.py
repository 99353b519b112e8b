"""The shapes of what the API answers about a patient's serial sera."""

from datetime import date
from typing import Literal

from pydantic import BaseModel

from views.api.shapes import Counts, Issue, Locus, Versions

Break = Literal["kit_lot", "kit_lot_unknown", "format", "treatment", "undated"]


class NamedSerum(BaseModel):
    """A class I serum; `drawn_on` is the day it was sampled, else run."""

    id: int
    code: str
    drawn_on: date | None
    run_on: date | None
    kit_lot: str
    format: str
    treatment: str


class Moved(BaseModel):
    """Donors newly compatible and no longer compatible; of those, who may give on the day."""

    opened: int
    closed: int
    opened_available: int
    closed_available: int


class Crossing(BaseModel):
    """A specificity that passed the threshold, in MFI."""

    specificity: str
    before: float
    after: float


class Since(BaseModel):
    """Against the serum before: `crossings` is empty wherever there is a break."""

    serum: int
    breaks: list[Break]
    national: Moved
    regional: Moved | None
    crossings: list[Crossing]


class HistorySerum(NamedSerum):
    """A serum read alone; one without a date is placed on the day it came in."""

    placed_on: date
    undated: bool
    beads: int
    national: Counts
    regional: Counts | None
    since: Since | None


class Tested(BaseModel):
    """The highest bead of a specificity in one serum."""

    mfi: float
    bead: str


class Specificity(BaseModel):
    """A specificity; `values` has one entry for each serum, null where it was not tested."""

    name: str
    locus: Locus
    in_scope: bool
    mark: Literal["own", "removed"] | None
    highest: float
    values: list[Tested | None]


class Course(BaseModel):
    """A course of treatment; without a last day it goes on."""

    kind: str
    first_on: date
    last_on: date | None


class WhatIf(BaseModel):
    """The latest serum changed and read again."""

    kind: Literal["factor", "gone", "both"]
    factor_percent: int | None
    gone: str | None
    national: Counts
    regional: Counts | None
    moved: Moved
    moved_regional: Moved | None


class History(BaseModel):
    """Serial sera in time; `region` is the patient's where some donor is of it, `latest` a place in `sera`."""

    patient: str
    loci: list[Locus]
    on: date
    directive: int | None
    versions: Versions
    active_donors: int
    threshold: int
    region: str | None
    latest: int | None
    sera: list[HistorySerum]
    specificities: list[Specificity]
    future: list[NamedSerum]
    rejected: list[NamedSerum]
    what_if: list[WhatIf]
    treatments: list[Course]
    issues: list[Issue]
