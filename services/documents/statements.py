"""What every sheet says of itself: for whom, on what, with which versions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.directive import Directive
from services.documents.document import Fact, Words
from services.wanted import Wanted
from services.wording.catalogue import sentence
from services.wording.formats import format_date

Json = dict[str, Any]
FILTERS = ("region", "verdict", "grade", "abo", "by", "rhd", "cmv", "risk", "evidence")
SAID_AS = {
    "verdict": "verdict",
    "abo": "abo",
    "cmv": "serology",
    "evidence": "evidence_filter",
}  # the vocabulary of a filter's values
GROUPS = ("A", "B", "AB", "O")


def search_facts(head: Mapping[str, Any], row: Directive | None, locale: str) -> list[Fact]:
    """For whom and under which directive: of every document."""
    said = Words(locale)
    return [
        Fact(said("doc.patient"), head["patient"]),
        Fact(said("doc.directive"), directive_said(row, locale)),
        Fact(said("doc.sample"), head["sample"] or said("doc.none")),
        Fact(said("doc.loci"), ", ".join(head["loci"])),
        Fact(said("doc.on"), date.fromisoformat(head["on"])),
    ]


def directive_said(row: Directive | None, locale: str) -> str:
    """The version in force and whether it is signed, or that there is none."""
    if row is None:
        return sentence("doc.no_directive", {}, locale)
    code = "doc.directive_signed" if row.signed_at else "doc.directive_unsigned"
    return sentence(code, {"version": str(row.version), "signer": row.signed_by or ""}, locale)


def filters_said(wanted: Wanted, locale: str) -> str:
    """The filters of a view in words."""
    said = Words(locale)
    parts = []
    for name in FILTERS:
        value = getattr(wanted, name)
        if value is not None:
            parts.append(sentence(f"filter.{name}", {"value": _value_said(name, value, locale)}, locale))
    if wanted.region is None:
        parts.insert(0, said("doc.whole_country"))
    return " ; ".join(parts) if locale == "fr" else "; ".join(parts)


def _value_said(name: str, value: object, locale: str) -> str:
    if isinstance(value, date):
        return format_date(value, locale)
    if name == "region" and value == "unassigned":
        return sentence("unassigned", {}, locale)
    if name == "verdict" and value == "all":
        return sentence("filter_all", {}, locale)
    if name in SAID_AS and value not in GROUPS:
        return sentence(f"{SAID_AS[name]}.{value}", {}, locale)
    return str(value)


def version_facts(head: Mapping[str, Any], locale: str, order: str | None = None) -> list[Fact]:
    """Every version the answer rests on; of the eplets also that none is loaded, of the core where it is not said."""
    found = [
        Fact(sentence(f"version.{name}", {}, locale), version or sentence("eplets_not_loaded", {}, locale))
        for name, version in head["versions"].items()
        if name != "core" or version != head["versions"]["nomenclature"]
    ]
    return [*found, Fact(sentence("doc.order_version", {}, locale), order)] if order else found
