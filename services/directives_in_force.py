"""Every directive in force laid over the registry, one after the other: for what looks at all patients at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from domain.errors import PhenothequeError
from models.directive import Directive, DirectiveStatus
from models.patient import Patient
from services.matching.engine import Matching
from services.matching.index import RegistryIndex
from services.patients import Case, Request, get_case
from services.reference import active_reference
from services.searches import check_derivation, matching_of, threshold_of


@dataclass(frozen=True, slots=True)
class InForce:
    """A patient's case over the registry, at the directed threshold in MFI."""

    case: Case
    matching: Matching
    threshold_mfi: int


def directives_in_force(
    session: Session, index: RegistryIndex, *, on: date
) -> Iterator[tuple[str, InForce | PhenothequeError]]:
    """Each patient's number, in order, with their directive or why it cannot be read: one does not end the others.

    Raises UnusableInput where the donors were last read with another nomenclature than today's.
    """
    reference = active_reference(session)
    check_derivation(index, reference)
    query = (
        select(Patient.patient_number)
        .join(Directive, col(Directive.patient_id) == col(Patient.id))
        .where(Directive.status == DirectiveStatus.CURRENT)
        .order_by(Patient.patient_number)
    )
    for number in session.exec(query).all():
        try:
            case = get_case(session, number, Request(), reference, on=on)
            one = InForce(case, matching_of(session, case, index, reference), threshold_of(case))
        except PhenothequeError as error:
            yield number, error
        else:
            yield number, one
