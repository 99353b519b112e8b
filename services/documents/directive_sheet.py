"""The directive in force as a document: every rule with its reason, and the donors it leaves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from domain.errors import RefusedByRule
from services.directives import directive_json
from services.documents.document import Cell, Column, Document, Maker, Table
from services.documents.donor_list import counts_table
from services.documents.statements import search_facts, version_facts
from services.matching.snapshots import SnapshotStore
from services.patients import self_issues
from services.searches import issues_json
from services.wanted import Wanted
from services.wording.catalogue import sentence
from services.workbench import laid_for_page


def directive_document(
    session: Session, store: SnapshotStore, *, patient_number: str, wanted: Wanted, maker: Maker, locale: str
) -> Document:
    """The directive in force, whatever else the view asks. Raises RefusedByRule where there is none."""
    laid, mfi, said_too = laid_for_page(session, store, patient_number, Wanted(on=wanted.on))
    row = laid.case.directive_row
    if row is None:
        raise RefusedByRule("no_directive", patient=patient_number)
    head = laid.head()
    issues = issues_json((*said_too, *laid.issues, *self_issues(laid.matching.reading, mfi)), locale)
    rules = rules_table(directive_json(session, patient_number, row), head["sample"], maker, locale)
    return Document(
        name=sentence("doc.file_directive", {}, locale),
        title=sentence("doc.title_directive", {"version": str(row.version)}, locale),
        subject=patient_number,
        locale=locale,
        facts=search_facts(head, row, locale),
        versions=version_facts(head, locale),
        made=maker.facts(locale),
        tables=[rules, counts_table(laid, [mfi], locale)],
        notes=[issue["message"] for issue in issues],
    )


def _peak_said(held: Mapping[str, Any], locale: str) -> str:
    return sentence("rule.peak", {"months": held["peak_months"]}, locale)


def _planned_rows(held: Mapping[str, Any], said: Callable[[str], str]) -> list[Sequence[Cell]]:
    """The planned stem-cell donor's typing, and each antigen avoided for it."""
    if not held["planned_donor"]:
        return []
    rows: list[Sequence[Cell]] = [[said("change.planned_donor"), held["planned_donor"], ""]]
    for one in held["planned_exclusions"]:
        why = said("rule.planned_certain" if one["certain"] else "rule.planned_uncertain")
        rows.append([said("rule.added"), one["specificity"], why])
    return rows


def rules_table(held: Mapping[str, Any], sample: str | None, maker: Maker, locale: str) -> Table:
    """One row for each thing the directive says: what, its value, why."""

    def said(code: str) -> str:
        return sentence(code, {}, locale)

    rows: list[Sequence[Cell]] = [
        [said("heading_threshold"), held["threshold"], ""],
        [said("doc.sample"), held["sample"] or f"{said('latest_serum')} ({sample or said('doc.none')})", ""],
        *([[said("change.serum"), _peak_said(held, locale), ""]] if held["serum"] == "peak" else []),
        [said("doc.loci"), ", ".join(held["loci"]), ""],
        *([said("rule.added"), name, held["add_reasons"].get(name, "")] for name in held["add"]),
        *([said("rule.removed"), one["specificity"], one["reason"]] for one in held["remove"]),
        *_planned_rows(held, said),
        *([said("rule.antibody"), f"anti-{antigen}", ""] for antigen in held["hpa_antibodies"]),
        *([[said("rule.antibody"), "anti-CD36", ""]] if held["anti_cd36"] else []),
        [said("rule.abo"), said(f"abo_rule.{held['abo_rule']}"), ""],
        [said("rule.valid_until"), held["valid_until"] or said("rule.no_end"), ""],
        [said("rule.note"), held["note"] or "—", ""],
        [said("rule.set_by"), held["actor"], ""],
        [said("rule.set_at"), maker.clock(held["created_at"]), ""],
        [said("rule.signed_by"), held["signed_by"] or said("doc.unsigned"), ""],
    ]
    if held["signed_at"]:
        rows.append([said("rule.signed_at"), maker.clock(held["signed_at"]), ""])
    columns = [
        Column(said("column.rule"), 26),
        Column(said("column.value"), 30),
        Column(said("column.reason"), 40),
    ]
    return Table(said("doc.sheet_directive"), columns, rows)
