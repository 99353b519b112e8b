"""The forecast of one patient: the donors under the directive, by the days they may give, against the need."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from domain.errors import Issue, UnusableInput
from domain.supply_forecast import LEAST_WEEKS, MOST_WEEKS, Forecast, forecast
from domain.supply_span import Span
from services.directive_state import directive_issues
from services.forecast.days import GivingDays, reserved_days
from services.forecast.needs import Needs, needs_by_patient
from services.forecast.reach import Conditions, Reach
from services.matching.snapshots import SnapshotStore, current_index
from services.patients import Request, get_case
from services.reference import active_reference, parameters
from services.rule_tables import eligibility_rules
from services.searches import check_derivation, matching_of, rules_issues
from services.workbench import shown_threshold

OWN, COUNTRY = "own", "country"
SCOPES = (OWN, COUNTRY)
DEFAULT_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Question:
    """The day from which weeks are counted and the moment it is asked, how many weeks, whose donors, the zone.

    `scope` None is the patient's own region, or the country where it is not known.
    """

    on: date
    now: datetime
    zone: str
    weeks: int = DEFAULT_WEEKS
    scope: str | None = None

    def check(self) -> None:
        """Raises UnusableInput for weeks or a scope that are none."""
        if not LEAST_WEEKS <= self.weeks <= MOST_WEEKS:
            raise UnusableInput("forecast_weeks", least=LEAST_WEEKS, most=MOST_WEEKS)
        if self.scope not in (None, *SCOPES):
            raise UnusableInput("forecast_scope", known=", ".join(SCOPES))


class Ground:
    """What the forecasts of all patients rest on: the registry, the days each donor may give, all needs."""

    def __init__(self, session: Session, store: SnapshotStore, question: Question) -> None:
        """Raises UnusableInput, also where the donors were last read with another nomenclature than today's."""
        question.check()
        self.question, self.reference = question, active_reference(session)
        self.index, said = current_index(session, store)
        check_derivation(self.index, self.reference)
        self.span = span_of(question)
        reserved = reserved_days(session, question.on, self.span, question.now)
        self.days = GivingDays(self.index, question.on, self.span, reserved)
        self.needs: Mapping[str, Needs] = needs_by_patient(session, question.zone)
        self.issues: tuple[Issue, ...] = (*said, *rules_issues(self.index, question.on))


@dataclass(frozen=True, slots=True)
class Supply:
    """A patient's forecast under the directive's conditions; `prescribed`: the directive gives the threshold."""

    reach: Reach
    needs: Needs
    forecast: Forecast
    donors: int
    reserved: int
    prescribed: bool
    issues: tuple[Issue, ...]

    @property
    def region(self) -> str | None:
        """The region whose donors alone count; None is the country."""
        return self.reach.base.region


def span_of(question: Question) -> Span:
    """The span of a question, with the days that the core tables and the rules of eligibility give."""
    known = parameters()
    interval = int(eligibility_rules(question.on).interval_days["platelets"])
    return Span(question.weeks, int(known["platelet_ready_days"]), int(known["platelet_shelf_days"]), interval)


def supply_of(session: Session, ground: Ground, number: str) -> Supply:
    """One patient's forecast. Raises NotFound, and UnusableInput for a directive that cannot be read."""
    case = get_case(session, number, Request(), ground.reference, on=ground.question.on)
    mfi, said = shown_threshold(case)
    matching = matching_of(session, case, ground.index, ground.reference)
    region = None if ground.question.scope == COUNTRY else case.patient.region
    directive = case.directive
    reach = Reach(case, matching, Conditions(mfi, directive.loci, directive.abo_rule, region))
    rows = reach.rows(reach.base)
    until = ground.question.on + timedelta(weeks=ground.question.weeks)
    needs = ground.needs.get(case.patient.patient_number, Needs())
    if ground.question.scope == OWN and case.patient.region is None:
        said = (*said, Issue("forecast_no_region", "info", number))
    return Supply(
        reach=reach,
        needs=needs,
        forecast=forecast(ground.days.stock(rows), needs.days(ground.question.on, ground.span), ground.span),
        donors=len(rows),
        reserved=ground.days.reserved_among(rows),
        prescribed=case.threshold_mfi is not None,
        issues=(*said, *directive_issues(case.directive_row, ground.question.on, until), *case.issues),
    )
