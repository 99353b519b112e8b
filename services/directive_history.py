"""All versions of a patient's directive, and what changed from one to the next."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from models.directive import Directive, DirectiveSpecificity, SpecificityAction
from services.patients import find_edits, get_patient

Json = dict[str, Any]
COMPARED = (
    "threshold_mfi", "sample", "serum", "peak_months", "loci", "anti_cd36", "abo_rule", "valid_until", "planned_donor",
)  # fmt: skip


def list_directives(session: Session, *, patient_number: str) -> list[Json]:
    """Every version, the newest first, each with what changed since the one before. Raises NotFound."""
    patient = get_patient(session, patient_number)
    query = select(Directive).where(Directive.patient_id == patient.id).order_by(col(Directive.version))
    rows = session.exec(query).all()
    edits = _edits_by_directive(session, [row.id or 0 for row in rows])
    found: list[Json] = []
    for row in rows:
        entry = version_json(row, edits.get(row.id or 0, []))
        entry["changes"] = changes_between(found[-1], entry) if found else []
        found.append(entry)
    return found[::-1]


def _edits_by_directive(session: Session, ids: Sequence[int]) -> dict[int, list[DirectiveSpecificity]]:
    query = select(DirectiveSpecificity).where(col(DirectiveSpecificity.directive_id).in_(ids))
    found: dict[int, list[DirectiveSpecificity]] = {}
    for edit in session.exec(query.order_by(col(DirectiveSpecificity.id))).all():
        found.setdefault(edit.directive_id, []).append(edit)
    return found


def version_json(row: Directive, edits: Sequence[DirectiveSpecificity]) -> Json:
    """One version with all that was asked, and who set, signed and ended it."""
    return {
        "version": row.version,
        "status": row.status.value,
        "threshold_mfi": row.threshold_mfi,
        "sample": row.sample_code,
        "serum": row.serum.value,
        "peak_months": row.peak_months,
        "loci": row.loci.split(","),
        "added": _named(edits, SpecificityAction.ADD),
        "removed": _named(edits, SpecificityAction.REMOVE),
        "hpa_antibodies": list(row.hpa_antibodies),
        "anti_cd36": row.anti_cd36,
        "abo_rule": row.abo_rule.value,
        "planned_donor": row.planned_donor,
        "valid_until": row.valid_until,
        "note": row.note,
        "actor": row.actor,
        "created_at": row.created_at,
        "signed_by": row.signed_by,
        "signed_at": row.signed_at,
        "closed_by": row.closed_by,
        "closed_at": row.closed_at,
    }


def _named(edits: Sequence[DirectiveSpecificity], action: SpecificityAction) -> list[Json]:
    return [{"specificity": one.specificity, "reason": one.reason} for one in edits if one.action is action]


def sealed_terms(session: Session, row: Directive) -> Json:
    """What a version asks, as the audit trail keeps it: every rule and reason, without times, people and the note."""
    asked = version_json(row, find_edits(session, row))
    edits = {name: _by_name(asked[name]) for name in ("added", "removed")}
    return {**{name: asked[name] for name in COMPARED}, **edits, "hpa_antibodies": asked["hpa_antibodies"]}


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Json]:
    """What differs between two versions, as `what` with `gone` and `come`, or with `before` and `after`."""
    found: list[Json] = [
        {"what": name, "before": before[name], "after": after[name]} for name in COMPARED if before[name] != after[name]
    ]
    for name in ("added", "removed"):
        was, now = _by_name(before[name]), _by_name(after[name])
        found += [{"what": f"{name}_come", "specificity": one, "reason": now[one]} for one in now if one not in was]
        found += [{"what": f"{name}_gone", "specificity": one, "reason": was[one]} for one in was if one not in now]
        found += [
            {"what": f"{name}_reason", "specificity": one, "reason": now[one]}
            for one in now
            if one in was and was[one] != now[one]
        ]
    hpa_was, hpa_now = before["hpa_antibodies"], after["hpa_antibodies"]
    found += [{"what": "hpa_come", "specificity": one, "reason": ""} for one in hpa_now if one not in hpa_was]
    found += [{"what": "hpa_gone", "specificity": one, "reason": ""} for one in hpa_was if one not in hpa_now]
    return found


def _by_name(edits: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {edit["specificity"]: edit["reason"] for edit in edits}
