"""The demo's donors registered twice: one who came to another centre, and two of one name born on one day."""

from datetime import datetime

from sqlmodel import Session, select

from models.donor import Donor
from services.donor_edits import edit_identity
from services.duplicates.pairs import compare_registry, keep_pairs
from services.synthetic.population import read_demo_table


def seed_duplicates(session: Session, *, actor: str, now: datetime) -> None:
    """Give some donors nearly the identity of others, and look for pairs as at night."""
    for row in read_demo_table("doubles"):
        number, reason = row.pop("donor_number"), row.pop("story")
        version = session.exec(select(Donor.version_id).where(Donor.donor_number == number)).one()
        edit_identity(session, number=number, version=version, typed=row, reason=reason, actor=actor, now=now)
    keep_pairs(session, compare_registry(session), now=now)
