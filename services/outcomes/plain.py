"""The report of outcomes as other programs read it."""

from typing import Any

from domain.outcome_groups import Figures, Group, Interval
from services.outcomes.report import OutcomesReport
from services.outcomes.rules import report_rules

Json = dict[str, Any]


def outcomes_json(report: OutcomesReport) -> Json:
    """Everything that may be shown; hidden groups by their keys alone."""
    whole, least = report.summary.whole, report_rules().least
    return {
        "from": report.period.from_on,
        "until": report.period.until_on,
        "valid_only": report.valid_only,
        "rules": report.rules,
        "eplet_table": report.eplet_table,
        "interval_level": report.level,
        "least": {"transfusions": least.transfusions, "patients": least.patients},
        "limits": {window.value: limit for window, limit in report.limits.items()},
        "whole": None if whole is None else _group(whole),
        "headings": [
            {
                "name": one.name,
                "groups": [_group(group) for group in one.groups],
                "hidden": list(one.hidden),
                "hidden_transfusions": one.hidden_transfusions,
            }
            for one in report.summary.headings
        ],
    }


def _group(one: Group) -> Json:
    return {
        "key": one.key,
        "transfusions": one.transfusions,
        "patients": one.patients,
        "windows": {window.value: _figures(figures) for window, figures in one.windows.items()},
    }


def _figures(one: Figures) -> Json:
    return {
        "judged": one.judged,
        "median_cci": one.median,
        "median_interval": _ends(one.interval),
        "effective": None if one.effective is None else one.effective.found,
        "share_interval": _ends(one.effective_interval),
    }


def _ends(one: Interval | None) -> list[float] | None:
    return None if one is None else [one.low, one.high]
