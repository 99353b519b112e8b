"""A supply forecast as a document: one patient's weeks, or all patients."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.documents.document import Cell, Column, Document, Fact, Maker, Table, Words
from services.forecast.saying import (
    closing_said,
    effect_said,
    lets_in_said,
    notes_said,
    relaxed_said,
    short_state,
    state_said,
    terms_said,
)
from services.wording.alphabet import UNASSIGNED
from services.wording.catalogue import sentence

Json = Mapping[str, Any]
FIGURES = ("need", "met", "gap", "givers", "left")


def forecast_document(one: Json, *, maker: Maker, locale: str, on_paper: bool) -> Document:
    """One patient's weeks ahead, what would close a gap, the needs without their reasons: they may name somebody."""
    said = Words(locale)
    tables = [_weeks(one, said)]
    if one["first_gap"]:
        tables.append(_relaxations(one, said))
    tables.append(_needs(one, said))
    notes = [state_said(one, said), *notes_said(one, one, said)]
    if one["first_gap"]:
        notes += [closing_said(one, said), said("forecast_question")]
    return Document(
        name=said("doc.file_forecast"),
        title=said("doc.title_forecast"),
        subject=one["patient"],
        locale=locale,
        facts=_facts(one, said),
        versions=_versions(one, said),
        made=maker.facts(locale),
        tables=tables,
        notes=[*notes, *(issue["message"] for issue in one["issues"])] if on_paper else notes,
    )


def overview_document(shown: Json, *, maker: Maker, locale: str) -> Document:
    """All patients, the soonest gap first."""
    said = Words(locale)
    region = shown["region"]
    place = said("unassigned") if region == UNASSIGNED else region
    facts = [Fact(said("doc.forecast_on"), shown["on"]), Fact(said("doc.forecast_weeks"), shown["weeks_ahead"])]
    return Document(
        name=said("doc.file_forecast"),
        title=said("doc.title_forecast"),
        subject=place or said("doc.subject_all"),
        locale=locale,
        facts=facts,
        versions=_versions(shown, said),
        made=maker.facts(locale),
        tables=[_patients(shown, said)],
        notes=list(terms_said(shown, said)),
    )


def _facts(one: Json, said: Words) -> list[Fact]:
    threshold: Cell = one["threshold_mfi"]
    if not one["prescribed"]:
        threshold = f"{one['threshold_mfi']} ({said('doc.forecast_not_prescribed')})"
    return [
        Fact(said("doc.forecast_on"), one["on"]),
        Fact(said("doc.forecast_weeks"), one["weeks_ahead"]),
        Fact(said("heading_threshold"), threshold),
        Fact(said("forecast_column.scope"), scope_said(one, said)),
        Fact(said("forecast_column.donors"), one["donors"]),
        Fact(said("forecast_column.units"), one["need"]["units"]),
        Fact(said("forecast_column.missing"), one["missing"]),
    ]


def scope_said(one: Json, said: Words) -> str:
    """Whose donors are counted."""
    return one["region"] or said("forecast_scope.country")


def _versions(shown: Json, said: Words) -> Sequence[Fact]:
    return [Fact(said(f"version.{name}"), value) for name, value in shown["versions"].items()]


def _weeks(one: Json, said: Words) -> Table:
    columns = [
        Column(said("forecast_column.week"), 8, True),
        *(Column(said(f"forecast_column.{name}"), 14) for name in ("first_on", "last_on")),
        *(Column(said(f"forecast_column.{name}"), 14, True) for name in FIGURES),
    ]
    shown = ("week", "first_on", "last_on", *FIGURES)
    rows = [[week[name] for name in shown] for week in one["weeks"]]
    return Table(said("doc.sheet_forecast"), columns, rows)


def _relaxations(one: Json, said: Words) -> Table:
    columns = [
        Column(said("forecast_column.relaxed"), 40),
        Column(said("forecast_column.effect"), 34),
        *(Column(said(f"forecast_column.{name}"), 12, True) for name in ("missing", "donors", "lets_in")),
        Column(said("availability_column.note"), 60),
    ]
    rows: list[list[Cell]] = [
        [
            relaxed_said(each, said), effect_said(each, one, said), each["missing"], each["donors"],
            each["lets_in"]["donors"], "; ".join(lets_in_said(each, said, said.locale)),
        ]
        for each in one["relaxations"]
    ]  # fmt: skip
    return Table(said("doc.sheet_relaxations"), columns, rows)


def _needs(one: Json, said: Words) -> Table:
    columns = [
        Column(said("forecast_column.units"), 14, True),
        *(Column(said(f"forecast_column.{name}"), 14) for name in ("first_on", "last_on")),
        Column(said("availability_column.note"), 40),
    ]
    asked = ((each["units"], None, each["needed_on"], each["hospital"]) for each in one["need"]["requests"])
    weekly = (
        (each["units_per_week"], each["from_on"], each["until_on"], said("forecast_every_week"))
        for each in one["need"]["standing"]
    )
    rows: list[tuple[int, date | None, date | None, str]] = [*asked, *weekly]
    return Table(said("doc.sheet_forecast_needs"), columns, rows)


def _patients(shown: Json, said: Words) -> Table:
    columns = [
        Column(said("heading_patient"), 14),
        Column(said("heading_region"), 22),
        Column(said("forecast_column.state"), 26),
        Column(said("forecast_column.first_on"), 12),
        *(Column(said(f"forecast_column.{name}"), 12, True) for name in ("missing", "units", "donors")),
        Column(said("heading_threshold"), 10, True),
        Column(said("forecast_column.scope"), 22),
        Column(said("forecast_column.weeks_left"), 44),
    ]
    return Table(said("doc.sheet_forecast_patients"), columns, [_patient(one, said) for one in shown["patients"]])


def _patient(one: Json, said: Words) -> list[Cell]:
    place = said("unassigned") if one["place"] == UNASSIGNED else one["place"]
    if one["fault"]:
        return [one["patient"], place, fault_said(one, said), *[None] * 7]
    gap = one["first_gap"]
    return [
        one["patient"],
        place,
        short_state(one, said),
        gap["first_on"] if gap else None,
        one["missing"],
        one["need"]["units"],
        one["donors"],
        one["threshold_mfi"],
        scope_said(one, said),
        "  ".join(f"{week['left']}/{week['need']}" for week in one["weeks"]),
    ]


def fault_said(one: Json, said: Words) -> str:
    """Why a patient cannot be answered."""
    return sentence(one["fault"]["code"], {**one["fault"]["params"], "patient": one["patient"]}, said.locale)
