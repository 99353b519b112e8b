"""The rows of a family: read together, changed under one version, checked as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col, select

from domain.errors import NotFound, RefusedByRule
from domain.kinship import Pedigree, Relative
from models.donor import Donor, Sex
from models.family import Family, FamilyMember
from models.patient import Patient
from services.audit import record_audit


@dataclass(frozen=True, slots=True)
class FamilyRows:
    """A family with its members in the order they were drawn, and the donors and patients among them by id."""

    family: Family
    members: Sequence[FamilyMember]
    donors: Mapping[int, Donor]
    patients: Mapping[int, Patient]

    def person_of(self, member: FamilyMember) -> Donor | Patient | None:
        """The registered donor or patient that a member is; the donor of somebody who is both."""
        donor = self.donors.get(member.donor_id or 0)
        return donor if donor is not None else self.patients.get(member.patient_id or 0)

    @property
    def first(self) -> FamilyMember:
        """The donor or patient for whom the family was drawn."""
        return next(one for one in self.members if one.first)


def get_family(session: Session, code: str, *, version: int | None = None) -> Family:
    """The family of a code. Raises NotFound, and RefusedByRule where another version than the one seen is on record."""
    family = session.exec(select(Family).where(Family.code == code)).first() if code.isprintable() else None
    if family is None:
        raise NotFound("unknown_family")
    if version is not None and family.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    return family


def get_member(session: Session, family: Family, code: str) -> FamilyMember:
    """The member of a code. Raises NotFound."""
    query = select(FamilyMember).where(FamilyMember.family_id == family.id, FamilyMember.code == code)
    member = session.exec(query).first() if code.isprintable() else None
    if member is None:
        raise NotFound("unknown_family_member")
    return member


def rows_of(session: Session, families: Sequence[Family]) -> list[FamilyRows]:
    """Families with all that belongs to them, in the order given, in three questions."""
    ids = [family.id for family in families]
    members = session.exec(
        select(FamilyMember).where(col(FamilyMember.family_id).in_(ids)).order_by(col(FamilyMember.id))
    ).all()
    donors = session.exec(select(Donor).where(col(Donor.id).in_([one.donor_id for one in members if one.donor_id])))
    known = session.exec(select(Patient).where(col(Patient.id).in_([m.patient_id for m in members if m.patient_id])))
    by_id = {one.id or 0: one for one in donors}
    patients = {one.id or 0: one for one in known}
    return [FamilyRows(one, [m for m in members if m.family_id == one.id], by_id, patients) for one in families]


def family_rows(session: Session, family: Family) -> FamilyRows:
    """One family with all that belongs to it."""
    return rows_of(session, [family])[0]


def relatives_of(members: Sequence[FamilyMember]) -> list[Relative]:
    """The members as the rules of kinship see them, with the status written by hand."""
    codes = {one.id: one.code for one in members}
    return [
        Relative(
            code=one.code,
            sex=one.sex.value if one.sex else None,
            birth_year=int(one.birth_year) if one.birth_year else None,
            status=one.status,
            mother=codes[one.mother_id] if one.mother_id else None,
            father=codes[one.father_id] if one.father_id else None,
        )
        for one in members
    ]


def new_member(
    session: Session, family: Family, *, actor: str, now: datetime, sex: Sex | None = None, **known: Any
) -> FamilyMember:
    """Add a person about whom little need be known."""
    row = FamilyMember(code=str(uuid4()), family_id=family.id or 0, sex=sex, created_at=now, created_by=actor, **known)
    session.add(row)
    session.flush()
    return row


def settle_family(
    session: Session, family: Family, action: str, *, actor: str, now: datetime, **details: object
) -> None:
    """After a change: the family must still be one, its version moves, and the trail says what was done.

    Raises RefusedByRule as domain.kinship.Pedigree does; the caller's transaction then leaves nothing.
    """
    session.flush()
    Pedigree(relatives_of(family_rows(session, family).members))
    touch_family(session, family, now=now)
    record_audit(
        session, actor=actor, action=action, subject_type="family", subject_key=family.code, details=details, now=now
    )


def touch_family(session: Session, family: Family, *, now: datetime) -> None:
    """Move the version of a family, so that whoever has an older page is told."""
    family.changed_at = now
    flag_modified(family, "changed_at")  # two changes at one moment are two
    session.add(family)
    session.flush()
