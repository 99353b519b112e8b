"""The report of outcomes as documents: the groups, and the transfusions behind them under pseudonyms."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sqlmodel import Session

from domain.outcome_groups import Figures, Group
from domain.transfusion import Verdict, Window
from models.crypto import blind_index
from services.audit import record_audit
from services.documents.document import Cell, Column, Document, Fact, Maker, Table, Words
from services.outcomes.gathering import Given
from services.outcomes.labels import hidden_words, label
from services.outcomes.report import OutcomesReport, Period
from services.outcomes.rules import report_rules
from services.wording.formats import format_number, format_percent

DECIMALS, PSEUDONYM_DIGITS = 3, 12
NUMBERS = (
    "judged", "median", "median_low", "median_high", "effective", "share", "share_low", "share_high",
)  # fmt: skip
ROW = (
    "patient", "donor", "month", "valid", "cci_1h", "effective_1h", "cci_24h", "effective_24h", "grade", "sum_mfi",
    "max_mfi", "eplets", "abo", "age_hours", "selection", "additive_solution", "pathogen_reduced", "threshold_mfi",
    "threshold_by", "verdict", "why",
)  # fmt: skip
ROW_NUMBERS = {"cci_1h", "cci_24h", "sum_mfi", "max_mfi", "eplets", "age_hours", "threshold_mfi"}


def outcomes_document(report: OutcomesReport, *, maker: Maker, locale: str, on_paper: bool) -> Document:
    """Every group that is shown, and the names of those that are not."""
    said, whole = Words(locale), report.summary.whole
    facts = [
        *_period_facts(report.period, said),
        Fact(said("doc.outcomes_whole"), "" if whole is None else f"{whole.transfusions}, {whole.patients}"),
    ]
    return Document(
        name=said("doc.file_outcomes"),
        title=said("doc.title_outcomes"),
        subject=_subject(report.period),
        locale=locale,
        facts=facts,
        versions=_versions(report, said),
        made=maker.facts(locale),
        tables=[_groups(report, said, locale, on_paper=on_paper)],
        notes=notes_of(report, said),
    )


def notes_of(report: OutcomesReport, said: Words) -> list[str]:
    """What to know of the figures, the first of all what they may not be used for."""
    level = format_percent(report.level, said.locale)
    return [
        said("outcomes_not_for"),
        said("outcomes_valid_only" if report.valid_only else "outcomes_valid_all"),
        said("outcomes_intervals", {"level": level}),
        hidden_words(said),
        *([] if report.eplet_table else [said("outcomes_no_eplets")]),
    ]


def rows_document(given: Sequence[Given], period: Period, *, rules: str, maker: Maker, locale: str) -> Document:
    """One row a transfusion: no number, no day, no free text; in an order that says nothing."""
    said = Words(locale)
    rows = sorted((_row(one, said) for one in given), key=repr)
    columns = [Column(said(f"outcomes_row.{name}"), 14, name in ROW_NUMBERS) for name in ROW]
    return Document(
        name=said("doc.file_outcome_rows"),
        title=said("doc.title_outcome_rows"),
        subject=_subject(period),
        locale=locale,
        facts=_period_facts(period, said),
        versions=[Fact(said("doc.transfusion_rules"), rules), Fact(said("doc.outcomes_rules"), report_rules().version)],
        made=maker.facts(locale),
        tables=[Table(said("doc.sheet_outcome_rows"), columns, rows)],
        notes=[said("outcomes_not_for"), said("doc.outcomes_pseudonyms")],
    )


def record_outcomes_export(session: Session, period: Period, what: str, kind: str, rows: int, **who: Any) -> None:
    """Note who took the report or its rows out, and how much of it; `actor` and `now` as everywhere."""
    details = {"what": what, "format": kind, "rows": rows}
    record_audit(
        session, action="outcomes_exported", subject_type="outcomes", subject_key=_subject(period), details=details,
        **who,
    )  # fmt: skip


def _groups(report: OutcomesReport, said: Words, locale: str, *, on_paper: bool) -> Table:
    columns = [
        Column(said("outcomes_column.heading"), 26),
        Column(said("outcomes_column.group"), 26),
        Column(said("outcomes_column.transfusions"), 12, True),
        Column(said("outcomes_column.patients"), 10, True),
        Column(said("outcomes_column.window"), 10),
        *(Column(said(f"outcomes_column.{name}"), 10, True) for name in NUMBERS),
    ]
    rows = _group_rows(report, said, locale)
    if on_paper:  # a sheet cuts decimals
        rows = ([format_number(cell, locale) if isinstance(cell, float) else cell for cell in row] for row in rows)
    return Table(said("doc.sheet_outcome_groups"), columns, list(rows))


def _group_rows(report: OutcomesReport, said: Words, locale: str) -> Iterator[list[Cell]]:
    if report.summary.whole is not None:
        yield from _rows_of(said("outcomes_whole"), "", report.summary.whole, said)
    for heading in report.summary.headings:
        by = said(f"outcomes_heading.{heading.name}")
        named = partial(label, heading.name, said=said, locale=locale)
        for one in heading.groups:
            yield from _rows_of(by, named(one.key), one, said)
        for key in heading.hidden:
            yield [by, named(key), said("outcomes_hidden"), *([None] * (2 + len(NUMBERS)))]


def _rows_of(by: str, name: str, group: Group, said: Words) -> Iterator[list[Cell]]:
    for window in Window:
        named = said(f"transfusion_window.{window.value}")
        yield [by, name, group.transfusions, group.patients, named, *_figures(group.windows[window])]


def _figures(one: Figures) -> list[Cell]:
    if one.effective is None or one.effective_interval is None:
        return [one.judged, *([None] * (len(NUMBERS) - 1))]
    ends = (one.interval.low, one.interval.high) if one.interval else (None, None)
    shares = (one.effective.rate, one.effective_interval.low, one.effective_interval.high)
    return [
        one.judged,
        _short(one.median),
        *map(_short, ends),
        one.effective.found,
        *map(_short, shares),
    ]


def _row(one: Given, said: Words) -> list[Cell]:
    row, cells = one.row, dict[str, Cell]()
    for window in one.outcome.windows:
        judged = window.verdict is not Verdict.NOT_JUDGED
        cells[f"cci_{window.window.value}"] = _short(window.value("cci")) if judged else None
        cells[f"effective_{window.window.value}"] = said(f"transfusion_verdict.{window.verdict}")
    cells |= {
        "patient": _pseudonym("P", one.patient),
        "donor": _pseudonym("D", one.donor) if one.donor else None,
        "month": f"{one.day:%Y-%m}",
        "valid": said(f"transfusion_valid.{one.outcome.valid}"),
        "grade": one.grade,
        "sum_mfi": one.sum_mfi,
        "max_mfi": one.max_mfi,
        "eplets": one.eplets,
        "abo": said(f"abo.{one.abo or 'unknown'}"),
        "age_hours": row.age_hours,
        "selection": said(f"transfusion_selection.{row.selection}") if row.selection else None,
        "additive_solution": _flag(row.additive_solution, said),
        "pathogen_reduced": _flag(row.pathogen_reduced, said),
        "threshold_mfi": one.threshold_mfi,
        "threshold_by": said(f"outcomes_threshold.{one.threshold_by}") if one.threshold_by else None,
        "verdict": said(f"verdict.{one.verdict}") if one.verdict else None,
        "why": said(f"outcomes_group.{one.why}") if one.why else None,
    }
    return [cells[name] for name in ROW]


def _pseudonym(sign: str, number: str) -> str:
    """Keyed: the same in every file of the site, and not to be worked out without the key."""
    return f"{sign}-{(blind_index(number, f'outcomes_{sign}') or '')[:PSEUDONYM_DIGITS]}"


def _flag(value: bool | None, said: Words) -> str | None:
    return None if value is None else said(f"transfusion_flag.{'yes' if value else 'no'}")


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)


def _subject(period: Period) -> str:
    return f"{period.from_on:%Y-%m}_{period.until_on:%Y-%m}"


def _period_facts(period: Period, said: Words) -> list[Fact]:
    return [Fact(said("doc.outcomes_period"), f"{period.from_on:%Y-%m} – {period.until_on:%Y-%m}")]


def _versions(report: OutcomesReport, said: Words) -> list[Fact]:
    found = [
        Fact(said("doc.transfusion_rules"), report.rules),
        Fact(said("doc.outcomes_rules"), report_rules().version),
    ]
    return [*found, *([Fact(said("version.eplets"), report.eplet_table)] if report.eplet_table else [])]
