"""One transfusion as it is given by hand or by file: the values, without how they are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from domain.refractoriness import Selection
from models.donor import Abo
from models.transfusion import Transfusion
from services.transfusions.rules import DRUG, PATIENT, causes

KEY, ENDED_AT = "patient_number", "ended_at"
TIME_OF = {"pre_count": "pre_at", "count_1h": "count_1h_at", "count_24h": "count_24h_at"}
MOMENTS = (ENDED_AT, *TIME_OF.values())
FLAGS = ("irradiated", "pathogen_reduced", "additive_solution")
CAUSES = causes(PATIENT, DRUG)


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfusion as it was given; None is not known. `donor_number` is text, empty for none."""

    ended_at: datetime
    product_number: str = ""
    donor_number: str = ""
    selection: Selection | None = None
    content: float | None = None
    age_hours: float | None = None
    product_abo: Abo | None = None
    irradiated: bool | None = None
    pathogen_reduced: bool | None = None
    additive_solution: bool | None = None
    pre_count: float | None = None
    pre_at: datetime | None = None
    count_1h: float | None = None
    count_1h_at: datetime | None = None
    count_24h: float | None = None
    count_24h_at: datetime | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    causes: Mapping[str, bool] = field(default_factory=dict)
    note: str = ""


COLUMNS = tuple(one.name for one in fields(Entry) if one.name not in ("donor_number", "causes"))


def entry_of(row: Transfusion, donor_number: str = "") -> Entry:
    """A row on record as an entry."""
    values = {name: getattr(row, name) for name in COLUMNS}
    return Entry(**values, donor_number=donor_number, causes=dict(row.causes))
