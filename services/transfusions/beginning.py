"""What a new transfusion begins with, and which products kept for a patient have no transfusion on record yet."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from domain.autologous_units import UnitStatus
from domain.errors import NotFound
from domain.refractoriness import Selection
from domain.reservation import Timing
from models.autologous import AutologousUnit
from models.donor import Donor
from models.patient import Patient
from models.reservation import Reservation, ReservationStatus
from models.transfusion import Transfusion
from services.patients import find_current_directive, get_patient
from services.transfusions.judging import standing
from services.transfusions.rules import outcome_rules
from services.transfusions.store import transfusions_of

Json = dict[str, Any]
PROMISED = (ReservationStatus.CONFIRMED, ReservationStatus.COLLECTED)
MOST_SHOWN = 5  # of each kind, the latest: older ones are history, not work


def beginning(
    session: Session, *, number: str, timing: Timing, reservation: str = "", unit: str = ""
) -> dict[str, str]:
    """What an empty form begins with: weight and height on record, and the product of a reservation or of an own unit.

    Raises NotFound, also for a reservation of another patient or not confirmed, and for a unit that was not given.
    """
    patient = get_patient(session, number)
    body = {name: written(getattr(patient, name)) for name in ("weight_kg", "height_cm")}
    if reservation:
        return body | _of_reservation(session, patient, reservation)
    return body | (_of_unit(session, patient, unit, timing) if unit else {})


def to_record(session: Session, patient: Patient, rows: Sequence[Transfusion], *, timing: Timing) -> list[Json]:
    """Donors promised for a day that has come and own units given, of which no transfusion is on record.

    `rows` are the patient's transfusions. A donor's is looked for from the day of the collection for as long as a
    product keeps. The latest come first; at most MOST_SHOWN of each kind.
    """
    kept = standing(rows)
    return [
        *_donors_to_record(session, patient, kept, timing)[:MOST_SHOWN],
        *_units_to_record(session, patient, {row.product_number for row in kept})[:MOST_SHOWN],
    ]


def open_to_record(session: Session, *, number: str, timing: Timing) -> list[Json]:
    """The same for a page that shows no transfusions. Raises NotFound."""
    patient = get_patient(session, number)
    return to_record(session, patient, transfusions_of(session, patient), timing=timing)


def written(value: float | None) -> str:
    """A figure as a form holds it."""
    return "" if value is None else f"{value:.10g}"


def clock(moment: Any, timing: Timing) -> str:
    """A moment as a form holds it: on the clocks of the centre."""
    return f"{timing.local(moment):%Y-%m-%dT%H:%M}" if moment else ""


def _of_reservation(session: Session, patient: Patient, code: str) -> dict[str, str]:
    query = select(Donor).join(Reservation, col(Reservation.donor_id) == col(Donor.id))
    found = session.exec(
        query.where(
            Reservation.code == code,
            Reservation.patient_id == patient.id,
            col(Reservation.status).in_(PROMISED),
        )
    ).first()
    if found is None:
        raise NotFound("unknown_reservation")
    directive = find_current_directive(session, patient)
    chosen = Selection.CD36 if directive is not None and directive.anti_cd36 else Selection.HLA
    return {"donor_number": found.donor_number, "selection": chosen.value, "product_abo": found.abo or ""}


def _of_unit(session: Session, patient: Patient, number: str, timing: Timing) -> dict[str, str]:
    """The content is the one counted after thawing; of a frozen unit that was not counted again it is not known."""
    query = _given_units(patient).where(AutologousUnit.number == number)
    unit = session.exec(query).first() if number.isprintable() else None
    if unit is None:
        raise NotFound("unknown_autologous_unit", unit=number)
    content = unit.thawed_content if unit.thawed_at else unit.content
    return {
        "product_number": unit.number,
        "selection": Selection.AUTOLOGOUS.value,
        "product_abo": patient.abo or "",
        "content": written(content),
        "ended_at": clock(unit.ended_at, timing),
    }


def _given_units(patient: Patient) -> Any:
    return select(AutologousUnit).where(
        AutologousUnit.patient_id == patient.id, AutologousUnit.status == UnitStatus.TRANSFUSED
    )


def _donors_to_record(session: Session, patient: Patient, kept: Sequence[Transfusion], timing: Timing) -> list[Json]:
    query = (
        select(Reservation, Donor.donor_number)
        .join(Donor, col(Donor.id) == col(Reservation.donor_id))
        .where(
            Reservation.patient_id == patient.id,
            col(Reservation.status).in_(PROMISED),
            col(Reservation.day) <= timing.today,
        )
    )
    keeps_days = outcome_rules(timing.today).shelf_reduced_hours / 24
    given = [(row.donor_id, timing.local(row.ended_at).date()) for row in kept]

    def is_recorded(donor_id: int, day: date) -> bool:
        return any(donor == donor_id and 0 <= (on - day).days <= keeps_days for donor, on in given)

    return [
        {"donor_number": number, "day": row.day, "reservation": row.code}
        for row, number in session.exec(query.order_by(col(Reservation.day).desc(), col(Reservation.id).desc())).all()
        if not is_recorded(row.donor_id, row.day)
    ]


def _units_to_record(session: Session, patient: Patient, recorded: set[str]) -> list[Json]:
    rows = session.exec(_given_units(patient).order_by(col(AutologousUnit.ended_at).desc())).all()
    return [{"unit": row.number, "day": row.ended_at} for row in rows if row.number not in recorded]
