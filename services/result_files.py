"""Answers as files that a spreadsheet opens: CSV and XLSX, never with a live formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from services.evidence.telling import evidence_said
from services.exports import neutralised
from services.wording.catalogue import sentence

Json = dict[str, Any]
SWEEP_COLUMNS = ("compatible", "possible", "unknown", "blocked", "available")
SEARCH_COLUMNS = (
    "rank",
    "donor_number",
    "verdict",
    "risk",
    "grade",
    "grade_certain",
    "typed",
    "abo",
    "abo_group",
    "rhd",
    "cmv",
    "region",
    "first_eligible_on",
    "sum_mfi",
    "max_mfi",
    "eplet_load",
    "verified_eplet_load",
    "flags",
    "evidence",
    "reasons",
)


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([neutralised(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()


def sweep_csv(answer: Json) -> str:
    """One row for each threshold and region, the nation under an empty region."""
    rows: list[Sequence[object]] = [("mfi", "region", *SWEEP_COLUMNS)]
    for entry in answer["thresholds"]:
        for region, counts in (("", entry["national"]), *entry["regions"].items()):
            rows.append((entry["mfi"], region, *(counts[column] for column in SWEEP_COLUMNS)))
    return _csv(rows)


def _search_rows(answer: Json, locale: str) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = [SEARCH_COLUMNS]
    for donor in answer["donors"]:
        said = {
            **donor,
            **{name: _load(answer, donor[name], locale) for name in ("eplet_load", "verified_eplet_load")},
            "risk": "" if donor["risk"] is None else donor["risk"],
            "typed": " ".join(value["typed"] or "?" for value in donor["values"]),
            "first_eligible_on": str(donor["first_eligible_on"] or ""),
            "flags": " ".join(donor["flags"]),
            "evidence": evidence_said(donor["evidence"], locale),
            "reasons": " ".join(sentence(one["code"], one["params"], locale) for one in donor["reasons"]),
        }
        rows.append([said[column] for column in SEARCH_COLUMNS])
    return rows


def _load(answer: Json, load: int | None, locale: str) -> int | str:
    """An eplet load, or why there is none: never 0 for what nobody knows."""
    if load is not None:
        return load
    return sentence("eplets_not_known" if answer["versions"]["eplets"] else "eplets_not_loaded", {}, locale)


TO_TYPE_COLUMNS = (
    "rank",
    "donor_number",
    "region",
    "to_type",
    "directives",
    "expected",
    "with_known_chance",
    "patients",
)


def to_type_csv(answer: Json) -> str:
    """Whom to type next, one row each."""
    rows: list[Sequence[object]] = [TO_TYPE_COLUMNS]
    for donor in answer["donors"]:
        joined = {name: " ".join(donor.get(name, ())) for name in ("to_type", "patients")}
        rows.append([{**donor, **joined}[column] for column in TO_TYPE_COLUMNS])
    return _csv(rows)


def search_csv(answer: Json, locale: str) -> str:
    """The ranked donors, one row each."""
    return _csv(_search_rows(answer, locale))


def search_xlsx(answer: Json, locale: str) -> bytes:
    """The ranked donors, with a second sheet that says for whom, at what threshold and on which versions."""
    from xlsxwriter import Workbook

    file = io.BytesIO()
    with Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}) as book:
        sheet = book.add_worksheet("donors")
        for number, row in enumerate(_search_rows(answer, locale)):
            sheet.write_row(number, 0, row)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(answer["donors"]), len(SEARCH_COLUMNS) - 1)
        about = book.add_worksheet("search")
        facts = {name: answer[name] for name in ("patient", "sample", "on", "threshold", "policy", "region")}
        for number, (name, value) in enumerate({**facts, **answer["versions"], **answer["counts"]["national"]}.items()):
            about.write_row(number, 0, (name, "" if value is None else value))
    return file.getvalue()
