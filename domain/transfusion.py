"""A platelet transfusion: what is known of it, and the table that it is judged by.

Counts are in 10⁹ platelets per litre, the content of a product in 10¹¹ platelets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from domain.abo import Relation

Params = Mapping[str, str | int | float]
NOISE = 9  # decimals: 7.5 reached by another order of operations is still 7.5


class Surface(StrEnum):
    """The formula that tells the body surface from weight and height."""

    MOSTELLER = "mosteller"
    DU_BOIS = "du_bois"


class Window(StrEnum):
    """The time after a transfusion at which a count is judged."""

    EARLY = "1h"
    LATE = "24h"


class Held(StrEnum):
    """Whether a condition holds."""

    MET = "met"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What is said of one window of one transfusion."""

    EFFECTIVE = "effective"
    INEFFECTIVE = "ineffective"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class WindowRule:
    """The minutes after the transfusion, both included, that a count belongs to, and what it must exceed."""

    from_minutes: float
    until_minutes: float
    min_pi: float
    min_cci: float
    min_ppr: float


@dataclass(frozen=True, slots=True)
class OutcomeRules:
    """The table of a site, by version; `splenic_factor` None leaves it out."""

    name: str
    effective_from: date
    surface: Surface
    blood_ml_per_kg: float
    blood_l_per_m2: float
    splenic_factor: float | None
    windows: Mapping[Window, WindowRule]
    early_note_minutes: float
    max_pre_age_hours: float
    min_content_per_kg: float
    max_age_hours: float
    shelf_hours: float
    shelf_reduced_hours: float
    same_time_minutes: float


@dataclass(frozen=True, slots=True)
class Count:
    """One platelet count and when its sample was taken."""

    value: float
    at: datetime


@dataclass(frozen=True, slots=True)
class TransfusionFacts:
    """What is known of one transfusion; None is not known.

    `ended_at` is when the product was in; `abo` how the product's group stands to the patient's;
    `others` are the ends of the patient's other platelet transfusions; `surface_m2` overrides weight and height.
    """

    ended_at: datetime
    pre: Count | None = None
    counts: Mapping[Window, Count] = field(default_factory=dict)
    content: float | None = None
    age_hours: float | None = None
    abo: Relation | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    surface_m2: float | None = None
    bleeding: bool | None = None
    others: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """The code of a sentence and what fills it."""

    code: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a valid transfusion needs, and why it holds or not."""

    name: str
    held: Held
    said: Said
