"""`flask transfusions` and `flask increments`: transfusions in, and the arithmetic of one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click
from sqlmodel import Session

from commands.common import emit_json, phenotheque_command, runtime, say
from commands.importing import add_table_import
from commands.options import FORMAT
from domain.errors import UnusableInput
from domain.reservation import Timing
from domain.transfusion import Count, TransfusionFacts, Window
from domain.transfusion_outcome import outcome
from services.imports.outcome import ImportResult
from services.imports.reading import Layout
from services.imports.request import ImportRequest
from services.transfusions.importing import import_transfusions, open_transfusion_layout
from services.transfusions.rules import outcome_rules
from services.transfusions.telling import outcome_json


@click.group("transfusions")
def transfusions() -> None:
    """Import transfusions and their counts."""


def _import(session: Session, request: ImportRequest, layout: Layout) -> ImportResult:
    settings = runtime().settings
    timing = Timing(request.now, settings.timezone, settings.hold_hours)
    return import_transfusions(session, request, timing=timing, layout=layout)


add_table_import(
    transfusions,
    told="Import a table of transfusions (CSV or .xlsx): patient_number, ended_at, content, pre_count, pre_at, "
    "count_1h, …",
    open_file=open_transfusion_layout,
    do=_import,
)


@click.command("increments")
@click.option("--pre", type=float, required=True, help="Count before, 10⁹/L.")
@click.option("--post", type=float, required=True, help="Count after, 10⁹/L.")
@click.option("--dose", type=float, help="Content of the product, 10¹¹ platelets.")
@click.option("--bsa", type=float, help="Body surface, m²; else by weight and height.")
@click.option("--weight", type=float, help="kg")
@click.option("--height", type=float, help="cm")
@click.option("--hours", type=float, default=1.0, show_default=True, help="Hours from the transfusion to the count.")
@FORMAT
@phenotheque_command
def increments(
    pre: float,
    post: float,
    dose: float | None,
    bsa: float | None,
    weight: float | None,
    height: float | None,
    hours: float,
    form: str,
) -> int:
    """Say the increment, the corrected increment and the recovery of one count, and whether each is high enough."""
    given = {"pre": pre, "post": post, "dose": dose, "bsa": bsa, "weight": weight, "height": height, "hours": hours}
    for name, value in given.items():
        if value is not None and (value < 0 or (value == 0 and name not in ("pre", "post"))):
            raise UnusableInput("increment_unusable", name=name, value=value)
    told = _measured(pre, post, hours, content=dose, surface_m2=bsa, weight_kg=weight, height_cm=height)
    if form == "json":
        emit_json(told)
        return 0
    for name in ("pi", "cci", "ppr"):
        value = told[name]
        say(f"increment_{name}", value="?" if value is None else round(value, 2), limit=told["limits"][name])
    return 0


def _measured(pre: float, post: float, hours: float, **known: float | None) -> dict[str, Any]:
    rules = outcome_rules(runtime().today())
    ended_at = datetime(2000, 1, 1, tzinfo=UTC)  # any moment: only the hours between count
    late = hours * 60 >= rules.windows[Window.LATE].from_minutes
    window = Window.LATE if late else Window.EARLY
    counts = {window: Count(post, ended_at + timedelta(hours=hours))}
    facts = TransfusionFacts(ended_at, Count(pre, ended_at), counts, bleeding=False, **known)  # type: ignore[arg-type]
    judged = outcome(facts, rules)
    told = next(one for one in outcome_json(judged)["windows"] if one["window"] == window.value)
    measures = told["measures"]
    return {
        **{name: one["value"] for name, one in measures.items()},
        "effective": {name: one["effective"] for name, one in measures.items()},
        "limits": {name: one["limit"] for name, one in measures.items()},
        "window": window.value,
        "hours": hours,
        "verdict": told["verdict"],
        "reasons": [one["code"] for one in told["reasons"]],
        "body": outcome_json(judged)["body"],
        "splenic_factor": judged.splenic_factor,
        "rules": judged.rules,
    }
