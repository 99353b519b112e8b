"""The antibody history as a document: the sera with their donors, and the MFI of every specificity."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.documents.document import Cell, Column, Document, Fact, Maker, Table, Words

Shown = Mapping[str, Any]
COUNTED = ("available", "compatible", "possible", "unknown", "blocked")
CAUTIONS = ("history_read_alone", *(f"history_caution.{name}" for name in ("relative", "same_lot", "treatment")))
MOST_ON_PAPER = 12  # columns of sera that a sheet of paper holds: the latest


def history_document(history: Shown, *, maker: Maker, locale: str, on_paper: bool, mfi_first: bool = False) -> Document:
    """The sera, one a row, then every specificity with its MFI in each; on paper those of the latest sera only.

    A CSV holds one table: `mfi_first` makes it that of the specificities.
    """
    said = Words(locale)
    first = max(0, len(history["sera"]) - MOST_ON_PAPER) if on_paper else 0
    directive = history["directive"]
    facts = [
        Fact(said("doc.history_directive"), said("doc.history_no_directive") if directive is None else directive),
        Fact(said("doc.history_threshold"), history["threshold"]),
        Fact(said("doc.history_loci"), ", ".join(history["loci"])),
        Fact(said("doc.history_donors"), history["active_donors"]),
        Fact(said("doc.history_on"), date.fromisoformat(history["on"])),
    ]
    tables = [_sera(history, said), _specificities(history, said, first)]
    return Document(
        name=said("doc.file_antibodies"),
        title=said("doc.title_antibodies"),
        subject=history["patient"],
        locale=locale,
        facts=facts,
        versions=[
            Fact(said(f"doc.history_{name}"), history["versions"][name]) for name in ("nomenclature", "snapshot")
        ],
        made=maker.facts(locale),
        tables=tables[::-1] if mfi_first else tables,
        notes=[*(said(code) for code in CAUTIONS), *(one["message"] for one in history["issues"])],
    )


def _sera(history: Shown, said: Words) -> Table:
    columns = [
        Column(said("doc.history_day"), 12),
        Column(said("doc.history_serum"), 16),
        Column(said("doc.history_lot"), 14),
        Column(said("doc.history_format"), 12),
        Column(said("doc.history_treatment"), 12),
        *(Column(said(f"doc.history_count.{name}"), 10, True) for name in COUNTED),
        *(Column(said(f"doc.history_{way}"), 10, True) for way in ("opened", "closed")),
        Column(said("doc.history_breaks"), 24),
        Column(said("doc.history_crossings"), 40),
    ]
    return Table(said("doc.sheet_sera"), columns, [_serum(one, said) for one in history["sera"]])


def _serum(one: Shown, said: Words) -> list[Cell]:
    since = one["since"]
    breaks = ", ".join(said(f"history_break.{name}") for name in since["breaks"]) if since else ""
    told = since["crossings"] if since else []
    crossings = ", ".join(f"{each['specificity']} {each['before']:.0f} → {each['after']:.0f}" for each in told)
    return [
        date.fromisoformat(one["placed_on"]),
        one["code"],
        one["kit_lot"] or said("not_known"),
        one["format"],
        one["treatment"],
        *(one["national"][name] for name in COUNTED),
        since["national"]["opened"] if since else None,
        since["national"]["closed"] if since else None,
        breaks,
        crossings,
    ]


def _specificities(history: Shown, said: Words, first: int) -> Table:
    sera = history["sera"][first:]
    columns = [
        Column(said("doc.history_specificity"), 14),
        Column(said("doc.history_mark"), 16),
        *(Column(f"{one['placed_on']} {one['code']}", 10, True) for one in sera),
    ]
    rows = [
        [
            one["name"],
            said(f"history_mark.{one['mark']}") if one["mark"] else "" if one["in_scope"] else said("doc.history_out"),
            *(said("doc.history_not_tested") if value is None else value["mfi"] for value in one["values"][first:]),
        ]
        for one in history["specificities"]
    ]
    return Table(said("doc.sheet_specificities"), columns, rows)
