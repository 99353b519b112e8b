"""Evidence as data: in lists, explanations, files, and in what is kept of a search."""

from typing import Any

from sqlmodel import Session, col, select

from domain.evidence import Item, PairEvidence, PatientEvidence
from models.database import in_parts
from models.donor import Donor
from services.wording.catalogue import sentence
from services.wording.formats import format_date

Json = dict[str, Any]


def pair_json(pair: PairEvidence) -> Json:
    """What is on record between a donor and the patient, and what it says."""
    return {"stance": pair.stance.value, "items": [_item_json(one) for one in pair.items]}


def patient_json(session: Session, evidence: PatientEvidence) -> Json:
    """What is on record of each donor whom searches see, by number: kept with a search, whose order may rest on it."""
    donors: list[Json] = []
    for ids in in_parts(list(evidence.pairs)):
        query = select(Donor).where(col(Donor.id).in_(ids), col(Donor.searchable))
        rows = session.exec(query).all()
        donors += ({"donor_number": row.donor_number, **pair_json(evidence.of(row.id or 0))} for row in rows)
    return {
        "rules": evidence.rules,
        "latest_serum_on": evidence.latest_serum_on,
        "donors": sorted(donors, key=lambda one: str(one["donor_number"])),
    }


def evidence_said(pair: Json, locale: str) -> str:
    """The evidence of a donor in words: the stance, then each item with what it says; "" where nothing is on record."""
    if not pair["items"]:
        return ""
    stance = sentence(f"evidence_says.{pair['stance']}", {}, locale)
    return "; ".join((stance, *(item_said(one, locale) for one in pair["items"])))


def item_said(item: Json, locale: str) -> str:
    """One crossmatch or transfusion in words: when, what was found, and what it says."""
    kind, says = (sentence(f"evidence_{name}.{item[name]}", {}, locale) for name in ("kind", "says"))
    found = sentence(f"evidence_result.{item['result']}", {}, locale)
    if item["result_24h"]:
        late = sentence(f"evidence_result.{item['result_24h']}", {}, locale)
        found = sentence("evidence_windows", {"early": found, "late": late}, locale)
    return f"{kind} {format_date(item['on'], locale)} {found} ({says})"


def _item_json(item: Item) -> Json:
    return {
        "code": item.code,
        "kind": item.kind,
        "on": item.on,
        "result": item.result,
        "result_24h": item.result_24h or None,
        "method": item.method,
        "serum": item.serum_code or None,
        "serum_on": item.serum_on,
        "says": item.statement.says.value,
        "reason": {"code": item.statement.why.code, "params": dict(item.statement.why.params)},
    }
