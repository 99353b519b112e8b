"""The counts of every threshold, and what would open more donors, as a document."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from services.documents.document import Cell, Column, Document, Fact, Maker, Table
from services.documents.donor_list import counts_table
from services.documents.statements import search_facts, version_facts
from services.matching.snapshots import SnapshotStore
from services.patients import self_issues
from services.searches import Laid, default_thresholds, gains_json, issues_json, settleable_json
from services.wanted import Wanted
from services.wording.catalogue import sentence
from services.workbench import laid_for_page

Json = dict[str, Any]


def sweep_document(
    session: Session, store: SnapshotStore, *, patient_number: str, wanted: Wanted, maker: Maker, locale: str
) -> Document:
    """The usual thresholds and the one of the view, each with its counts by region and its openings."""
    laid, mfi, said_too = laid_for_page(session, store, patient_number, wanted)
    levels = sorted({*default_thresholds(), mfi})
    head = laid.head()

    def said(code: str) -> str:
        return sentence(code, {}, locale)

    issues = issues_json((*said_too, *laid.issues, *self_issues(laid.matching.reading, levels[0])), locale)
    return Document(
        name=said("doc.file_sweep"),
        title=said("doc.title_sweep"),
        subject=head["patient"],
        locale=locale,
        facts=[*search_facts(head, laid.case.directive_row, locale), Fact(said("doc.chosen"), mfi)],
        versions=version_facts(head, locale),
        made=maker.facts(locale),
        tables=[
            counts_table(laid, levels, locale),
            gains_table(laid, levels, locale),
            settles_table(laid, levels, locale),
        ],
        notes=[issue["message"] for issue in issues],
    )


def gains_table(laid: Laid, levels: Sequence[int], locale: str) -> Table:
    """What leaving out one specificity would open in the country."""
    columns = [
        Column(sentence("heading_threshold", {}, locale), 12, True),
        Column(sentence("heading_specificity", {}, locale), 20),
        Column(sentence("heading_max_mfi", {}, locale), 12, True),
        Column(sentence("heading_from_blocked", {}, locale), 18, True),
        Column(sentence("heading_from_possible", {}, locale), 18, True),
    ]
    rows: list[Sequence[Cell]] = [
        [mfi, one["specificity"], one["max_mfi"], one["national"]["from_blocked"], one["national"]["from_possible"]]
        for mfi in levels
        for one in gains_json(laid, mfi)
    ]
    return Table(sentence("doc.sheet_gains", {}, locale), columns, rows, sentence("doc.title_gains", {}, locale))


def settles_table(laid: Laid, levels: Sequence[int], locale: str) -> Table:
    """What a better typing could settle in the country."""
    columns = [
        Column(sentence("heading_threshold", {}, locale), 12, True),
        Column(sentence("column.locus", {}, locale), 10),
        Column(sentence("heading_settle", {}, locale), 26),
        Column(sentence("heading_donors", {}, locale), 12, True),
    ]
    rows: list[Sequence[Cell]] = [
        [mfi, one["locus"], one["typed"], one["national"]] for mfi in levels for one in settleable_json(laid, mfi)
    ]
    return Table(sentence("doc.sheet_settles", {}, locale), columns, rows, sentence("doc.title_settles", {}, locale))
