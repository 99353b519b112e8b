"""The board laid out: its columns of days, and the cards of each row under them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.allocation import MarkKind
from services.allocation.terms import Json, Mark

DAYS_A_WEEK = 7
BLEEDING = "bleeding"


@dataclass(frozen=True, slots=True)
class Column:
    """Days that stand under one heading: a week, or one day of a span no longer than a week."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether a day stands here."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Slot:
    """A request and the days on which one donor could give for it."""

    row: Json
    days: tuple[date, ...]


def columns_of(first: date, days: int) -> list[Column]:
    """The columns of a span."""
    step = 1 if days <= DAYS_A_WEEK else DAYS_A_WEEK
    last = first + timedelta(days=days - 1)
    starts = (first + timedelta(days=n) for n in range(0, days, step))
    return [Column(day, min(day + timedelta(days=step - 1), last)) for day in starts]


def laid_out(rows: Sequence[Json], columns: Sequence[Column], marks: Sequence[Mark], zone: ZoneInfo) -> list[Json]:
    """The rows, bleeding patients first, with the cards of each by column; days are those of the zone.

    Each proposed card says for whom else the donor was wanted (`wanted_by`), each row what is fixed for it and does
    not stand (`idle`).
    """
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        for one in row["lost"]:
            wanted[one["to"], one["donor_number"]].append(row["patient"])
    ordered = sorted(rows, key=lambda row: (row["urgency"] != BLEEDING, row["needed_by"], row["request"]))
    return [
        row | _cells(row, columns, wanted) | {"idle": _idle(row, marks), "needed_on": _local_day(row, zone)}
        for row in ordered
    ]


def _idle(row: Json, marks: Sequence[Mark]) -> list[Mark]:
    """What is fixed for a request and stands on no card of it."""
    heeded = {one["mark"] for one in row["given"]}
    fixed = (one for one in marks if one.kind is MarkKind.FIXED and one.request == row["request"])
    return [one for one in fixed if one.code not in heeded]


def _local_day(row: Json, zone: ZoneInfo) -> date:
    needed_by: datetime = row["needed_by"]
    return needed_by.astimezone(zone).date()


def _cells(row: Json, columns: Sequence[Column], wanted: Mapping[tuple[str, str], list[str]]) -> Json:
    cards = [one | {"kind": "reserved"} for one in row["reserved"]]
    for one in row["given"]:
        also = sorted(set(wanted.get((row["patient"], one["donor_number"]), ())))
        cards.append(one | {"kind": "given", "wanted_by": also})
    cards.sort(key=lambda one: (one["day"], one["donor_number"]))
    cells = [[one for one in cards if column.holds(one["day"])] for column in columns]
    elsewhere = [one for one in cards if not any(column.holds(one["day"]) for column in columns)]
    return {"cards": cards, "cells": cells, "elsewhere": elsewhere}


def by_day(rows: Sequence[Json]) -> list[tuple[Json, Json]]:
    """Every card with its row, in the order of the days."""
    pairs = [(row, one) for row in rows for one in row["cards"]]
    return sorted(pairs, key=lambda pair: (pair[1]["day"], pair[1]["donor_number"]))


def slots_of(rows: Sequence[Json], donor: str) -> list[Slot]:
    """Where a donor could be moved: each request that they fit, with their days."""
    found = []
    for row in rows:
        days = {day for one in row["candidates"] if one["donor_number"] == donor for day in one["days"]}
        if days:
            found.append(Slot(row, tuple(sorted(days))))
    return found
