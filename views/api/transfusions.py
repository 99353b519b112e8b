"""Transfusions of a patient over the API: recorded, and read with what each did."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint, Response, url_for
from pydantic import Field
from sqlmodel import Session

from domain.refractoriness import Selection
from models.patient import Patient
from services.accounts.permissions import Permission
from services.patients import get_patient
from services.transfusions.entry import CAUSES, KEY
from services.transfusions.plausible import LONGEST_NOTE
from services.transfusions.reading import MOST_FIGURE
from services.transfusions.recording import judge_typed, record_transfusion, with_record
from services.transfusions.sending import figure_text
from services.transfusions.telling import tell_one, tell_patient, transfusions_before
from services.wording.catalogue import sentence
from views.access import needs
from views.api import transfusion_shapes as shapes
from views.api.fields import Given, Note, Page, Text
from views.api.operation import answer, operation, part
from views.api.problems import locale
from views.api.shapes import Abo
from views.reservations.asked import timing
from views.running import actor, runtime

blueprint = Blueprint("transfusions", __name__, url_prefix="/patients/<number>/transfusions")
Json = dict[str, Any]
Figure = Annotated[float, Field(allow_inf_nan=False, ge=-MOST_FIGURE, le=MOST_FIGURE)]
MOMENT = "Day and time; without an offset, on the clocks of the centre."


class TransfusionBody(Given):
    """One transfusion; what is left out is not known, but weight and height, which are then those on record."""

    ended_at: Text = Field(description=f"When the product was in. {MOMENT}", examples=["2026-11-20T10:00+01:00"])
    product_number: Text = ""
    donor_number: Text = ""
    selection: Literal[tuple(one.value for one in Selection)] | None = None  # type: ignore[valid-type]
    content: Figure | None = Field(default=None, description="In 10¹¹ platelets.")
    age_hours: Figure | None = None
    product_abo: Abo | None = Field(default=None, description="Left out, that of the donor.")
    irradiated: bool | None = None
    pathogen_reduced: bool | None = None
    additive_solution: bool | None = None
    pre_count: Figure | None = Field(default=None, description="In 10⁹/L, as the other counts.")
    pre_at: Text = Field(default="", description=MOMENT)
    count_1h: Figure | None = None
    count_1h_at: Text = Field(default="", description=MOMENT)
    count_24h: Figure | None = None
    count_24h_at: Text = Field(default="", description=MOMENT)
    weight_kg: Figure | None = None
    height_cm: Figure | None = None
    causes: dict[Literal[CAUSES], bool] = Field(  # type: ignore[valid-type]
        default={}, description="What was looked for; a count is not judged before `bleeding` is answered."
    )
    note: Annotated[Note, Field(max_length=LONGEST_NOTE)] = Field(default="", description="Kept, never answered.")

    def typed(self) -> dict[str, str]:
        """The texts that the service judges, as those of a form."""
        plain = {name: getattr(self, name) for name in type(self).model_fields if name != "causes"}
        return {name: _text(value) for name, value in {**plain, **self.causes}.items()}


@blueprint.get("")
@needs(Permission.SEE_PATIENTS)
@operation("List the transfusions of a patient, the latest first, with what each did", query=Page,
           answer=shapes.Transfusions)  # fmt: skip
def index(number: str, query: Page) -> Response:
    """Those that stand; withdrawn ones are read by their code."""
    with runtime().engines.read_session() as session:
        patient = get_patient(session, number)
        told = tell_patient(session, patient, on=runtime().today())
    rows = transfusions_before(told["transfusions"], after=query.after, limit=query.limit + 1)
    series = {name: told["series"][name] or None for name in ("state", "lead", "since")}
    return part({"patient": number, **series, "items": [_shown(row) for row in rows]}, query.limit, "code")


@blueprint.post("")
@needs(Permission.EDIT_PATIENTS)
@operation("Record a transfusion", body=TransfusionBody, answer=shapes.Transfusion, status=201)
def create(number: str, body: TransfusionBody) -> Response:
    """Judged and refused as a row of a file is, each fault beside its field."""
    with runtime().engines.write_session() as session:
        patient = get_patient(session, number)
        entry = with_record(judge_typed({**body.typed(), KEY: number}, timing=timing()), patient)
        row = record_transfusion(session, patient_number=number, entry=entry, actor=actor(), timing=timing())
        address = url_for("api.transfusions.show", number=number, code=row.code)
        return _answer(session, patient, row.code, 201, Location=address)


@blueprint.get("/<uuid:code>")
@needs(Permission.SEE_PATIENTS)
@operation("Read one transfusion of a patient, with what it did", answer=shapes.Transfusion)
def show(number: str, code: UUID) -> Response:
    """One transfusion, also one that was withdrawn."""
    with runtime().engines.read_session() as session:
        return _answer(session, get_patient(session, number), str(code))


def _answer(session: Session, patient: Patient, code: str, status: int = 200, **headers: str) -> Response:
    return answer(_shown(tell_one(session, patient, code, on=runtime().today())), status, **headers)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return figure_text(value) if isinstance(value, float | int) else value or ""


def _shown(row: Mapping[str, Any]) -> Json:
    """One transfusion as it is answered: every reason with its sentence, and no note."""
    shown = {name: row[name] for name in shapes.Transfusion.model_fields}
    named = {name: row[name] or None for name in ("selection", "product_abo")}
    return {**shown, **named, "outcome": row["outcome"] and _outcome(row["outcome"])}


def _outcome(told: Mapping[str, Any]) -> Json:
    windows = [
        {**one, "reasons": [_said(each) for each in one["reasons"]], "notes": [_said(each) for each in one["notes"]]}
        for one in told["windows"]
    ]
    findings = [{**one, "said": _said(one["said"])} for one in told["findings"]]
    return {**told, "findings": findings, "windows": windows}


def _said(one: Mapping[str, Any]) -> Json:
    return {"code": one["code"], "params": one["params"], "message": sentence(one["code"], one["params"], locale())}
