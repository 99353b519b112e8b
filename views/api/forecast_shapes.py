"""The shape of a supply forecast."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from views.api.shapes import Issue, Locus

AboRule = Literal["none", "no-major", "identical"]


class RequestNeed(BaseModel):
    """Units of an open request without a donor; `late` before a donation to come is ready."""

    request: str
    hospital: str
    units: int
    needed_on: date
    late: bool


class WeeklyNeed(BaseModel):
    """Units needed every week, as a person wrote down."""

    code: str
    units_per_week: int
    from_on: date
    until_on: date | None
    reason: str
    recorded_by: str
    recorded_at: datetime


class PatientNeeds(BaseModel):
    """All that is needed; `units` within the weeks ahead."""

    any: bool
    requests: list[RequestNeed]
    standing: list[WeeklyNeed]
    units: int


class ForecastWeek(BaseModel):
    """One week: units needed, met and lacking; donors who may give, and those left by the weeks before."""

    week: int
    first_on: date
    last_on: date
    need: int
    met: int
    givers: int
    left: int
    gap: int


class FirstGap(BaseModel):
    """The first week that lacks units."""

    week: int
    first_on: date
    last_on: date
    units: int


class AcceptedSpecificity(BaseModel):
    """An antigen that would count as reactive no longer."""

    specificity: str
    max_mfi: float


class SumMfi(BaseModel):
    """The sum of DSA-MFI of the donors let in."""

    least: float
    median: float
    highest: float


class LetIn(BaseModel):
    """Donors let in, and what the directive's own conditions say of them."""

    donors: int
    positive: int
    undecided: int
    major: int
    sum_mfi: SumMfi | None
    accepted: list[AcceptedSpecificity]
    accepted_more: int


class RelaxedForecast(BaseModel):
    """One condition or two relaxed, and what is lacking then."""

    kinds: list[Literal["threshold", "abo", "region", "locus_c"]]
    threshold_mfi: int | None
    abo_rule: AboRule | None
    whole_country: bool
    without_c: bool
    donors: int
    closes: bool
    missing: int
    exact: bool
    first_gap: FirstGap | None
    lets_in: LetIn


class ForecastVersions(BaseModel):
    """What shaped the answer."""

    nomenclature: str
    core: str
    eligibility: str
    snapshot: str


class SupplyForecast(BaseModel):
    """A patient's weeks ahead; where not `exact`, more may be met than is told."""

    patient: str
    on: date
    weeks_ahead: int
    region: str | None
    threshold_mfi: int
    prescribed: bool
    loci: list[Locus]
    abo_rule: AboRule
    donors: int
    reserved_donors: int
    need: PatientNeeds
    weeks: list[ForecastWeek]
    first_gap: FirstGap | None
    missing: int
    later: int
    exact: bool
    interval_days: int
    ready_days: int
    shelf_days: int
    relaxations: list[RelaxedForecast]
    closed_by: int
    versions: ForecastVersions
    issues: list[Issue]
