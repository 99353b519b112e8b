"""Why a typed text counts as its antigens, under the core and the release in force (MATCHING §2, §3, §6, §7)."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from domain.epitopes import EpletTable
from domain.reference import Reference
from domain.typing_text import Kind, TypedValue, parse_typed_value
from services.eplets.store import eplet_table_in_use
from services.ipd.reasons import alleles_json, assigned_json
from services.matching.chains import counts_by
from services.reference import active_reference, core_reference, creg_version, representatives
from services.searches import issues_json

Json = dict[str, Any]
LONGEST_TEXT = 400  # no typed position is longer; a list of alleles of a whole group may be


def why_text(session: Session, text: str, *, locale: str) -> Json:
    """What a text is read as with what is in force today, and why it counts as these antigens."""
    return why_under(text[:LONGEST_TEXT], active_reference(session), eplet_table_in_use(session), locale)


def why_under(text: str, active: Reference, table: EpletTable | None, locale: str) -> Json:
    """The same under one nomenclature and one table of eplets, either of which may not be loaded.

    `readings` holds that nomenclature first, then the core where a release is in force.
    """
    core = core_reference()
    references = [active] if active.name == core.name else [active, core]
    readings = [_reading_json(text, reference, locale) for reference in references]
    value = parse_typed_value(text, reference=active).value
    return {
        "text": text,
        "readings": readings,
        "differs": len({tuple(one["antigens"]) for one in readings}) > 1,
        "antigens": [_antigen_json(name, active, table) for name in sorted(value.antigens)] if value else [],
        "history": _history_json(value, active),
        "eplets": _eplets_json(value, table),
        "versions": {
            "nomenclature": active.name,
            "core": core.name,
            "creg": {family: creg_version(family) for family in sorted(active.cregs)},
            "eplets": table.name if table else None,
        },
    }


def _reading_json(text: str, reference: Reference, locale: str) -> Json:
    parsed = parse_typed_value(text, reference=reference)
    value = parsed.value
    return {
        "reference": reference.name,
        "canonical": parsed.canonical,
        "kind": parsed.kind.value,
        "locus": value.locus if value else None,
        "counts_by": counts_by(value, reference) if value else None,
        "antigens": sorted(value.antigens) if value else [],
        "assigned": assigned_json(value, reference) if value else {},
        "alleles": alleles_json(value, reference),
        "issues": issues_json(parsed.issues, locale),
    }


def _antigen_json(name: str, reference: Reference, table: EpletTable | None) -> Json:
    """One antigen: its place among the others, its cross-reactive groups and public epitope, its representative."""
    allele = representatives().get(name, "")
    return {
        "antigen": name,
        "kind": reference.kinds.get(name),
        "under": sorted(reference.parents.get(name, ())),
        "closure": sorted(reference.closure(name) - {name}),
        "split": reference.split(name),
        "cregs": {family: sorted(reference.cregs_of(name, family)) for family in sorted(reference.cregs)},
        "epitopes": [one for one in sorted(reference.epitopes) if name in reference.carriers(one)],
        "representative": allele or None,
        "eplets": len(table.alleles[allele]) if table and allele in table.alleles else None,
    }


def _history_json(value: TypedValue | None, reference: Reference) -> list[Json]:
    """The names of a value that the release withdrew: when, for which allele, why."""
    if value is None or reference.release is None:
        return []
    names = dict.fromkeys([value.canonical.rstrip("NLSCAQ"), value.key, *value.alleles])
    known: Mapping[str, Any] = reference.release.withdrawn
    return [
        {
            "name": name,
            "withdrawn_on": known[name].withdrawn_on,
            "successor": known[name].successor,
            "reason": known[name].reason,
            "release": reference.name,
        }
        for name in names
        if name in known
    ]


def _eplets_json(value: TypedValue | None, table: EpletTable | None) -> Json | None:
    """How many eplets the value itself carries; None where no table is loaded, or it does not know the value."""
    carried = table.of_value(value) if table and value and value.kind is not Kind.NULL else None
    if carried is None or table is None:
        return None
    return {
        "all": len(carried.names),
        "verified": len(carried.names & table.verified),
        "approximate": carried.approximate,
    }
