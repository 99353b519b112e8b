"""What the forecast's pages show: one patient with what would close a gap, and all patients by their first gap."""

from typing import Any

from sqlmodel import Session, col, select

from domain.errors import PhenothequeError
from models.directive import Directive, DirectiveStatus
from models.patient import Patient
from services.forecast.relaxing import relaxations
from services.forecast.saying import late_units
from services.forecast.supply import Ground, Question, supply_of
from services.forecast.telling import forecast_json, relaxation_json, terms_json, versions_json
from services.matching.snapshots import SnapshotStore
from services.patients import get_patient
from services.searches import issues_json
from services.wording.alphabet import UNASSIGNED, region_order

Json = dict[str, Any]


def open_forecast(session: Session, store: SnapshotStore, *, number: str, question: Question, locale: str) -> Json:
    """One patient's forecast. Raises NotFound and UnusableInput."""
    get_patient(session, number)
    ground = Ground(session, store, question)
    supply = supply_of(session, ground, number)
    found = [relaxation_json(ground, supply, one) for one in relaxations(ground, supply)]
    return {
        **forecast_json(ground, supply, locale),
        **terms_json(ground),
        "relaxations": found,
        "closed_by": sum(one["closes"] for one in found),
        "versions": versions_json(session, ground),
    }


def open_overview(
    session: Session, store: SnapshotStore, *, question: Question, region: str | None, locale: str
) -> Json:
    """All patients with a directive in force or a need, the soonest gap first; those of one region where it is given.

    One whom the engine cannot answer stands first, with the reason. Raises UnusableInput.
    """
    ground = Ground(session, store, question)
    places = _patients(session, ground)
    entries = [_entry(session, ground, number, place, locale) for number, place in places if region in (None, place)]
    return {
        "on": question.on,
        "weeks_ahead": question.weeks,
        "scope": question.scope,
        "region": region,
        "regions": sorted({place for _, place in places}, key=region_order),
        **terms_json(ground),
        "patients": sorted(entries, key=_pressing),
        "versions": versions_json(session, ground),
        "issues": issues_json(ground.issues, locale),
    }


def _patients(session: Session, ground: Ground) -> list[tuple[str, str]]:
    """The number and the region of each patient with a directive in force or a need."""
    directed = set(session.exec(select(Directive.patient_id).where(Directive.status == DirectiveStatus.CURRENT)).all())
    query = select(Patient.id, Patient.patient_number, Patient.region).order_by(col(Patient.patient_number))
    return [
        (number, region or UNASSIGNED)
        for key, number, region in session.exec(query)
        if key in directed or number in ground.needs
    ]


def _entry(session: Session, ground: Ground, number: str, place: str, locale: str) -> Json:
    try:
        found = forecast_json(ground, supply_of(session, ground, number), locale)
    except PhenothequeError as error:
        return {"patient": number, "place": place, "fault": {"code": error.code, "params": dict(error.params)}}
    return {**found, "place": place, "fault": None}


def _pressing(one: Json) -> tuple[object, ...]:
    """What cannot be answered, what no donation can be ready for, the soonest gap and the largest of them, the rest."""
    if one["fault"]:
        return (0, one["patient"])
    gap = one["first_gap"]
    if late := late_units(one):
        return (1, 0, -late, one["patient"])
    if gap:
        return (1, gap["week"], -gap["units"], -one["missing"], one["patient"])
    return (2, not one["need"]["any"], min(week["left"] for week in one["weeks"]), one["patient"])
