"""Donors side by side, as a template sees them."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from services.matching.index import HPA_COLUMNS
from services.reservation_states import reservation_states
from services.wanted import Wanted
from views.running import now
from views.workbench.criteria import query_of

Answer = Mapping[str, Any]


def comparison_context(session: Session, answer: Answer, wanted: Wanted) -> dict[str, Any]:
    """Everything the template of a comparison shows; `differing` names the rows in which the donors differ."""
    donors = answer["donors"]
    numbers = [donor["donor_number"] for donor in donors]
    asked = {"donor_numbers": numbers, "patient_number": answer["patient"]["number"]}
    reservations = reservation_states(session, **asked, on=wanted.on, now=now())
    shown = [
        {**donor, "cells": {locus: cells_at(donor, locus) for locus in "ABC"}, "reserved": _state(reservations, donor)}
        for donor in donors
    ]
    systems = [name for name in HPA_COLUMNS if any(donor["hpa"][name] for donor in donors)]
    return {
        **answer,
        "donors": shown,
        "on": wanted.on,
        "threshold_mfi": answer["threshold"],
        "wanted": wanted,
        "back": query_of(wanted, threshold_mfi=answer["threshold"]),
        "hpa_systems": systems,
        "differing": differing_rows(shown, systems),
    }


def cells_at(donor: Answer, locus: str) -> list[Answer]:
    """The donor's values at a locus, in scope or not."""
    return [value for value in (*donor["values"], *donor["out_of_scope_values"]) if value["locus"] == locus]


def _state(reservations: Mapping[str, Answer], donor: Answer) -> Answer | None:
    return reservations.get(donor["donor_number"])


def differing_rows(donors: list[dict[str, Any]], systems: list[str]) -> set[str]:
    """The rows of the comparison whose cells are not all alike."""
    plain = ("verdict", "grade", "sum_mfi", "max_mfi", "eplet_load", "abo_group", "rhd", "cmv", "cd36", "region")
    rows: dict[str, list[object]] = {name: [donor[name] for donor in donors] for name in plain}
    rows["first_eligible_on"] = [donor["first_eligible_on"] for donor in donors]
    rows["flags"] = [sorted(donor["flags"]) for donor in donors]
    rows["evidence"] = [donor["evidence"] for donor in donors]
    rows["reserved"] = [donor["reserved"] for donor in donors]
    for locus in "ABC":
        rows[f"HLA-{locus}"] = [
            [(value["typed"], value["match"], value["reaction"], value["high"]) for value in donor["cells"][locus]]
            for donor in donors
        ]
    for family in donors[0]["creg_grades"]:
        rows[f"grade.{family}"] = [donor["creg_grades"][family]["grade"] for donor in donors]
    for system in systems:
        rows[system] = [donor["hpa"][system] for donor in donors]
    return {name for name, cells in rows.items() if any(cell != cells[0] for cell in cells)}
