"""A donor's consent and rights: agreeing, withdrawing, access, restriction, erasure."""

from typing import Any

from flask import Response as FlaskResponse
from flask import render_template, request
from sqlmodel import Session

from domain.errors import FieldFault, InvalidFields
from models.donor import Donor
from services.accounts.permissions import Permission
from services.donor_consent import erase_donor, lift_restriction, restrict_donor, set_consent, ties_of
from services.donor_export import FORMS, export_person, person_json
from services.donor_records import read_day
from services.explanations import get_donor
from services.forgotten_files import waiting_files
from views import upload_flow
from views.access import needs
from views.donors.blueprint import blueprint
from views.donors.changes import Answer, Change, carry_out, summary_of, version_of
from views.donors.forms import ConsentForm, DonorForm, EraseForm
from views.running import actor, now, runtime


def _as_typed(form: DonorForm) -> dict[str, Any]:
    return {"version": version_of(form), "reason": form.reason.data or "", "actor": actor(), "now": now()}


@blueprint.route("/donors/<donor>/consent", methods=["GET", "POST"])
@needs(Permission.MANAGE_CONSENT)
def consent(donor: str) -> Answer:
    """Record that the donor agreed to be called, or withdrew that."""
    return carry_out(CONSENT, donor)


def _fill_consent(session: Session, donor: Donor, form: ConsentForm) -> dict[str, Any]:
    if not form.is_submitted():
        form.on.data, form.agreed.data = (
            runtime().today().isoformat(),
            "withdrawn" if donor.consent_contact else "given",
        )
    return {"ties": ties_of(session, donor)}


def _record_consent(session: Session, number: str, form: ConsentForm) -> None:
    on = read_day(form.on.data or "", field="on") or runtime().today()
    if form.agreed.data not in ("given", "withdrawn"):
        raise InvalidFields([FieldFault("agreed", "consent_word_unknown")])
    said = {"agreed": form.agreed.data == "given", "on": on, "today": runtime().today()}
    set_consent(session, number=number, **said, **_as_typed(form))


CONSENT = Change("donors/consent.html", ConsentForm, _record_consent, "donor_consent_saved", _fill_consent)


@blueprint.route("/donors/<donor>/restriction", methods=["GET", "POST"])
@needs(Permission.MANAGE_CONSENT)
def restriction(donor: str) -> Answer:
    """Keep the donor for traceability alone."""
    return carry_out(RESTRICTION, donor)


def _restrict(session: Session, number: str, form: DonorForm) -> None:
    restrict_donor(session, number=number, today=runtime().today(), **_as_typed(form))


def _unrestrict(session: Session, number: str, form: DonorForm) -> None:
    lift_restriction(session, number=number, **_as_typed(form))


RESTRICTION = Change(
    "donors/restriction.html",
    DonorForm,
    _restrict,
    "donor_restricted_now",
    lambda session, donor, form: {"ties": ties_of(session, donor)},
)


@blueprint.route("/donors/<donor>/restriction/lift", methods=["GET", "POST"])
@needs(Permission.MANAGE_CONSENT)
def unrestrict(donor: str) -> Answer:
    """End a restriction."""
    return carry_out(UNRESTRICT, donor)


UNRESTRICT = Change(
    "donors/unrestrict.html",
    DonorForm,
    _unrestrict,
    "donor_restriction_lifted_now",
    even_restricted=True,
)


@blueprint.route("/donors/<donor>/erasure", methods=["GET", "POST"])
@needs(Permission.MANAGE_CONSENT)
def erase(donor: str) -> Answer:
    """Say what an erasure does, or why it cannot be; then, with the number typed again, do it."""
    return carry_out(ERASURE, donor)


def _erase(session: Session, number: str, form: EraseForm) -> None:
    repeated = form.repeated_number.data or ""
    asked = {"number": number, "repeated_number": repeated, "today": runtime().today()}
    erase_donor(session, upload_flow.folder(), **asked, **_as_typed(form))


def _consequences(session: Session, donor: Donor, _form: EraseForm) -> dict[str, Any]:
    return {"ties": ties_of(session, donor), "waiting": waiting_files(session)}


ERASURE = Change("donors/erase.html", EraseForm, _erase, "donor_erased_now", _consequences, even_restricted=True)


@blueprint.get("/donors/<donor>/export")
@needs(Permission.MANAGE_CONSENT)
def export(donor: str) -> str:
    """What a person's own data are, and in which forms they can be had."""
    with runtime().engines.read_session() as session:
        return render_template("donors/export.html", donor=summary_of(session, get_donor(session, donor)))


@blueprint.post("/donors/<donor>/export")
@needs(Permission.MANAGE_CONSENT)
def download(donor: str) -> FlaskResponse:
    """Everything on record of one person, as a file."""
    form = request.form.get("form", "")
    if form not in FORMS:
        raise InvalidFields([FieldFault("form", "export_form_unknown")])
    with runtime().engines.write_session() as session:
        data = export_person(session, number=donor, form=form, actor=actor(), now=now())
    body = person_json(data) if form == "json" else render_template("donors/person.html", person_data=data)
    kind = "application/json" if form == "json" else "text/html; charset=utf-8"
    answer = FlaskResponse(body, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{_plain(donor)}.{form}")
    return answer


def _plain(number: str) -> str:
    """The number as part of a file's name."""
    return "".join(sign if (sign.isascii() and sign.isalnum()) or sign in "-_" else "_" for sign in number)
