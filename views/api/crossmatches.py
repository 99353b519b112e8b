"""Crossmatches of a patient over the API: recorded, and read."""

from datetime import date, datetime
from typing import Annotated, Any

from flask import Blueprint, Response, url_for
from pydantic import BaseModel, Field

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from services.accounts.permissions import Permission
from services.crossmatches.entry import KEY, judge_typed
from services.crossmatches.recording import record_crossmatch
from services.crossmatches.telling import crossmatches_json, standing_crossmatches
from services.imports.reading import MAX_TEXT_CHARACTERS
from services.patients import get_patient
from views.access import needs
from views.api.fields import Day, Given, Key, Text
from views.api.operation import answer, operation
from views.running import actor, now, runtime

blueprint = Blueprint("crossmatches", __name__, url_prefix="/patients/<number>/crossmatches")
ShortText = Annotated[Text, Field(max_length=MAX_TEXT_CHARACTERS)]


class CrossmatchBody(Given):
    """One crossmatch of a donor's cells with the patient's serum."""

    donor_number: Key
    kind: Annotated[Text, Field(description="`platelet` or `lymphocyte`.", examples=["platelet"])]
    method: ShortText = Field(default="", examples=["MASPAT"])
    result: Annotated[Text, Field(description="`positive`, `negative` or `indeterminate`.", examples=["negative"])]
    tested_on: Day
    serum_code: ShortText = ""
    serum_on: Day | None = Field(default=None, description="When the serum was drawn.")
    note: ShortText = Field(default="", description="Kept, never answered.")

    def typed(self) -> dict[str, str]:
        """The texts that the service judges, as those of a form."""
        return {name: str(value or "") for name, value in self.model_dump().items()}


class Crossmatch(BaseModel):
    """One crossmatch, without its note."""

    code: str
    donor_number: str
    kind: CrossmatchKind
    method: str
    result: CrossmatchResult
    tested_on: date
    serum_code: str
    serum_on: date | None
    recorded_at: datetime
    recorded_by: str


class Crossmatches(BaseModel):
    """The standing crossmatches of a patient, the latest first."""

    items: list[Crossmatch]


@blueprint.get("")
@needs(Permission.SEE_PATIENTS)
@operation("List the crossmatches of a patient, the latest first", answer=Crossmatches)
def index(number: str) -> Response:
    """Those that stand, without notes."""
    with runtime().engines.read_session() as session:
        rows = standing_crossmatches(session, get_patient(session, number))
    return answer({"items": [_shown(row) for row in rows]})


@blueprint.post("")
@needs(Permission.RECORD_ANTIBODIES)
@operation("Record a crossmatch", body=CrossmatchBody, answer=Crossmatch, status=201)
def create(number: str, body: CrossmatchBody) -> Response:
    """Judged and refused as a row of a file is, each fault beside its field."""
    with runtime().engines.write_session() as session:
        entry = judge_typed({**body.typed(), KEY: number}, today=runtime().today(), now=now())
        row = record_crossmatch(session, patient_number=number, entry=entry, actor=actor(), now=now())
        shown = _shown(crossmatches_json(session, [row])[0])
        return answer(shown, 201, Location=url_for("api.crossmatches.index", number=number))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in Crossmatch.model_fields}
