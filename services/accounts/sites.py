"""The sites people work at."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields, NotFound, RefusedByRule
from models.account import Site
from services.audit import record_audit

LONGEST_CODE, LONGEST_NAME = 20, 120


def list_sites(session: Session) -> Sequence[Site]:
    """Every site, by name."""
    return session.exec(select(Site).order_by(col(Site.name))).all()


def get_site(session: Session, site_id: int) -> Site:
    """One site. Raises NotFound."""
    row = session.get(Site, site_id)
    if row is None:
        raise NotFound("unknown_site")
    return row


def version_of_site(row: Site) -> str:
    """What a form that was opened on this site is compared with when it comes back: it differs after any change."""
    return hashlib.sha256(repr((row.code, row.name, row.region, row.active)).encode()).hexdigest()[:16]


def save_site(
    session: Session,
    *,
    site_id: int | None,
    version: str,
    code: str,
    name: str,
    region: str,
    active: bool,
    actor: str,
    now: datetime,
) -> Site:
    """Create a site (no id) or change the one of this version.

    Raises NotFound, InvalidFields, and RefusedByRule where it was changed meanwhile.
    """
    row = get_site(session, site_id) if site_id is not None else Site(code="", name="")
    if site_id is not None and version_of_site(row) != version:
        raise RefusedByRule("changed_meanwhile")
    _refuse_unusable(session, row, code.strip(), name.strip())
    row.code, row.name, row.region, row.active = code.strip(), name.strip(), region.strip() or None, active
    session.add(row)
    session.flush()
    record_audit(
        session,
        actor=actor,
        action="site_saved",
        subject_type="site",
        subject_key=row.code,
        details={"name": row.name, "region": row.region, "active": row.active},
        now=now,
    )
    return row


def _refuse_unusable(session: Session, row: Site, code: str, name: str) -> None:
    faults = [
        FieldFault(field, "site_text", {"most": most})
        for field, text, most in (("code", code, LONGEST_CODE), ("name", name, LONGEST_NAME))
        if not text or len(text) > most or not text.isprintable()
    ]
    if not faults and (other := session.exec(select(Site).where(Site.code == code)).first()) and other.id != row.id:
        faults.append(FieldFault("code", "site_code_taken", {"code": code}))
    if faults:
        raise InvalidFields(faults)
