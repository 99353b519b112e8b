"""How an override ends, by a person or because its donor may not be asked any more, and its row of the trail."""

from datetime import datetime

from sqlmodel import Session, col, select

from models.allocation import AllocationOverride, AllocationRun, OverrideStatus
from models.donor import Donor
from models.request import TransfusionRequest
from services.audit import record_audit


def end_overrides_of(session: Session, donor_id: int, *, because: str, actor: str, now: datetime) -> None:
    """Cancel what is asked of a donor whom nobody may ask any more: no second person could approve it."""
    query = select(AllocationOverride).where(
        AllocationOverride.donor_id == donor_id, AllocationOverride.status == OverrideStatus.ASKED
    )
    for row in session.exec(query.order_by(col(AllocationOverride.id))).all():
        settle_override(row, OverrideStatus.CANCELLED, by=actor, now=now)
        audit_override(session, row, "allocation_override_cancelled", by=actor, now=now, because=because)


def settle_override(row: AllocationOverride, status: OverrideStatus, *, by: str, now: datetime) -> None:
    """What became of an override, when and by whom (a login)."""
    row.status, row.decided_at, row.decided_by = status, now, by


def audit_override(
    session: Session, row: AllocationOverride, action: str, *, by: str, now: datetime, **more: str
) -> None:
    """The row as it stands now, with its row of the trail; the reason is not told: it may name somebody."""
    session.add(row)
    session.flush()
    run = session.get_one(AllocationRun, row.run_id)
    request, donor = session.get_one(TransfusionRequest, row.request_id), session.get_one(Donor, row.donor_id)
    details = {"run": run.code, "request": request.code, "donor": donor.donor_number, "day": row.day.isoformat()}
    record_audit(
        session,
        actor=by,
        action=action,
        subject_type="allocation_override",
        subject_key=row.code,
        details={**details, **more},
        now=now,
    )
