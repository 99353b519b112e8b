"""What works here: the outcomes of transfusions in groups, as a page and as files, and the rows under pseudonyms."""

import io
from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request, send_file
from werkzeug.wrappers import Response

from domain.errors import UnusableInput
from domain.transfusion import Window
from services.accounts.permissions import Permission
from services.documents.document import Document, Maker, Words
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, profile_named
from services.documents.outcomes import notes_of, outcomes_document, record_outcomes_export, rows_document
from services.documents.whole import document_bytes
from services.outcomes.labels import label
from services.outcomes.report import Period, find_given, fixed_period, make_report, parse_period
from services.transfusions.rules import outcome_rules
from views.access import logged_in, needs
from views.language import current_locale
from views.reports.drawing import draw_groups
from views.reports.pages import blueprint
from views.reservations.asked import timing
from views.running import actor, now, person, runtime

PAGE = "/reports/outcomes"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks; the months and which transfusions only of who may see the patients behind them."""

    period: Period
    window: Window
    valid_only: bool
    may_choose: bool

    @property
    def query(self) -> dict[str, str]:
        """The same as names of the address."""
        period = self.period
        chosen = {"from": f"{period.from_on:%Y-%m}", "until": f"{period.until_on:%Y-%m}"} if self.may_choose else {}
        return {**chosen, **({} if self.valid_only else {"which": ALL}), "window": self.window.value}


def parse_asked() -> Asked:
    """What the address asks. Raises UnusableInput."""
    given, today = request.args, timing().today
    may_choose = person().may(Permission.SEE_PATIENTS)  # two periods that differ by little would tell of one patient
    window = given.get("window", "").strip() or Window.EARLY
    if window not in set(Window):
        raise UnusableInput("outcomes_window_unknown", window=window, known=", ".join(Window))
    if not may_choose:
        return Asked(fixed_period(today), Window(window), True, False)
    period = parse_period(given.get("from", "").strip(), given.get("until", "").strip(), today=today)
    return Asked(period, Window(window), given.get("which") != ALL, True)


@blueprint.get(PAGE)
@logged_in
def outcomes() -> str:
    """The report, one window at a time."""
    asked, said, locale = parse_asked(), Words(current_locale()), current_locale()
    with runtime().engines.read_session() as session:
        report = make_report(session, asked.period, valid_only=asked.valid_only, timing=timing())

    def named(heading: str, key: str) -> str:
        return label(heading, key, said, locale)

    charts = {one.name: draw_groups(one, report, asked.window, named) for one in report.summary.headings}
    context = {"report": report, "asked": asked, "named": named, "charts": charts, "notes": notes_of(report, said)}
    return render_template("reports/outcomes.html", windows=list(Window), **context)


@blueprint.get(f"{PAGE}/export/groups.<any(pdf, xlsx, csv):kind>")
@logged_in
def outcomes_export(kind: str) -> Response:
    """The groups of the page as a file."""
    asked, maker = parse_asked(), _maker()
    with runtime().engines.read_session() as session:
        report = make_report(session, asked.period, valid_only=asked.valid_only, timing=timing())
    document = outcomes_document(report, maker=maker, locale=current_locale(), on_paper=kind == "pdf")
    return _sent(document, asked.period, "outcomes", kind, maker)


@blueprint.get(f"{PAGE}/export/rows.<any(xlsx, csv):kind>")
@needs(Permission.SEE_PATIENTS)
def outcomes_rows(kind: str) -> Response:
    """The transfusions behind the page under pseudonyms, for who may see patients and donors."""
    if not person().may(Permission.SEE_DONORS):
        abort(403)
    asked, maker = parse_asked(), _maker()
    with runtime().engines.read_session() as session:
        given = find_given(session, asked.period, valid_only=asked.valid_only, timing=timing())
    rules = outcome_rules(timing().today).name
    document = rows_document(given, asked.period, rules=rules, maker=maker, locale=current_locale())
    return _sent(document, asked.period, "outcome-rows", kind, maker)


def _maker() -> Maker:
    return Maker(f"{person().display_name} ({actor()})", now(), runtime().settings.timezone)


def _sent(document: Document, period: Period, what: str, kind: str, maker: Maker) -> Response:
    """Write the file, note in the audit trail that it goes out, and send it."""
    profile = request.args.get("profile") or DEFAULT_PROFILE
    profile_named(profile)
    content, rows = document_bytes(document, kind, profile=profile, maker=maker)
    who: dict[str, Any] = {"actor": actor(), "now": now()}
    with runtime().engines.write_session() as session:
        record_outcomes_export(session, period, what, kind, rows, **who)
    name = file_name(document, kind, maker)
    return send_file(io.BytesIO(content), KINDS[kind], as_attachment=True, download_name=name)
