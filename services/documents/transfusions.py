"""A patient's transfusions as a document: what was given, what it did, and why it is judged or not."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.documents.document import Cell, Column, Document, Fact, Maker, Table, Words
from services.transfusions.entry import FLAGS, TIME_OF
from services.wording.formats import format_number

Shown = Mapping[str, Any]
MEASURES = ("pi", "cci", "ppr")
GIVEN = (
    "ended_at", "product_number", "donor_number", "selection", "content", "age_hours", "product_abo", *FLAGS,
    *(name for pair in TIME_OF.items() for name in pair), "weight_kg", "height_cm",
)  # fmt: skip
ON_PAPER = tuple(name for name in GIVEN if name not in (*FLAGS, *TIME_OF.values(), "selection"))
NUMBERS = {"content", "age_hours", *TIME_OF, "weight_kg", "height_cm"}


def transfusion_document(shown: Shown, *, maker: Maker, locale: str, on_paper: bool) -> Document:
    """The follow-up that the page shows; free notes are left out, they may name somebody.

    On paper figures are text, since a sheet cuts decimals and 7.9 is not 7, and the times of the samples are left out.
    """
    said, state = Words(locale), shown["series"]
    facts = [
        Fact(said("doc.transfusions"), len(shown["transfusions"])),
        Fact(said("doc.refractory_state"), said(f"refractory_state.{state['state']}")),
    ]
    if state["lead"]:
        facts.append(Fact(said("doc.refractory_lead"), said(f"refractory_lead.{state['lead']}")))
    tables = [_outcomes(shown, said, maker), _given(shown, said, maker, ON_PAPER if on_paper else GIVEN)]
    return Document(
        name=said("doc.file_transfusions"),
        title=said("doc.title_transfusions"),
        subject=shown["patient"]["number"],
        locale=locale,
        facts=facts,
        versions=[Fact(said("doc.transfusion_rules"), shown["rules"].name)],
        made=maker.facts(locale),
        tables=[_on_paper(one, locale) if on_paper else one for one in tables],
        notes=[said("refractory_never_a_diagnosis")],
    )


def _outcomes(shown: Shown, said: Words, maker: Maker) -> Table:
    windows = [(window.value, said(f"transfusion_window.{window.value}").lower()) for window in shown["rules"].windows]
    columns = [Column(said("transfusion_field.ended_at"), 16), Column(said("transfusion_field.selection"), 16)]
    for _, name in windows:
        columns += [Column(f"{said(f'transfusion_measure.{one}')} {name}", 9, True) for one in MEASURES]
        columns += [Column(f"{said('transfusion_heading.verdict')} {name}", 22)]
    columns += [
        Column(said("transfusion_heading.valid"), 14),
        Column(said("transfusion_heading.result"), 30),
        Column(said("transfusion_heading.state"), 18),
    ]
    rows = [_outcome(one, said, maker) for one in shown["transfusions"]]
    return Table(said("doc.sheet_outcomes"), columns, rows)


def _outcome(one: Shown, said: Words, maker: Maker) -> list[Cell]:
    cells: list[Cell] = [maker.clock(one["ended_at"]), _word("transfusion_selection", one["selection"], said)]
    for window in one["outcome"]["windows"]:
        values = (window["measures"][name]["value"] for name in MEASURES)
        cells += [None if value is None else round(value, 2) for value in values]
        reasons = " ".join(said(each["code"], each["params"]) for each in window["reasons"])
        cells.append(reasons or said(f"transfusion_verdict.{window['verdict']}"))
    step = one["step"]
    valid = said(f"transfusion_valid.{one['outcome']['valid']}")
    return [*cells, valid, said(step["reason"]), said(f"refractory_state.{step['state']}")]


def _on_paper(table: Table, locale: str) -> Table:
    rows = [[format_number(cell, locale) if isinstance(cell, float) else cell for cell in row] for row in table.rows]
    return replace(table, rows=rows)


def _given(shown: Shown, said: Words, maker: Maker, names: Sequence[str]) -> Table:
    columns = [Column(said(f"transfusion_field.{name}"), 14, name in NUMBERS) for name in names]
    columns.append(Column(said("transfusion_heading.causes"), 30))
    rows = [[*(_cell(one, name, said, maker) for name in names), _causes(one, said)] for one in shown["transfusions"]]
    return Table(said("doc.sheet_transfusions"), columns, rows)


def _cell(one: Shown, name: str, said: Words, maker: Maker) -> Cell:
    value = one[name]
    if name == "selection":
        return _word("transfusion_selection", value, said)
    if name in FLAGS:
        return said("not_known") if value is None else said(f"transfusion_flag.{'yes' if value else 'no'}")
    if value is not None and (name == "ended_at" or name in TIME_OF.values()):
        return maker.clock(value)
    return value or None if isinstance(value, str) else value


def _causes(one: Shown, said: Words) -> str:
    """What was looked for and found, then what was looked for and absent."""
    found = [said(f"transfusion_cause.{name}") for name, seen in one["causes"].items() if seen]
    absent = [said(f"transfusion_cause.{name}") for name, seen in one["causes"].items() if not seen]
    told = ["+ " + ", ".join(found)] if found else []
    return "; ".join([*told, *(["− " + ", ".join(absent)] if absent else [])])


def _word(prefix: str, value: str, said: Words) -> str:
    return said(f"{prefix}.{value}") if value else said("not_known")
