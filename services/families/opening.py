"""Drawing a new family for a donor or a patient, and what it is drawn for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields, RefusedByRule, UnusableInput
from domain.recruitment import parse_share
from models.donor import Donor
from models.family import Family, FamilyMember
from models.patient import Patient
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.explanations import get_donor
from services.families.phenotypes import HLA, known_phenotypes
from services.families.records import get_family, new_member, settle_family
from services.patients import get_patient

LONGEST_SOURCE = 200
DOUBLE_PRESS = timedelta(seconds=20)  # exactly the same again of the same person within this is one press


def create_family(
    session: Session,
    *,
    phenotype: str,
    prevalence: str,
    source: str,
    by: Person,
    now: datetime,
    donor_number: str = "",
    patient_number: str = "",
) -> Family:
    """Draw a family with its first member: one donor, or one patient by those who may see patients.

    The same press twice draws one family.
    `prevalence` is the share of people with the phenotype where the family comes from (`4 %`); HLA needs none.
    Raises NotFound, InvalidFields, and RefusedByRule where the donor's data were erased.
    """
    donor, patient = _person(session, donor_number.strip(), patient_number.strip(), by)
    if phenotype not in known_phenotypes():
        raise InvalidFields([FieldFault("phenotype", "family_phenotype_unknown")])
    share = _share(phenotype, prevalence)
    family = Family(
        code=str(uuid4()), phenotype=phenotype, created_at=now, created_by=by.login, changed_at=now,
        prevalence=share, prevalence_source=_source(source) if share is not None else "",
    )  # fmt: skip
    first = {"donor_id": donor.id if donor else None, "patient_id": patient.id if patient else None}
    if again := _find_same_press(session, family, first):
        return again
    session.add(family)
    session.flush()
    person = donor or patient
    sex = person.sex if person else None
    new_member(session, family, actor=by.login, now=now, first=True, sex=sex, **first)
    settle_family(session, family, "family_drawn", actor=by.login, now=now, phenotype=phenotype)
    return family


def change_prevalence(
    session: Session, *, code: str, version: int, prevalence: str, source: str, by: Person, now: datetime
) -> Family:
    """Reckon with another share of people who have the phenotype. Raises NotFound, InvalidFields, RefusedByRule."""
    family = get_family(session, code, version=version)
    share = _share(family.phenotype, prevalence)
    family.prevalence, family.prevalence_source = share, _source(source) if share is not None else ""
    settle_family(session, family, "family_prevalence_changed", actor=by.login, now=now, prevalence=share)
    return family


def _find_same_press(session: Session, family: Family, first: Mapping[str, int | None]) -> Family | None:
    """The family that the same person drew just now for the same donor or patient, with the same words."""
    query = (
        select(Family)
        .join(FamilyMember, col(FamilyMember.family_id) == col(Family.id))
        .where(
            col(FamilyMember.first),
            *(getattr(FamilyMember, name) == known for name, known in first.items()),
            Family.phenotype == family.phenotype,
            Family.prevalence == family.prevalence,
            Family.prevalence_source == family.prevalence_source,
            Family.created_by == family.created_by,
            col(Family.created_at) > family.created_at - DOUBLE_PRESS,
        )
    )
    return session.exec(query.order_by(col(Family.id).desc())).first()


def _person(session: Session, donor: str, patient: str, by: Person) -> tuple[Donor | None, Patient | None]:
    if bool(donor) == bool(patient):
        raise InvalidFields([FieldFault("donor", "family_needs_one_person")])
    if patient:
        if not by.may(Permission.SEE_PATIENTS):
            raise InvalidFields([FieldFault("patient", "family_patient_not_yours")])
        return None, get_patient(session, patient)
    found = get_donor(session, donor)
    if found.erased_at:
        raise RefusedByRule("donor_erased", donor=donor)
    return found, None


def _share(phenotype: str, text: str) -> float | None:
    if phenotype == HLA:
        return None
    try:
        share = parse_share(text)
    except UnusableInput as error:
        raise InvalidFields([FieldFault("prevalence", error.code, error.params)]) from error
    if share >= 1:
        raise InvalidFields([FieldFault("prevalence", "family_prevalence_unusable")])
    return share


def _source(text: str) -> str:
    source = " ".join(text.split())
    if not source or len(source) > LONGEST_SOURCE or not source.isprintable():
        raise InvalidFields([FieldFault("source", "family_source_needed", {"most": LONGEST_SOURCE})])
    return source
