"""Patients over the API: the list, one patient, the sweep, and why a donor stands where they stand."""

from typing import Any

from flask import Blueprint, Response
from pydantic import Field

from services.accounts.permissions import Permission
from services.explanations import explain_donor
from services.gl_strings import gl_json
from services.listing import patients_after
from services.patients import Request, get_case
from services.reference import active_reference
from services.searches import sweep_patient
from services.sera import class_i_samples
from services.workbench import patient_json
from views.access import needs
from views.api import patient_shapes, shapes
from views.api.conditions import etag
from views.api.explanation_shapes import Explanation
from views.api.fields import Narrowed, Page, QueryMfi, QueryMfis, QueryYes
from views.api.operation import answer, operation, part
from views.api.problems import Unmet, locale
from views.running import runtime, snapshots

blueprint = Blueprint("patients", __name__, url_prefix="/patients")


class SweepQuery(Narrowed):
    """Which thresholds are counted."""

    thresholds: QueryMfis | None = Field(default=None, description="In MFI, separated by commas; else the usual ones.")
    all: QueryYes = Field(default=False, description="Every distinct MFI of the serum instead.")


class ExplainQuery(Narrowed):
    """At which threshold a donor is explained."""

    threshold: QueryMfi | None = Field(default=None, description="In MFI; else the directive's.")


@blueprint.get("")
@needs(Permission.SEE_PATIENTS)
@operation("List the patients by number", query=Page, answer=patient_shapes.Patients)
def index(query: Page) -> Response:
    """The patients, with the serum and the threshold that a search would use."""
    with runtime().engines.read_session() as session:
        rows = patients_after(session, after=query.after, limit=query.limit + 1)
    return part({"items": rows}, query.limit, "number")


@blueprint.get("/<number>")
@needs(Permission.SEE_PATIENTS)
@operation("Read one patient, without identity", answer=patient_shapes.Patient, etag=True)
def show(number: str) -> Response:
    """One patient and their class I sera, the latest first."""
    with runtime().engines.read_session() as session:
        case = get_case(session, number, Request(), active_reference(session), on=runtime().today())
        sera = class_i_samples(session, case.patient)
        said = {**patient_json(case, runtime().today()), **gl_json(case.typings)}
    samples = [
        {"code": one.sample_code, "run_on": one.run_on, "kit_lot": one.kit_lot or None, "rejected": one.rejected}
        for one in sera
    ]
    return answer({**said, "version": case.patient.version_id, "samples": samples}, **etag(case.patient.version_id))


@blueprint.get("/<number>/sweep")
@needs(Permission.SEE_PATIENTS)
@operation("Count the donors for each threshold and region", query=SweepQuery, answer=shapes.Sweep)
def sweep(number: str, query: SweepQuery) -> Response:
    """The counts of `flask sweep`."""
    if query.all and query.thresholds:
        raise Unmet(422, "thresholds_or_all")
    asked: dict[str, Any] = {"thresholds": query.thresholds, "every": query.all, **_narrowed(query)}
    store = snapshots()
    with runtime().engines.read_session() as session:
        return answer(sweep_patient(session, store, patient_number=number, **asked))


@blueprint.get("/<number>/donors/<donor_number>")
@needs(Permission.SEE_PATIENTS)
@operation("Explain one donor for one patient", query=ExplainQuery, answer=Explanation)
def explain(number: str, donor_number: str, query: ExplainQuery) -> Response:
    """The answer of `flask explain`."""
    asked = {"threshold": query.threshold, "zone": runtime().settings.timezone, **_narrowed(query)}
    numbers = {"patient_number": number, "donor_number": donor_number}
    store = snapshots()
    with runtime().engines.read_session() as session:
        return answer(explain_donor(session, store, **numbers, **asked))


def _narrowed(query: Narrowed) -> dict[str, Any]:
    return {
        "sample": query.sample,
        "loci": query.loci,
        "on": query.on or runtime().today(),
        "locale": locale(),
    }
