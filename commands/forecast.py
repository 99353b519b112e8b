"""`flask forecast`: the weeks ahead of one patient, or of all by their first gap."""

from pathlib import Path

import click

from commands.common import actor, emit_json, locale, phenotheque_command, runtime
from commands.options import on_day
from commands.tables import Json, print_table, show_issues
from domain.errors import UnusableInput
from services.audit import record_audit
from services.documents.document import Document, Maker, Words
from services.documents.files import DEFAULT_PROFILE
from services.documents.forecast import fault_said, forecast_document, overview_document, scope_said
from services.documents.whole import document_bytes, write_whole
from services.forecast import saying
from services.forecast.page import open_forecast, open_overview
from services.forecast.supply import DEFAULT_WEEKS, SCOPES, Question
from services.matching.snapshots import SnapshotStore

FIGURES = ("need", "met", "gap", "givers", "left")
FORMS = ("table", "json", "csv", "xlsx", "pdf")


@click.command("forecast")
@click.argument("patient", required=False)
@click.option("--weeks", type=int, default=DEFAULT_WEEKS, show_default=True, help="How many weeks ahead.")
@click.option(
    "--scope", type=click.Choice(SCOPES), help="Donors of the patient's own region (default), or of the country."
)
@click.option("--region", help="Of all patients, those of one region alone.")
@click.option("--on", "on_text", metavar="DATE", help="First day of donation, YYYY-MM-DD (default: today).")
@click.option("--format", "form", type=click.Choice(FORMS), default="table", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="File to write (CSV, XLSX and PDF).")
@phenotheque_command
def forecast(
    patient: str | None, weeks: int, scope: str | None, region: str | None, on_text: str | None, form: str,
    output: str | None,
) -> None:  # fmt: skip
    """Forecast the supply of PATIENT week by week, or of all patients, the soonest gap first."""
    if patient is not None and region is not None:
        raise UnusableInput("forecast_not_both")
    if form not in ("table", "json") and output is None:
        raise UnusableInput("file_needed", form=form)
    question = Question(on_day(on_text), runtime().now(), runtime().settings.timezone, weeks, scope)
    store = SnapshotStore(runtime().snapshots_path)
    with runtime().engines.read_session() as session:
        if patient is not None:
            answer = open_forecast(session, store, number=patient, question=question, locale=locale())
        else:
            answer = open_overview(session, store, question=question, region=region, locale=locale())
    if form == "json":
        emit_json(answer)
    elif form == "table":
        (_show_all if patient is None else _show)(answer, Words(locale()))
    else:
        _write(answer, patient, form, Path(output or ""))


def _show(one: Json, said: Words) -> None:
    title = said("title_forecast", _title(one) | {"patient": one["patient"]})
    rows = [
        [str(week["week"]), saying.days_said(week, said.locale), *(str(week[name]) for name in FIGURES)]
        for week in one["weeks"]
    ]
    print_table(title, ("week", "day", *FIGURES), rows, 2, said.locale)
    click.echo(saying.state_said(one, said))
    if one["first_gap"]:
        tried = [
            [
                saying.relaxed_said(each, said), saying.effect_said(each, one, said), str(each["donors"]),
                f"+{each['lets_in']['donors']} " + "; ".join(saying.lets_in_said(each, said, said.locale)),
            ]
            for each in one["relaxations"]
        ]  # fmt: skip
        if tried:
            print_table(said("title_relaxations"), ("relaxed", "effect", "donors", "lets_in"), tried, 4, said.locale)
        click.echo(saying.closing_said(one, said))
        click.echo(said("forecast_question"))
    for words in saying.notes_said(one, one, said):
        click.echo(words)
    show_issues(one, said.locale)


def _show_all(shown: Json, said: Words) -> None:
    rows = [_row(one, said) for one in shown["patients"]]
    title = said("title_forecasts", _title(shown) | {"patients": len(rows)})
    print_table(title, ("patient", "region", "first_gap", "missing", "donors"), rows, 3, said.locale)
    for words in saying.terms_said(shown, said):
        click.echo(words)
    show_issues(shown, said.locale)


def _row(one: Json, said: Words) -> list[str]:
    if one["fault"]:
        return [one["patient"], "", fault_said(one, said), "", ""]
    missing = f"{one['missing']}/{one['need']['units']}"
    return [one["patient"], scope_said(one, said), saying.short_state(one, said), missing, str(one["donors"])]


def _title(shown: Json) -> Json:
    return {"weeks": shown["weeks_ahead"], "on": shown["on"].isoformat()}


def _write(answer: Json, patient: str | None, form: str, path: Path) -> None:
    """Write the file; that it went out is noted."""
    maker = Maker(actor(), runtime().now(), runtime().settings.timezone)
    document: Document
    if patient is None:
        document = overview_document(answer, maker=maker, locale=locale())
    else:
        document = forecast_document(answer, maker=maker, locale=locale(), on_paper=form == "pdf")
    content, rows = document_bytes(document, form, profile=DEFAULT_PROFILE, maker=maker)
    with runtime().engines.write_session() as session:
        record_audit(
            session, actor=actor(), action="export", subject_type="patient" if patient else "forecast",
            subject_key=patient or answer["on"].isoformat(),
            details={"what": "forecast", "format": form, "rows": rows}, now=runtime().now(),
        )  # fmt: skip
    write_whole(content, path)
