"""Units of patients' own platelets among the products transfused: whose a unit is, and what it says of the product."""

from dataclasses import replace

from sqlmodel import Session, select

from domain.errors import FieldFault
from domain.refractoriness import Selection
from models.autologous import AutologousUnit
from models.patient import Patient
from services.transfusions.entry import Entry


def find_own_unit(session: Session, number: str) -> AutologousUnit | None:
    """The autologous unit of a product's number, whoever's it is."""
    return session.exec(select(AutologousUnit).where(AutologousUnit.number == number)).first() if number else None


def own_unit_faults(session: Session, patient: Patient, entry: Entry) -> list[FieldFault]:
    """What cannot be true of an autologous product: another patient's unit, a donor, or chosen in another way."""
    unit = find_own_unit(session, entry.product_number)
    if unit is not None and unit.patient_id != patient.id:
        return [FieldFault("product_number", "transfusion_unit_of_another", {"unit": unit.number})]
    faults = []
    if unit is not None and entry.selection not in (None, Selection.AUTOLOGOUS):
        faults.append(FieldFault("selection", "transfusion_unit_is_autologous", {"unit": unit.number}))
    if entry.donor_number and (unit is not None or entry.selection is Selection.AUTOLOGOUS):
        faults.append(FieldFault("donor_number", "transfusion_autologous_has_no_donor"))
    return faults


def with_own_unit(session: Session, entry: Entry) -> Entry:
    """The transfusion with what the patient's own unit says of its product where it says nothing: chosen how, ABO."""
    unit = find_own_unit(session, entry.product_number)
    if unit is None:
        return entry
    abo = session.get_one(Patient, unit.patient_id).abo if entry.product_abo is None else entry.product_abo
    return replace(entry, selection=entry.selection or Selection.AUTOLOGOUS, product_abo=abo)
