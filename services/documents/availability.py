"""The availability report as a document: the directives first for who may see patients, then the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import Any

from sqlmodel import Session

from domain.availability import Expected
from services.audit import record_audit
from services.availability.counting import NAMES, Figures, by_abo, figures_of
from services.availability.report import Entry, Group, Report
from services.documents.document import Cell, Column, Document, Fact, Maker, Table, Words
from services.wording.alphabet import UNASSIGNED, region_order
from services.wording.formats import format_units

Json = dict[str, Any]
FORECAST = NAMES[:5]
REACHED = ("selected", "contacted", "tested", "confirmed")


def availability_document(report: Report, *, maker: Maker, locale: str, patients: bool, on_paper: bool) -> Document:
    """The report of a day; `patients`: with the directives. A spreadsheet has a table by region and ABO more."""
    said = Words(locale)
    tables = [_directives(report, said, on_paper=on_paper)] if patients else []
    if patients and not on_paper:
        tables.append(_parts(report, said))
    if patients:
        tables += [_groups(report.centres, "centre", said, on_paper), _groups(report.abo_groups, "abo", said, on_paper)]
    tables += [_registry(report, said), _rare(report, said), _campaigns(report, said), _quality(report, said)]
    region = report.region and (said("unassigned") if report.region == UNASSIGNED else report.region)
    return Document(
        name=said("doc.file_availability"),
        title=said("doc.title_availability"),
        subject=region or said("doc.subject_nation"),
        locale=locale,
        facts=_facts(report, maker, said),
        versions=[Fact(said(f"version.{name}"), value) for name, value in report.day.versions.items()],
        made=maker.facts(locale),
        tables=tables,
        notes=_notes(report, said, patients=patients),
    )


def giving_said(report: Report, said: Words) -> str:
    """How often donors gave, with numerator, denominator and interval."""
    giving, hundred = report.giving, report.giving.a_week(100)
    if hundred is None:
        return said("availability_no_giving")
    figures = {
        name: format_units(value, said.locale)
        for name, value in (("rate", hundred.units), ("low", hundred.low), ("high", hundred.high))
    }
    return said("availability_giving", {"donations": giving.donations, "donors": giving.donors, **figures})


def record_availability_export(session: Session, report: Report, kind: str, rows: int, **who: Any) -> None:
    """Note who took the report out, in which form, and how much of it; `actor` and `now` as everywhere."""
    details = {"what": "availability", "format": kind, "rows": rows, "region": report.region}
    key = report.day.local_day.isoformat()
    record_audit(session, action="export", subject_type="availability", subject_key=key, details=details, **who)


def note_of(entry: Entry, said: Words) -> str:
    """What to know of a directive: why it could not be counted, or that donors are too few."""
    if entry.row.fault_code is not None:
        return said(entry.row.fault_code, {**entry.row.fault_params, "patient": entry.patient})
    return said("availability_lacks_donors") if entry.lacks_donors else ""


def _facts(report: Report, maker: Maker, said: Words) -> list[Fact]:
    previous: Cell = report.previous.local_day if report.previous else said("doc.none")
    summary = report.summary
    return [
        Fact(said("doc.availability_day"), report.day.local_day),
        Fact(said("doc.availability_previous"), previous),
        Fact(said("doc.availability_made"), maker.clock(report.day.made_at)),
        Fact(said("availability_summary.read"), summary["read"]),
        Fact(said("availability_summary.none_week"), summary["none_week"]),
        Fact(said("availability_summary.short"), summary["short"]),
        Fact(said("doc.availability_open"), report.need.units),
    ]


def _notes(report: Report, said: Words, *, patients: bool) -> list[str]:
    notes = [giving_said(report, said)]
    if patients:
        notes += [said("availability_only_requests"), said("availability_shared")]
    if patients and report.region:
        notes.append(said("availability_region_alone", {"region": report.region}))
    if report.late:
        notes.insert(0, said("availability_late"))
    return notes


def _directives(report: Report, said: Words, *, on_paper: bool) -> Table:
    """On paper the interval stands beside what is expected, and the later weeks in one column: there is no room."""
    split = ("expected", "low", "high") if not on_paper else ("expected",)
    weeks = ("need_2", "need_3", "need_4") if not on_paper else ("need_2_to_4",)
    columns = [
        Column(said("heading_patient"), 14),
        Column(said("availability_column.centre"), 16),
        Column(said("availability_column.abo"), 6),
        Column(said("heading_threshold"), 10, True),
        *(Column(said(f"availability_column.{name}"), 12 if name == "donors" else 9, True) for name in FORECAST),
        *(Column(said(f"availability_column.{name}"), 10, True) for name in ("change", "need")),
        *(Column(said(f"availability_column.{name}"), 18 if on_paper else 10, True) for name in split),
        Column(said("availability_column.gap"), 10, True),
        *(Column(said(f"availability_column.{name}"), 12 if on_paper else 10, True) for name in weeks),
        Column(said("availability_column.later"), 8, True),
        Column(said("availability_column.note"), 32),
    ]
    rows = [_directive(one, said, on_paper) for one in report.entries]
    return Table(said("doc.sheet_availability"), columns, rows)


def _directive(entry: Entry, said: Words, on_paper: bool) -> list[Cell]:
    row, gaps, later = entry.row, entry.gaps, entry.need.weeks[1:]
    figures: list[Cell] = list(astuple(entry.figures)[:5]) if gaps is not None else [None] * 5
    return [
        entry.patient,
        row.centre,
        row.abo or "?",
        row.threshold_mfi,
        *figures,
        _signed(entry.figures.now - entry.before.now) if entry.before else None,
        entry.need.this_week,
        *_expected(entry.expected, said, on_paper),
        _units(gaps[0] if gaps else None, said, on_paper),
        *([" · ".join(map(str, later))] if on_paper else later),
        entry.need.later,
        note_of(entry, said),
    ]


def _expected(expected: Expected | None, said: Words, on_paper: bool) -> list[Cell]:
    if expected is None:
        return [None] * (1 if on_paper else 3)
    if not on_paper:
        return [_units(one, said, on_paper) for one in (expected.units, expected.low, expected.high)]
    units, low, high = (format_units(one, said.locale) for one in (expected.units, expected.low, expected.high))
    return [f"{units} ({low} – {high})"]


def _signed(change: int) -> str:
    return f"{change:+d}".replace("-", "−") if change else "="


def _units(value: float | None, said: Words, on_paper: bool) -> Cell:
    """On paper as the reader writes it; in a spreadsheet a number."""
    if value is None:
        return None
    return format_units(value, said.locale) if on_paper else round(value, 3)


def _figure_columns(said: Words) -> list[Column]:
    return [Column(said(f"availability_column.{name}"), 12, True) for name in FORECAST]


def _parts(report: Report, said: Words) -> Table:
    columns = [
        Column(said("heading_patient"), 14),
        Column(said("heading_region"), 26),
        Column(said("availability_column.abo"), 8),
        *_figure_columns(said),
    ]
    return Table(said("doc.sheet_availability_groups"), columns, _part_rows(report, said))


def _part_rows(report: Report, said: Words) -> Iterator[list[Cell]]:
    for one in report.entries:
        for region in sorted(one.row.counts, key=region_order):
            if report.region in (None, region):
                for abo, row in sorted(one.row.counts[region].items()):
                    yield [one.patient, _place(region, said), abo, *row[:5]]


def _place(region: str, said: Words) -> str:
    return said("unassigned") if region == UNASSIGNED else region


def _groups(groups: Sequence[Group], attribute: str, said: Words, on_paper: bool) -> Table:
    heading = said(f"availability_column.{attribute}")
    columns = [
        Column(heading, 30),
        *(Column(said(f"availability_column.{name}"), 14, True) for name in ("directives", "none_week", "need", "gap")),
    ]
    rows: list[list[Cell]] = [
        [one.name or "?", one.directives, one.none_week, one.need, _units(one.gap, said, on_paper)] for one in groups
    ]
    return Table(f"{said('doc.sheet_availability')} · {heading}", columns, rows)


def _registry(report: Report, said: Words) -> Table:
    columns = [
        Column(said("heading_region"), 26),
        Column(said("availability_column.abo"), 8),
        Column(said("availability_column.searchable"), 12, True),
        *_figure_columns(said)[1:],
    ]
    counts = report.day.facts["registry"]
    rows: list[list[Cell]] = []
    if report.region is None:
        rows.append([said("doc.whole_country"), None, *_shown(figures_of(counts))])
        rows += [[said("doc.whole_country"), abo, *_shown(one)] for abo, one in by_abo(counts).items()]
    for region, figures in report.registry_by_region.items():
        if report.region in (None, region):
            rows.append([_place(region, said), None, *_shown(figures)])
    if report.region is not None:
        rows += [[_place(report.region, said), abo, *_shown(one)] for abo, one in report.registry_by_abo.items()]
    return Table(said("doc.sheet_availability_registry"), columns, rows)


def _shown(figures: Figures) -> tuple[int, ...]:
    return astuple(figures)[:5]


def _rare(report: Report, said: Words) -> Table:
    columns = [
        Column(said("rare_facet.phenotype"), 34),
        Column(said("rare_heading.in_file"), 12, True),
        Column(said("rare_heading.confirmed"), 12, True),
        Column(said("availability_column.now"), 12, True),
        Column(said("availability_rare.soon"), 12, True),
        Column(said("rare_alert_kind.recall"), 14, True),
    ]
    rows: list[list[Cell]] = [
        [
            said(f"rare.{one['phenotype']}"),
            *(one[name] for name in ("donors", "confirmed", "now", "soon", "recalls")),
        ]
        for one in report.day.facts["rare"]
    ]
    return Table(said("doc.sheet_availability_rare"), columns, rows)


def _campaigns(report: Report, said: Words) -> Table:
    columns = [
        Column(said("doc.sheet_availability_campaigns"), 40),
        Column(said("heading_status"), 16),
        Column(said("availability_campaign.wanted"), 12, True),
        *(Column(said(f"availability_campaign.{name}"), 12, True) for name in REACHED),
    ]
    rows: list[list[Cell]] = [
        [
            report.campaign_names.get(one["code"], "?"),
            said(f"campaign_status.{one['status']}"),
            one["wanted"],
            *(one["reached"][name] for name in REACHED),
        ]
        for one in report.day.facts["campaigns"]
    ]
    return Table(said("doc.sheet_availability_campaigns"), columns, rows)


def _quality(report: Report, said: Words) -> Table:
    columns = [Column(said("availability_column.note"), 60), Column(said("availability_column.count"), 12, True)]
    return Table(said("doc.sheet_availability_quality"), columns, quality_rows(report, said))


def quality_rows(report: Report, said: Words) -> list[tuple[str, int]]:
    """Stock and quality of the whole country, each in words with its count."""
    facts = report.day.facts
    quality, units = facts["quality"], facts["autologous"]
    return [
        (said("availability_fact.registered"), facts["donors"]),
        (said("availability_fact.stored"), units["stored"]),
        (said("availability_fact.expires"), sum(units["expires"].values())),
        *((said("availability_quality.untyped", {"system": one}), n) for one, n in quality["untyped"].items()),
        *((said(f"availability_quality.{name}"), quality[name]) for name in ("obsolete", "confirmations", "recalls")),
    ]
