"""The report as other programs read it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.availability.counting import Figures
from services.availability.report import Entry, PatientReport, Report

Json = dict[str, Any]


def report_json(report: Report) -> Json:
    """Everything of a day; the directives only where the report has them."""
    previous = report.previous.local_day if report.previous else None
    return {
        "day": report.day.local_day,
        "made_at": report.day.made_at,
        "made_late": report.late,
        "previous": previous,
        "region": report.region,
        "versions": report.day.versions,
        "summary": report.summary,
        "summary_before": report.summary_before,
        "giving": asdict(report.giving),
        "need": asdict(report.need),
        "registry": {
            **asdict(report.registry),
            "before": _figures(report.registry_before),
            "abo": _each(report.registry_by_abo),
            "regions": _each(report.registry_by_region),
        },
        "directives": [entry_json(one) for one in report.entries],
        **{name: report.day.facts[name] for name in ("donors", "rare", "campaigns", "autologous", "quality")},
    }


def patient_json(found: PatientReport) -> Json:
    """One patient's part of a day."""
    return {
        "day": found.report.day.local_day,
        "made_at": found.report.day.made_at,
        "made_late": found.report.late,
        "versions": found.report.day.versions,
        "giving": asdict(found.report.giving),
        **entry_json(found.entry),
        "regions": _each(found.by_region),
        "abo": _each(found.by_abo),
    }


def entry_json(entry: Entry) -> Json:
    """One directive; `counts` is None where donors could not be counted, and `fault` then says why."""
    row = entry.row
    return {
        "patient": entry.patient,
        "directive": row.directive_version,
        "threshold": row.threshold_mfi,
        "fault": row.fault_code,
        "counts": asdict(entry.figures) if row.fault_code is None else None,
        "before": _figures(entry.before),
        "need": asdict(entry.need),
        "expected": asdict(entry.expected) if entry.expected else None,
        "gaps": entry.gaps,
        "lacks_donors": entry.lacks_donors,
    }


def _figures(figures: Figures | None) -> Json | None:
    return None if figures is None else asdict(figures)


def _each(found: Mapping[str, Figures]) -> Json:
    return {name: asdict(one) for name, one in found.items()}
