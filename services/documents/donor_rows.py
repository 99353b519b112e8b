"""Ranked donors as rows: one way for a spreadsheet, where each value has its columns, one for paper."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from domain.cd36 import parse_cd36
from domain.verdict import Verdict
from services.documents.document import Cell, Column, Sign, Words
from services.evidence.telling import evidence_said
from services.matching.index import HPA_COLUMNS
from services.matching.risk_notes import risk_words
from services.wording.formats import format_date
from services.wording.signs import glyph

Json = Mapping[str, Any]
SAME = "="  # on paper, where the first position stands for both
RHD = {"+": "+", "-": "−"}


def sheet_columns(loci: Sequence[str], said: Words, *, eplets: bool) -> list[Column]:
    """The columns of a spreadsheet of donors; those of eplets where a table is loaded."""
    columns = [
        Column(said("heading_rank"), 7, True),
        Column(said("heading_donor"), 16),
        Column(said("heading_verdict"), 13),
        Column(said("heading_risk"), 10, True),
        Column(said("heading_grade"), 8),
        Column(said("column.grade_certain"), 10),
    ]
    for locus in loci:
        for place in ("1", "2"):
            name = f"HLA-{locus} {place}"
            columns += [Column(name, 14), Column(f"{name} {said('column.match')}", 16)]
            columns += [Column(f"{name} {said('column.reaction')}", 14), Column(f"{name} MFI", 10, True)]
    columns += [Column(said("heading_sum_mfi"), 10, True), Column(said("heading_max_mfi"), 10, True)]
    if eplets:
        columns += [Column(said(f"heading_{name}"), 10, True) for name in ("eplets", "verified_eplets")]
    columns += [Column(said(f"column.{name}"), 12) for name in ("abo_group", "abo_relation", "rhd", "cmv")]
    columns += [Column(system, 8) for system in (*HPA_COLUMNS, "CD36")]
    columns += [Column(said("heading_date"), 12), Column(said("heading_region"), 24), Column(said("column.centre"), 20)]
    columns += [Column(said("heading_flags"), 30), Column(said("heading_evidence"), 40)]
    return [*columns, Column(said("column.reasons"), 60)]


def sheet_row(donor: Json, loci: Sequence[str], said: Words, *, eplets: bool) -> list[Cell]:
    """One donor under `sheet_columns`; numbers as they are, never rounded."""
    row: list[Cell] = [donor["rank"], donor["donor_number"], said(f"verdict.{donor['verdict']}")]
    row += [said("risk_not_known") if donor["risk"] is None else donor["risk"], donor["grade"], donor["grade_certain"]]
    for locus in loci:
        row += _sheet_values(donor, locus, said)
    row += [donor["sum_mfi"], donor["max_mfi"]]
    if eplets:
        row += [_load(donor, name, said) for name in ("eplet_load", "verified_eplet_load")]
    row += [donor["abo_group"], said(f"abo.{donor['abo'] or 'unknown'}")]
    row += [donor["rhd"], donor["cmv"] and said(f"serology.{donor['cmv']}"), *donor["hpa"].values(), _cd36(donor, said)]
    row += [donor["first_eligible_on"], donor["region"] or said("unassigned"), donor["centre"]]
    row += [", ".join(said(f"flag.{code}") for code in donor["flags"]), evidence_said(donor["evidence"], said.locale)]
    return [*row, reasons_said(donor, said)]


def _load(donor: Json, name: str, said: Words) -> Cell:
    """An eplet load, or that it is not known: never 0 for what nobody knows."""
    load: int | None = donor[name]
    return said("eplets_not_known") if load is None else load


def _sheet_values(donor: Json, locus: str, said: Words) -> list[Cell]:
    """The two positions of a locus; the second is empty where the first stands for both."""
    cells: list[Cell] = []
    for value in _values(donor, locus):
        match, reaction = said(f"match.{value['match'] or 'null'}"), said(f"reaction.{value['reaction']}")
        cells += [value["typed"] or said("match.untyped"), match, reaction, value["high"]]
    return [*cells, *[None] * (8 - len(cells))]


def _values(donor: Json, locus: str) -> list[Json]:
    return [value for value in donor["values"] if value["locus"] == locus]


def reasons_said(donor: Json, said: Words) -> str:
    """The sentences of a donor's reasons, each once: two positions of one locus lack the same thing."""
    return " ".join(dict.fromkeys(said(one["code"], one["params"]) for one in donor["reasons"]))


def paper_columns(loci: Sequence[str], systems: Sequence[str], said: Words, *, eplets: bool) -> list[Column]:
    """The columns of a page: the HLA values with their signs, and only the systems that the directive asks."""
    hla = [Column(f"HLA-{locus} {place}", 13) for locus in loci for place in ("1", "2")]
    return [
        Column(said("heading_rank"), 5, True),
        Column(said("heading_donor"), 13),
        Column(said("heading_verdict"), 16),
        Column(said("heading_grade"), 7),
        *hla,
        Column(said("heading_sum_mfi"), 7, True),
        Column(said("heading_max_mfi"), 7, True),
        *([Column(said("heading_eplets"), 7)] if eplets else []),
        Column(said("heading_abo"), 13),
        *(Column(system, 7) for system in systems),
        Column(said("heading_date"), 11),
        Column(said("heading_region"), 18),
        Column(said("heading_flags"), 16),
    ]


def paper_row(
    donor: Json, loci: Sequence[str], systems: Sequence[str], common: frozenset[str], said: Words, *, eplets: bool
) -> list[Cell]:
    """One donor under `paper_columns`; the flags that all of the sheet carry are said once, in its legend."""
    grade = donor["grade"] if donor["grade_certain"] else f"{donor['grade']} ?"
    verdict = said(f"verdict.{donor['verdict']}")
    if donor["verdict"] == Verdict.POSSIBLE:
        verdict = f"{verdict}, {said(*risk_words(donor['risk']))}"
    row: list[Cell] = [donor["rank"], donor["donor_number"], verdict, grade]
    for locus in loci:
        signs: list[Cell] = [
            Sign(glyph(value), value["typed"] or said("match.untyped"), value["high"])
            for value in _values(donor, locus)
        ]
        row += [*signs, *[SAME] * (2 - len(signs))]
    group = f"{donor['abo_group'] or '?'}{RHD.get(donor['rhd'], '')} {said('abo.' + (donor['abo'] or 'unknown'))}"
    row += [donor["sum_mfi"], donor["max_mfi"]]
    if eplets:
        row.append("?" if donor["eplet_load"] is None else f"{donor['eplet_load']} ({donor['verified_eplet_load']} ✓)")
    row.append(group)
    row += [(_cd36(donor, said) if system == "CD36" else donor["hpa"].get(system)) or "?" for system in systems]
    day: date | None = donor["first_eligible_on"]
    row += [format_date(day, said.locale) if day else said("doc.no_date"), donor["region"] or said("unassigned")]
    noted = [said(f"flag.{code}") for code in donor["flags"] if code not in common]
    if donor["evidence"]["items"]:
        noted.insert(0, said(f"evidence_chip.{donor['evidence']['stance']}"))
    return [*row, ", ".join(noted)]


def _cd36(donor: Json, said: Words) -> str | None:
    """A CD36 result as the pages say it; None where it was not tested."""
    result, _ = parse_cd36(donor["cd36"] or "")
    if result.status == "untested":
        return None
    return " ".join(filter(None, (said(f"cd36.{result.status}"), result.type)))
