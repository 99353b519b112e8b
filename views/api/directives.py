"""The directive of a patient over the API: read, put in force, closed."""

from typing import Annotated, Any, Literal

from flask import Blueprint, Response
from pydantic import Field
from sqlmodel import Session

from domain.errors import NotFound
from domain.peak import LEAST_MONTHS, MOST_MONTHS
from models.directive import Directive
from services.accounts.permissions import Permission
from services.directive_drafts import LONGEST_NOTE, Addition, Removal, Wording
from services.directives import close_directive, directive_json, set_directive
from services.patients import find_current_directive, get_patient
from views.access import needs
from views.api import patient_shapes as shapes
from views.api.conditions import check_version, tag
from views.api.fields import Day, Given, Key, Loci, Mfi, Note, Text
from views.api.operation import answer, nothing, operation
from views.running import actor, now, runtime

blueprint = Blueprint("directives", __name__, url_prefix="/patients/<number>/directive")
MOST_EDITS = 100


class RemovalBody(Given):
    """A specificity to leave out, and why."""

    specificity: Key
    reason: Annotated[Text, Field(min_length=1)]


class DirectiveBody(Given):
    """A directive as a person writes it."""

    threshold: Mfi = Field(description="In MFI.", examples=[2000])
    sample: Key | None = Field(default=None, description="The serum it was made from; null: always the latest.")
    loci: Loci = "A,B"
    add: list[Key] = Field(default=[], max_length=MOST_EDITS, examples=[["B44"]])
    add_reasons: dict[Key, Text] = Field(default={}, max_length=MOST_EDITS, description="By specificity of `add`.")
    remove: list[RemovalBody] = Field(default=[], max_length=MOST_EDITS)
    hpa_antibodies: list[Key] = Field(default=[], max_length=MOST_EDITS, examples=[["HPA-1a"]])
    anti_cd36: bool = False
    abo_rule: Literal["none", "no-major", "identical"] = "none"
    serum: Literal["current", "peak"] = Field(
        default="current", description="One serum, or of each bead the highest MFI over `peak_months`."
    )
    peak_months: Annotated[int, Field(ge=LEAST_MONTHS, le=MOST_MONTHS)] | None = None
    planned_donor: Text = Field(
        default="",
        description="HLA-A, -B, -C of the planned stem-cell donor, no identity: what the patient lacks is avoided.",
        examples=["A*02:01+A*24:02^B*07:02+B*44:02"],
    )
    valid_until: Day | None = Field(default=None, description="The last day it holds.")
    note: Annotated[Note, Field(max_length=LONGEST_NOTE)] = ""

    def wording(self) -> Wording:
        """What the service takes."""
        read_apart = ("threshold", "add", "add_reasons", "remove")
        return Wording(
            threshold_mfi=self.threshold,
            add=[Addition(one, self.add_reasons.get(one, "")) for one in self.add],
            remove=[Removal(one.specificity, one.reason) for one in self.remove],
            **{name: getattr(self, name) for name in type(self).model_fields if name not in read_apart},
        )



@blueprint.get("")
@needs(Permission.SEE_PATIENTS)
@operation("Read the directive in force", answer=shapes.Directive, etag=True)
def show(number: str) -> Response:
    """The directive in force; 404 where there is none."""
    with runtime().engines.read_session() as session:
        return _answer(session, number, _current(session, number))


@blueprint.put("")
@needs(Permission.WRITE_DIRECTIVES)
@operation("Put a directive in force", body=DirectiveBody, answer=shapes.Directive, etag=True, conditional=True,
           refusals=(409,))  # fmt: skip
def put(number: str, body: DirectiveBody) -> Response:
    """A new directive; the one in force is named by `If-Match`, and that there is none by `If-None-Match: *`."""
    with runtime().engines.write_session() as session:
        held = find_current_directive(session, get_patient(session, number))
        check_version(held and version_of(held))
        row = set_directive(session, patient_number=number, wording=body.wording(), **_by())
        return _answer(session, number, row)


@blueprint.delete("")
@needs(Permission.WRITE_DIRECTIVES)
@operation("Close the directive in force", status=204, conditional=True)
def close(number: str) -> Response:
    """The directive no longer holds; it stays in the history."""
    with runtime().engines.write_session() as session:
        check_version(version_of(_current(session, number)))
        close_directive(session, patient_number=number, actor=actor(), now=now())
    return nothing()


def _by() -> dict[str, Any]:
    return {"actor": actor(), "now": now(), "on": runtime().today()}


def _current(session: Session, number: str) -> Directive:
    row = find_current_directive(session, get_patient(session, number))
    if row is None:
        raise NotFound("no_directive", patient=number)
    return row


def version_of(row: Directive) -> str:
    """The text of its ETag: a signature changes a directive without making another of it."""
    return tag(f"{row.version}{'-signed' if row.signed_at else ''}")


def _answer(session: Session, number: str, row: Directive) -> Response:
    return answer(directive_json(session, number, row), ETag=f'"{version_of(row)}"')
