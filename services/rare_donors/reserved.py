"""For which days rare donors are reserved, and whether the patient needs what is rare about them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, and_, col, select

from domain.rare_phenotype import Kind
from domain.reservation import Timing, status_at
from models.directive import Directive, DirectiveStatus
from models.patient import Patient
from models.reservation import OCCUPYING, Reservation
from services.rare_donors.rules import rare_rules


@dataclass(frozen=True, slots=True)
class Reserved:
    """One day for which a donor is kept. `patient` is None for those who do not see patients."""

    code: str
    day: date
    patient: str | None
    hpa_antibodies: tuple[str, ...]  # of the patient's directive in force on that day
    anti_cd36: bool

    def needs_one_of(self, traits: Iterable[tuple[str, str]]) -> bool:
        """Whether the directive asks for any of these phenotypes, given as code and antigens."""
        return any(self._needs(code, subjects) for code, subjects in traits)

    def _needs(self, code: str, subjects: str) -> bool:
        rule = rare_rules().get(code)
        if rule is None or rule.of_hla:
            return False
        if rule.kind is Kind.CD36:
            return self.anti_cd36
        absent = rule.terms if rule.kind is Kind.HPA_ABSENT else subjects.split()
        return any(antigen in self.hpa_antibodies for antigen in absent)


def reserved_days(
    session: Session, donor_ids: Sequence[int] | None, *, with_patients: bool, timing: Timing
) -> Mapping[int, list[Reserved]]:
    """The days, today and later, for which donors are kept: of these donors, or of all with None."""
    today = timing.today
    query = (
        select(Reservation, Patient.patient_number, Directive)
        .join(Patient, col(Patient.id) == Reservation.patient_id)
        .join(
            Directive,
            and_(Directive.patient_id == Patient.id, Directive.status == DirectiveStatus.CURRENT),
            isouter=True,
        )
        .where(col(Reservation.status).in_(OCCUPYING), col(Reservation.day) >= today)
        .order_by(col(Reservation.day))
    )
    if donor_ids is not None:
        query = query.where(col(Reservation.donor_id).in_(donor_ids))
    found: dict[int, list[Reserved]] = defaultdict(list)
    for row, number, directive in session.exec(query):
        if status_at(row.status, row.expires_at, timing.now) not in OCCUPYING:
            continue
        found[row.donor_id].append(_reserved(row, number if with_patients else None, directive))
    return found


def _reserved(row: Reservation, number: str | None, directive: Directive | None) -> Reserved:
    holds = directive is not None and (directive.valid_until is None or directive.valid_until >= row.day)
    return Reserved(
        code=row.code,
        day=row.day,
        patient=number,
        hpa_antibodies=tuple(directive.hpa_antibodies) if directive and holds else (),
        anti_cd36=bool(directive and holds and directive.anti_cd36),
    )
