"""What the pages of a patient's directives show besides what was typed."""

from datetime import date
from typing import Any

from sqlmodel import Session

from models.patient import Patient
from services.directive_history import list_directives
from services.patients import Request, get_case
from services.platelet_antibodies import CD36, positive_specificities
from services.reference import active_reference
from services.rule_tables import hpa_systems
from services.sera import class_i_samples
from services.workbench import banner_json

Json = dict[str, Any]


def open_directives(session: Session, *, patient_number: str, on: date) -> Json:
    """The patient, every version (the newest first), and which is in force. Raises NotFound."""
    case = get_case(session, patient_number, Request(), active_reference(session), on=on)
    versions = list_directives(session, patient_number=patient_number)
    current = next((one for one in versions if one["status"] == "current"), None)
    return {**banner_json(session, case, on), "versions": versions, "current": current}


def open_directive_form(session: Session, *, patient_number: str, on: date) -> Json:
    """The same, with the sera, the antigens and the platelet antibodies that a form offers."""
    opened = open_directives(session, patient_number=patient_number, on=on)
    case = get_case(session, patient_number, Request(), active_reference(session), on=on)
    positives = positive_specificities(session, case.patient)
    return {
        **opened,
        "samples": _samples(session, case.patient),
        "systems": {system.name: [system.antigen_a, system.antigen_b] for system in hpa_systems().values()},
        "positives": positives,
        "anti_cd36_found": CD36 in positives,
    }


def _samples(session: Session, patient: Patient) -> list[Json]:
    """Each class I serum once, the latest first."""
    found: dict[str, Json] = {}
    for one in class_i_samples(session, patient):
        found.setdefault(one.sample_code, {"code": one.sample_code, "run_on": one.run_on, "rejected": one.rejected})
    return list(found.values())
