"""Reservations over the API: made, listed, and taken from step to step."""

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint, Response, url_for
from pydantic import Field
from sqlmodel import Session

from services.accounts.permissions import Permission
from services.reservations import ReservationFilter, Wish, change_reservation, get_reservation, reserve
from services.reservations.parts import reservations_after
from services.reservations.reserving import LONGEST_NOTE
from services.reservations.steps import RELEASE_REASONS
from views.access import needs
from views.api import reservation_shapes as shapes
from views.api.conditions import check_version, etag, tag
from views.api.fields import Day, Given, Key, Mfi, Note, Page
from views.api.operation import answer, operation, part
from views.reservations.asked import timing
from views.running import person, runtime, snapshots

blueprint = Blueprint("reservations", __name__, url_prefix="/reservations")
LongNote = Annotated[Note, Field(max_length=LONGEST_NOTE)]


class ReservationBody(Given):
    """A donor to hold for a patient on a day."""

    patient: Key
    donor: Key
    day: Day
    threshold: Mfi | None = Field(default=None, description="In MFI; else the directive's.")
    request: Key | None = Field(default=None, description="The code of the open request it is for.")
    note: LongNote = ""
    override_reason: LongNote = Field(default="", description="Why, against a verdict that does not allow it.")

    def wish(self) -> Wish:
        """What the service takes."""
        return Wish(
            patient_number=self.patient,
            donor_number=self.donor,
            day=self.day,
            threshold_mfi=self.threshold,
            request_code=self.request,
            note=self.note,
            override_reason=self.override_reason,
        )


class StepBody(Given):
    """The next step of a reservation; a release says why."""

    step: Literal["confirm", "release", "collect"]
    reason: Literal[RELEASE_REASONS] | None = None  # type: ignore[valid-type]


class ReservationsQuery(Page):
    """Which reservations are listed; `open` ones occupy a donor now."""

    status: Literal["open", "all", "to_settle", "held", "confirmed", "collected", "released", "expired"] = "open"
    from_on: Day | None = None
    until_on: Day | None = None


@blueprint.get("")
@needs(Permission.SEE_RESERVATIONS)
@operation("List the reservations, the newest first", query=ReservationsQuery, answer=shapes.Reservations)
def index(query: ReservationsQuery) -> Response:
    """Patients' numbers are null for those who may not see patients."""
    asked = ReservationFilter(**query.model_dump(exclude={"after", "limit"}))
    with runtime().engines.read_session() as session:
        rows = reservations_after(
            session, by=person(), asked=asked, timing=timing(), after=query.after, limit=query.limit + 1
        )
    return part({"items": [_shown(row) for row in rows]}, query.limit, "code")


@blueprint.post("")
@needs(Permission.RESERVE)
@operation("Hold a donor for a patient on a day", body=ReservationBody, answer=shapes.Reservation, status=201,
           etag=True, refusals=(409,))  # fmt: skip
def create(body: ReservationBody) -> Response:
    """The same wish of the same person again gives the reservation that is there."""
    with runtime().engines.write_session() as session:
        row = reserve(session, snapshots(), wish=body.wish(), by=person(), timing=timing())
        return _answer(session, row.code, 201, Location=url_for("api.reservations.show", code=row.code))


@blueprint.get("/<uuid:code>")
@needs(Permission.SEE_RESERVATIONS)
@operation("Read one reservation", answer=shapes.Reservation, etag=True)
def show(code: UUID) -> Response:
    """One reservation, with the steps that can be taken."""
    with runtime().engines.read_session() as session:
        return _answer(session, str(code))


@blueprint.patch("/<uuid:code>")
@needs(Permission.RESERVE)
@operation("Take a reservation one step on", body=StepBody, answer=shapes.Reservation, etag=True, conditional=True,
           refusals=(409,))  # fmt: skip
def change(code: UUID, body: StepBody) -> Response:
    """Confirm, release or collect the version that `If-Match` names."""
    with runtime().engines.write_session() as session:
        held = get_reservation(session, code=str(code), by=person(), timing=timing())
        check_version(tag(held.version))
        change_reservation(
            session, code=held.code, version=held.version, by=person(), timing=timing(), **body.model_dump()
        )
        return _answer(session, held.code)


def _answer(session: Session, code: str, status: int = 200, **headers: str) -> Response:
    row = get_reservation(session, code=code, by=person(), timing=timing())
    return answer(_shown(row), status, **etag(row.version), **headers)


def _shown(row: Any) -> dict[str, Any]:
    return {**asdict(row), "steps": [step.value for step in row.steps]}
