"""The patients of the registry, each with the serum and the directive that a search would use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, false, func, select

from domain.errors import UnusableInput
from domain.reference import Reference
from models.antibody import HlaClass, SerumSample
from models.directive import Directive, DirectiveStatus
from models.patient import Patient
from models.request import RequestStatus, TransfusionRequest
from services.patients import patient_typings
from services.reference import active_reference
from services.requests import soonest_requests
from services.wording.alphabet import region_order

Json = dict[str, Any]
SORTS = ("number", "-number", "region", "-region", "request", "changed")
NEAREST = 20
LIKENESS = 70.0  # of 100: two signs of a number of six may differ, or stand in another order
LONGEST_SOUGHT = 64


@dataclass(frozen=True, slots=True)
class Sought:
    """Which patients a list shows: those whose number holds `text`, of a region ("" for none, None for all)."""

    text: str = ""
    region: str | None = None
    sort: str = "number"


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the patients sought; `nearest` where no number holds the text and those alike are shown instead."""

    patients: list[Json]
    total: int
    nearest: bool = False


def find_patients(session: Session, sought: Sought, *, limit: int, offset: int = 0) -> Found:
    """The patients sought, in the order asked. Raises UnusableInput for an order there is not."""
    if sought.sort not in SORTS:
        raise UnusableInput("unknown_sort", sort=sought.sort[:40], known=", ".join(SORTS))
    query, nearest = select(Patient), False
    if plain := sought.text.strip().casefold()[:LONGEST_SOUGHT]:
        condition, nearest = _number_condition(session, plain)
        query = query.where(condition)
    if sought.region is not None:
        # PostgreSQL refuses a NUL even in a question; no region has one.
        region = sought.region if sought.region.isprintable() else "\n"
        query = query.where(func.coalesce(Patient.region, "") == region)
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    rows = session.exec(_in_order(query, sought.sort).limit(limit).offset(offset)).all()
    return Found(patient_entries(session, rows), total, nearest)


def patient_regions(session: Session) -> list[str]:
    """Every region that a patient has, in the order of the alphabet; "" where some have none."""
    found = session.exec(select(Patient.region).distinct()).all()
    return sorted({region or "" for region in found}, key=lambda name: (not name, *region_order(name)))


def _number_condition(session: Session, text: str) -> tuple[Any, bool]:
    """That the number holds this text; where none does, that it is one of those most like it, and that it is so."""
    if not text.isprintable():
        return false(), True
    holds = func.lower(Patient.patient_number).contains(text, autoescape=True)
    if session.exec(select(Patient.id).where(holds).limit(1)).first() is not None:
        return holds, False
    from rapidfuzz import fuzz, process

    numbers = session.exec(select(Patient.patient_number)).all()
    alike = process.extract(
        text, numbers, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=LIKENESS, limit=NEAREST
    )
    return col(Patient.patient_number).in_([number for number, _, _ in alike]), True


def _in_order(query: Any, sort: str) -> Any:
    number = col(Patient.patient_number)
    if sort == "changed":
        return query.order_by(col(Patient.updated_at).desc(), number)
    if sort == "request":
        soonest = (
            select(TransfusionRequest.patient_id, func.min(TransfusionRequest.needed_by).label("needed_by"))
            .where(TransfusionRequest.status == RequestStatus.OPEN)
            .group_by(col(TransfusionRequest.patient_id))
            .subquery()
        )
        query = query.outerjoin(soonest, soonest.c.patient_id == Patient.id)
        return query.order_by(soonest.c.needed_by.is_(None), soonest.c.needed_by, number)
    column = number if sort.endswith("number") else func.coalesce(Patient.region, "")
    return query.order_by(column.desc() if sort.startswith("-") else column, number)


def patient_entries(session: Session, rows: Sequence[Patient]) -> list[Json]:
    """Patients as a list shows them."""
    ids = [row.id for row in rows if row.id is not None]
    sera, directives = _latest_sera(session, ids), _current_directives(session, ids)
    requests, reference = soonest_requests(session, ids), active_reference(session)
    return [
        {
            **_entry(row, sera.get(row.id), directives.get(row.id), reference),
            "request": _request(requests.get(row.id or 0)),
        }
        for row in rows
    ]


def _request(row: TransfusionRequest | None) -> Json | None:
    """The open request needed soonest."""
    return {"urgency": row.urgency.value, "units": row.units, "needed_by": row.needed_by} if row else None


def _entry(patient: Patient, serum: SerumSample | None, directive: Directive | None, reference: Reference) -> Json:
    typings = patient_typings(patient, reference)
    sample = directive.sample_code if directive and directive.sample_code else serum and serum.sample_code
    return {
        "number": patient.patient_number,
        "hla": {locus: [value.canonical for value in typing.values if value] for locus, typing in typings.items()},
        "region": patient.region,
        "sample": sample,
        "threshold_mfi": directive.threshold_mfi if directive else None,
    }


def _latest_sera(session: Session, patient_ids: Sequence[int]) -> dict[int | None, SerumSample]:
    """The class I serum that a search takes where the directive names none: by run date, then import."""
    query = select(SerumSample).where(col(SerumSample.patient_id).in_(patient_ids), SerumSample.hla_class == HlaClass.I)
    sera = sorted(session.exec(query).all(), key=lambda one: (one.run_on or date.min, one.id or 0))
    return {serum.patient_id: serum for serum in sera}


def _current_directives(session: Session, patient_ids: Sequence[int]) -> dict[int | None, Directive]:
    query = select(Directive).where(
        col(Directive.patient_id).in_(patient_ids), Directive.status == DirectiveStatus.CURRENT
    )
    return {directive.patient_id: directive for directive in session.exec(query).all()}
