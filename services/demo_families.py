"""The demo's families: one of a CD36-negative donor, one of a patient for whom HLA-identical platelets are sought."""

from datetime import datetime

from sqlmodel import Session, col, select

from models.donor import Donor, Sex
from models.family import Family, FamilyMember
from models.patient import Patient
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.families.members import link_donor
from services.families.opening import create_family
from services.families.records import family_rows
from services.families.relatives import add_relative

RELATIVES = (("sibling", "M"), ("sibling", "F"), ("sibling", "F"), ("child", "F"), ("half_by_father", "M"))


def seed_families(session: Session, *, actor: str, now: datetime) -> None:
    """Draw both; a registered donor of whom CD36 is not known stands for the brother."""
    by = Person(0, actor, actor, (), frozenset(Permission), None, None, None, False, False)
    negative = select(Donor).where(Donor.cd36 == "negative type I", col(Donor.sex).is_not(None)).order_by(col(Donor.id))
    untested = select(Donor).where(Donor.cd36 == "", Donor.sex == Sex.MALE, Donor.searchable).order_by(col(Donor.id))
    rare, brother = session.exec(negative).first(), session.exec(untested).first()
    if rare and brother:
        share = {"phenotype": "CD36", "prevalence": "7%", "source": "exposé EFS : Africains 2,5–7 %"}
        family = create_family(session, donor_number=rare.donor_number, **share, by=by, now=now)
        _add(session, family, by, now)
        link = {"member": _siblings(session, family)[0].code, "donor_number": brother.donor_number}
        link_donor(session, code=family.code, version=family.version_id, **link, by=by, now=now)
    patient = session.exec(select(Patient).order_by(col(Patient.id))).first()
    if patient:
        asked = {"phenotype": "HLA", "prevalence": "", "source": ""}
        family = create_family(session, patient_number=patient.patient_number, **asked, by=by, now=now)
        _add(session, family, by, now)


def _add(session: Session, family: Family, by: Person, now: datetime) -> None:
    first = family_rows(session, family).first
    if first.sex is None:
        first.sex = Sex.FEMALE
        session.add(first)
    for kin, sex in RELATIVES:
        version = family.version_id
        add_relative(session, code=family.code, version=version, of=first.code, kin=kin, sex=sex, by=by, now=now)


def _siblings(session: Session, family: Family) -> list[FamilyMember]:
    rows = family_rows(session, family)
    first = rows.first
    return [one for one in rows.members if one.mother_id == first.mother_id and one is not first and one.mother_id]
