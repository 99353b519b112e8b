"""Putting a patient's directive under watch, and letting it go."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.errors import NotFound, RefusedByRule
from domain.list_change import EndReason
from models.standing_search import StandingSearch
from services.audit import record_audit
from services.patients import find_current_directive, get_patient
from services.standing_searches.keeping import end_search


def find_open_search(session: Session, patient_id: int) -> StandingSearch | None:
    """The standing search of a patient that has not ended, if any."""
    query = select(StandingSearch).where(
        StandingSearch.patient_id == patient_id, col(StandingSearch.ended_at).is_(None)
    )
    return session.exec(query).first()


def watch_patient(session: Session, *, number: str, actor: str, now: datetime) -> StandingSearch:
    """Put the patient's directive under watch; the first counts are those of the next look.

    Raises NotFound for an unknown patient, RefusedByRule without a directive in force or where one is watched.
    """
    patient = get_patient(session, number)
    if find_current_directive(session, patient) is None:
        raise RefusedByRule("standing_no_directive", patient=number)
    if find_open_search(session, patient.id or 0) is not None:
        raise RefusedByRule("standing_watched_already", patient=number)
    search = StandingSearch(patient_id=patient.id or 0, created_at=now, created_by=actor)
    session.add(search)
    session.flush()
    record_audit(
        session,
        actor=actor,
        action="standing_search_begun",
        subject_type="standing_search",
        subject_key=str(search.id),
        details={"patient": number},
        now=now,
    )
    return search


def stop_watching(
    session: Session, *, number: str, version: int, actor: str, on: date, now: datetime
) -> StandingSearch:
    """End the patient's standing search by hand. Raises NotFound, RefusedByRule where somebody changed it meanwhile."""
    patient = get_patient(session, number)
    search = find_open_search(session, patient.id or 0)
    if search is None:
        raise NotFound("standing_not_watched", patient=number)
    if search.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    end_search(session, search, reason=EndReason.BY_HAND, actor=actor, on=on, now=now)
    return search
