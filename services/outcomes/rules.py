"""The table of the outcomes report (core/outcome_report.csv): what is hidden, the bands, the default period."""

from dataclasses import dataclass
from functools import cache

from domain.small_groups import Least
from services.reference import read_table

Steps = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReportRules:
    """The numbers of the report, by version; steps are the lower ends of all bands but the first."""

    version: str
    least: Least
    age_steps_hours: Steps
    eplet_steps: Steps
    reservation_days: int
    default_months: int


@cache
def report_rules() -> ReportRules:
    """The table of this version."""
    rows = read_table("outcome_report")
    values = {row["name"]: row["value"] for row in rows}
    return ReportRules(
        version=rows[0]["version"],
        least=Least(int(values["least_transfusions"]), int(values["least_patients"])),
        age_steps_hours=_steps(values["age_steps_hours"]),
        eplet_steps=_steps(values["eplet_steps"]),
        reservation_days=int(values["reservation_days"]),
        default_months=int(values["default_months"]),
    )


def band(value: float, steps: Steps) -> str:
    """`0-24`, `24-48`, `120-`: from the lower end, which belongs to the band, to below the upper one."""
    ends = [0.0, *steps]
    place = max(at for at, low in enumerate(ends) if low <= value)
    upper = f"{ends[place + 1]:g}" if place + 1 < len(ends) else ""
    return f"{ends[place]:g}-{upper}"


def _steps(text: str) -> Steps:
    return tuple(float(one) for one in text.split())
