"""Courses of treatment of a patient over the API: recorded, and read."""

from datetime import date, datetime
from typing import Annotated, Any

from flask import Blueprint, Response, url_for
from pydantic import BaseModel, Field

from domain.treatment import TreatmentKind
from services.accounts.permissions import Permission
from services.imports.reading import MAX_TEXT_CHARACTERS
from services.patients import get_patient
from services.treatments.entry import KEY, judge_typed
from services.treatments.recording import record_treatment
from services.treatments.telling import standing_treatments, treatment_json
from views.access import needs
from views.api.fields import Day, Given, Text
from views.api.operation import answer, operation
from views.running import actor, now, runtime

blueprint = Blueprint("treatments", __name__, url_prefix="/patients/<number>/treatments")


class TreatmentBody(Given):
    """One course of treatment."""

    kind: Annotated[Text, Field(description="A word of the list of files, English or French.", examples=["rituximab"])]
    first_on: Day
    last_on: Day | None = Field(default=None, description="Included; null: still going on.")
    note: Annotated[Text, Field(max_length=MAX_TEXT_CHARACTERS)] = Field(
        default="", description="Kept, never answered."
    )

    def typed(self) -> dict[str, str]:
        """The texts that the service judges, as those of a form."""
        return {name: str(value or "") for name, value in self.model_dump().items()}


class Treatment(BaseModel):
    """One course, without its note; `last_on` null is still going on."""

    code: str
    kind: TreatmentKind
    first_on: date
    last_on: date | None
    recorded_at: datetime
    recorded_by: str


class Treatments(BaseModel):
    """The standing courses of a patient, the latest first."""

    items: list[Treatment]


@blueprint.get("")
@needs(Permission.SEE_PATIENTS)
@operation("List the treatments of a patient, the latest first", answer=Treatments)
def index(number: str) -> Response:
    """Those that stand, without notes."""
    with runtime().engines.read_session() as session:
        rows = standing_treatments(session, get_patient(session, number))
    return answer({"items": [_shown(row) for row in rows]})


@blueprint.post("")
@needs(Permission.EDIT_PATIENTS)
@operation("Record a treatment", body=TreatmentBody, answer=Treatment, status=201)
def create(number: str, body: TreatmentBody) -> Response:
    """Judged and refused as a row of a file is, each fault beside its field."""
    with runtime().engines.write_session() as session:
        entry = judge_typed({**body.typed(), KEY: number}, today=runtime().today(), now=now())
        row = record_treatment(session, patient_number=number, entry=entry, actor=actor(), now=now())
        return answer(_shown(treatment_json(row)), 201, Location=url_for("api.treatments.index", number=number))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in Treatment.model_fields}
