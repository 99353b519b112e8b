"""The shapes of what the API answers about transfusions: what was given, what it did and why, the state they make."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from domain.refractoriness import Selection
from views.api.shapes import Abo

Held = Literal["met", "violated", "unknown"]
State = Literal["not_known", "responding", "one_failure", "refractory"]


class SaidOfIt(BaseModel):
    """A stable code, what fills it, and the sentence in the reader's language."""

    code: str
    params: dict[str, Any]
    message: str


class OutcomeMeasure(BaseModel):
    """A measure and what it must exceed; null where it is not known."""

    value: float | None
    limit: float
    effective: bool | None


class OutcomeMeasures(BaseModel):
    """Increment and CCI in 10⁹/L, recovery in percent; the CCI decides."""

    pi: OutcomeMeasure
    cci: OutcomeMeasure
    ppr: OutcomeMeasure


class OutcomeWindow(BaseModel):
    """One window: `hours` is when the sample was truly taken; not judged, with every reason."""

    window: Literal["1h", "24h"]
    hours: float | None
    verdict: Literal["effective", "ineffective", "not_judged"]
    measures: OutcomeMeasures
    reasons: list[SaidOfIt]
    notes: list[SaidOfIt]


class OutcomeFinding(BaseModel):
    """One thing that a valid transfusion needs, and why it holds or not."""

    name: str
    held: Held
    said: SaidOfIt


class OutcomeBody(BaseModel):
    """The body that the answer rests on, and by which rule."""

    surface_m2: float | None
    surface_by: str
    blood_l: float | None
    blood_by: str


class Outcome(BaseModel):
    """What a transfusion did, with the table and the options that the answer rests on."""

    rules: str
    body: OutcomeBody
    splenic_factor: float | None
    valid: Held
    findings: list[OutcomeFinding]
    windows: list[OutcomeWindow]


class SeriesStep(BaseModel):
    """What the transfusion adds to the series, and the state after it; reasons by code."""

    result: Literal["success", "failure", "not_counted"]
    reason: str
    state: State
    change: str


class Transfusion(BaseModel):
    """One transfusion, without its note; null is not known. A withdrawn one has no outcome: it counts no longer."""

    code: str
    ended_at: datetime
    product_number: str
    donor_number: str
    selection: Selection | None
    content: float | None
    age_hours: float | None
    product_abo: Abo | None
    irradiated: bool | None
    pathogen_reduced: bool | None
    additive_solution: bool | None
    pre_count: float | None
    pre_at: datetime | None
    count_1h: float | None
    count_1h_at: datetime | None
    count_24h: float | None
    count_24h_at: datetime | None
    weight_kg: float | None
    height_cm: float | None
    causes: dict[str, bool]
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    outcome: Outcome | None
    step: SeriesStep | None


class Transfusions(BaseModel):
    """The standing transfusions of a patient, the latest first, and the state that all of them make."""

    patient: str
    state: State
    lead: Literal["immune", "consumption", "mixed", "unknown"] | None
    since: datetime | None
    items: list[Transfusion]
    next: str | None
