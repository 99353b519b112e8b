"""The outcomes report: the transfusions of some months in groups, the small ones hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlmodel import Session

from domain.errors import UnusableInput
from domain.grading import GRADE_ORDER
from domain.outcome_groups import Heading, Measured, Observed, Summary, summarise
from domain.peak import months_before
from domain.refractoriness import Selection
from domain.reservation import Timing
from domain.transfusion import Verdict as Judged
from domain.transfusion import Window
from domain.verdict import Verdict
from services.eplets.store import eplet_table_in_use
from services.outcomes.gathering import NO_DONOR, NO_SERUM, Given, gather
from services.outcomes.rules import band, report_rules
from services.reference import parameters
from services.rule_tables import mfi_bands
from services.transfusions.rules import outcome_rules

UNKNOWN, NO_DIRECTIVE, BELOW = "unknown", "no_directive", "below"
CALIBRATION, EPLETS = "calibration", "eplets"  # the eplets only where a table is loaded
HEADINGS = (
    "grade", "sum_mfi", "max_mfi", EPLETS, "abo", "age", "selection", "additive_solution", "pathogen_reduced",
    CALIBRATION,
)  # fmt: skip
LAST = (UNKNOWN, NO_DIRECTIVE, NO_SERUM, NO_DONOR)
MOST_MONTHS = 120


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, both ends included, so that two reports cannot be told apart by one day."""

    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class OutcomesReport:
    """The summary with what it was made of; `limits` are the CCI to exceed by window, in 10⁹/L."""

    period: Period
    valid_only: bool
    summary: Summary
    rules: str
    limits: dict[Window, float]
    level: float
    eplet_table: str | None


def default_period(today: date) -> Period:
    """The whole months before this one."""
    return _months_until(today.replace(day=1))


def fixed_period(today: date) -> Period:
    """As many months before this calendar quarter: the months of whoever may not choose move four times a year.

    Were they to move each month, two reports would differ by one month at each end.
    """
    return _months_until(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1))


def parse_period(first: str, last: str, *, today: date) -> Period:
    """The months `2026-01` to `2026-06`; an empty one is that of the default. Raises UnusableInput."""
    usual = default_period(today)
    from_on = _month(first) if first else usual.from_on
    until_on = _last_of(_month(last)) if last else usual.until_on
    if from_on > until_on:
        raise UnusableInput("outcomes_period_reversed", first_on=from_on.isoformat(), last_on=until_on.isoformat())
    if months_before(until_on, MOST_MONTHS) > from_on:
        raise UnusableInput("outcomes_period_long", most=MOST_MONTHS)
    return Period(from_on, until_on)


def make_report(session: Session, period: Period, *, valid_only: bool, timing: Timing) -> OutcomesReport:
    """The report of a period, of valid transfusions alone or of all."""
    given = find_given(session, period, valid_only=valid_only, timing=timing)
    table, level = eplet_table_in_use(session), float(parameters()["interval_level"])
    observed = [observed_of(one) for one in given]
    headings = [name for name in HEADINGS if name != EPLETS or table is not None]
    summary = summarise(observed, headings, least=report_rules().least, level=level)
    rules = outcome_rules(timing.today)
    return OutcomesReport(
        period=period,
        valid_only=valid_only,
        summary=Summary(summary.whole, tuple(_in_order(one) for one in summary.headings)),
        rules=rules.name,
        limits={window: rule.min_cci for window, rule in rules.windows.items()},
        level=level,
        eplet_table=table.name if table else None,
    )


def find_given(session: Session, period: Period, *, valid_only: bool, timing: Timing) -> list[Given]:
    """The transfusions of a period, those that are not known to be valid left out where asked."""
    found = gather(session, from_on=period.from_on, until_on=period.until_on, timing=timing)
    return [one for one in found if one.is_valid or not valid_only]


def observed_of(one: Given) -> Observed:
    """A transfusion with its group under each heading and what was judged of it."""
    rules, row = report_rules(), one.row
    of_donor = NO_DONOR if one.why == NO_DONOR else ""
    groups = {
        "grade": of_donor or one.grade or UNKNOWN,
        "sum_mfi": one.why or _mfi_band(one.sum_mfi),
        "max_mfi": one.why or _mfi_band(one.max_mfi),
        EPLETS: of_donor or (UNKNOWN if one.eplets is None else band(one.eplets, rules.eplet_steps)),
        "abo": one.abo or UNKNOWN,
        "age": UNKNOWN if row.age_hours is None else band(row.age_hours, rules.age_steps_hours),
        "selection": row.selection.value if row.selection else UNKNOWN,
        "additive_solution": _flag(row.additive_solution),
        "pathogen_reduced": _flag(row.pathogen_reduced),
        CALIBRATION: one.why or (f"{one.threshold_mfi}:{one.verdict}" if one.verdict else NO_DIRECTIVE),
    }
    return Observed(one.patient, groups, _measured(one))


def _measured(one: Given) -> dict[Window, Measured]:
    found = {}
    for window in one.outcome.windows:
        cci = window.value("cci")
        if window.verdict is not Judged.NOT_JUDGED and cci is not None:
            found[window.window] = Measured(cci, window.verdict is Judged.EFFECTIVE)
    return found


def _mfi_band(value: float | None) -> str:
    return UNKNOWN if value is None else mfi_bands().band_of(value) or BELOW


def _flag(value: bool | None) -> str:
    return UNKNOWN if value is None else "yes" if value else "no"


def _in_order(heading: Heading) -> Heading:
    """The groups of a heading as a reader expects them: the best first, what is not known last."""

    def place(key: str) -> tuple[int, float, int, str]:
        if key in LAST:
            return 1, LAST.index(key), 0, key
        number, _, verdict = key.partition(":")
        words = _orders().get(heading.name, ())
        if heading.name == CALIBRATION:
            return 0, float(number), list(Verdict).index(Verdict(verdict)), key
        return 0, float(words.index(key)) if key in words else float(key.partition("-")[0]), 0, key

    groups = sorted(heading.groups, key=lambda one: place(one.key))
    return Heading(heading.name, tuple(groups), tuple(sorted(heading.hidden, key=place)), heading.hidden_transfusions)


@cache
def _orders() -> Mapping[str, Sequence[str]]:
    bands = (BELOW, *(one.name for one in mfi_bands().bands))
    return {
        "grade": GRADE_ORDER,
        "sum_mfi": bands,
        "max_mfi": bands,
        "abo": ("identical", "minor", "major", "bidirectional"),
        "selection": tuple(Selection),
        "additive_solution": ("yes", "no"),
        "pathogen_reduced": ("yes", "no"),
    }


def _months_until(first: date) -> Period:
    return Period(months_before(first, report_rules().default_months), first - timedelta(days=1))


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise UnusableInput("outcomes_month_unreadable", text=text) from error


def _last_of(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
