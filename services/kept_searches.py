"""Searches as they were answered: kept with their versions, and in the audit trail."""

import json
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from domain.errors import NotFound
from models.directive import Directive
from models.search import Search
from services.audit import record_audit
from services.patients import get_patient

Json = dict[str, Any]
# What the ranks rest on; the values and their beads follow from the versions and the sample.
KEPT_OF_A_DONOR = (
    "rank",
    "donor_number",
    "verdict",
    "grade",
    "grade_certain",
    "max_mfi",
    "sum_mfi",
    "risk",
    "verified_eplet_load",
    "abo",
    "region",
    "first_eligible_on",
    "flags",
    "evidence",
)


def _kept(result: Json) -> Json:
    """An answer as it is stored: everything but each donor's details."""
    donors = [{name: donor[name] for name in KEPT_OF_A_DONOR} for donor in result["donors"]]
    stored: Json = json.loads(json.dumps({**result, "donors": donors}, default=str))
    return stored


def get_search(session: Session, search_id: str) -> Search:
    """The search kept under this id. Raises NotFound."""
    search = session.get(Search, search_id)
    if search is None:
        raise NotFound("unknown_search", search=search_id)
    return search


def record_search(session: Session, result: Json, *, actor: str, now: datetime) -> None:
    """Keep the answer of a search as it was given, under its id, and say so in the audit trail."""
    patient = get_patient(session, result["patient"])
    made_with = select(Directive.id).where(Directive.patient_id == patient.id, Directive.version == result["directive"])
    search = Search(
        id=result["search"],
        patient_id=patient.id or 0,
        directive_id=session.exec(made_with).first(),
        on_day=date.fromisoformat(result["on"]),
        threshold_mfi=result["threshold"],
        policy=f"{result['policy']}-{result['policy_version']}",
        loci=",".join(result["loci"]),
        versions=result["versions"],
        snapshot_id=result["versions"]["snapshot"],
        result=_kept(result),
        created_at=now,
        actor=actor,
    )
    session.add(search)
    details = {"threshold_mfi": search.threshold_mfi, "policy": search.policy, "snapshot": search.snapshot_id}
    record_audit(
        session,
        actor=actor,
        action="search",
        subject_type="patient",
        subject_key=result["patient"],
        details={**details, "search": search.id, "listed": len(result["donors"])},
        now=now,
    )
