"""Changing what is known of a donor: record, identity, typing, deferrals, donations."""

from typing import Any

from flask import abort
from sqlmodel import Session

from domain.errors import FieldFault, InvalidFields
from models.donor import TYPING_COLUMNS, DonationKind, Donor
from services.accounts.permissions import Permission
from services.donor_edits import EDITED, PLATELET_COLUMNS, edit_donor, edit_identity, record_typing
from services.donor_file import deferral_row, show_identity
from services.donor_records import (
    lift_deferral,
    open_donor,
    read_day,
    record_deferral,
    record_donation,
)
from services.imports.fields import IDENTITY_COLUMNS
from services.typing_entry import written
from views.access import needs
from views.donors.blueprint import blueprint
from views.donors.changes import Answer, Change, carry_out, version_of
from views.donors.forms import DeferralForm, DonationForm, DonorForm, EditForm, IdentityForm, TypingForm
from views.forms import number_in
from views.running import actor, now, person, runtime


def _who() -> dict[str, Any]:
    return {"actor": actor(), "now": now()}


def _as_typed(form: DonorForm) -> dict[str, Any]:
    return {"version": version_of(form), "reason": form.reason.data or "", **_who()}


@blueprint.route("/donors/<donor>/edit", methods=["GET", "POST"])
@needs(Permission.EDIT_DONORS)
def edit(donor: str) -> Answer:
    """Change groups, health, place and status."""
    return carry_out(EDIT, donor)


def _fill_record(_session: Session, donor: Donor, form: EditForm) -> None:
    if form.is_submitted():
        return
    for name in EDITED:
        value = getattr(donor, name)
        form[name].data = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


EDIT = Change(
    "donors/edit.html",
    EditForm,
    lambda session, number, form: edit_donor(session, number=number, typed=form.typed(EDITED), **_as_typed(form)),
    "donor_saved",
    _fill_record,
)


@blueprint.route("/donors/<donor>/identity", methods=["GET", "POST"])
@needs(Permission.SEE_IDENTITY)
def identity(donor: str) -> Answer:
    """Change who the donor is; showing the form is a look at the identity."""
    if not person().may(Permission.EDIT_DONORS):
        abort(403)
    return carry_out(IDENTITY, donor)


def _fill_identity(session: Session, donor: Donor, form: IdentityForm) -> None:
    if not form.is_submitted():
        for name, value in show_identity(session, number=donor.donor_number, **_who()).items():
            form[name].data = value or ""


IDENTITY = Change(
    "donors/identity.html",
    IdentityForm,
    lambda session, number, form: edit_identity(
        session, number=number, typed=form.typed(IDENTITY_COLUMNS), **_as_typed(form)
    ),
    "donor_saved",
    _fill_identity,
    looks=True,
)


@blueprint.route("/donors/<donor>/typing", methods=["GET", "POST"])
@needs(Permission.EDIT_DONORS)
def typing(donor: str) -> Answer:
    """Record a new typing; one that contradicts the present one is confirmed first."""
    return carry_out(TYPING, donor)


def _fill_typing(_session: Session, donor: Donor, form: TypingForm) -> None:
    if form.is_submitted():
        return
    form.hla.data = written({name: getattr(donor, name) for name in TYPING_COLUMNS})
    for name in PLATELET_COLUMNS:
        form[name].data = getattr(donor, name)


def _record_typing(session: Session, number: str, form: TypingForm) -> Any:
    return record_typing(
        session,
        number=number,
        hla=form.hla.data or "",
        platelets=form.typed(PLATELET_COLUMNS),
        confirmed=form.confirmed.data,
        **_as_typed(form),
    )


TYPING = Change("donors/typing.html", TypingForm, _record_typing, "donor_typing_saved", _fill_typing)


@blueprint.route("/donors/<donor>/deferrals/new", methods=["GET", "POST"])
@needs(Permission.EDIT_DONORS)
def deferral(donor: str) -> Answer:
    """Record a deferral."""
    return carry_out(DEFERRAL, donor)


def _fill_deferral(_session: Session, _donor: Donor, form: DeferralForm) -> None:
    if not form.is_submitted():
        form.from_on.data = runtime().today().isoformat()


def _record_deferral(session: Session, number: str, form: DeferralForm) -> None:
    from_on = read_day(form.from_on.data or "", field="from_on") or runtime().today()
    until_on = read_day(form.until_on.data or "", field="until_on", required=False)
    record_deferral(session, number=number, from_on=from_on, until_on=until_on, **_as_typed(form))


DEFERRAL = Change("donors/deferral.html", DeferralForm, _record_deferral, "donor_deferral_saved", _fill_deferral)


@blueprint.route("/donors/<donor>/deferrals/<deferral>/lift", methods=["GET", "POST"])
@needs(Permission.EDIT_DONORS)
def lift(donor: str, deferral: str) -> Answer:
    """Lift a deferral."""
    row_id = number_in(deferral) or 0

    def record(session: Session, number: str, form: DonorForm) -> None:
        lift_deferral(session, number=number, deferral_id=row_id, **_as_typed(form))

    def fill(session: Session, row: Donor, _form: DonorForm) -> dict[str, Any]:
        return {"deferral": deferral_row(session, row, row_id, runtime().today())}

    return carry_out(Change("donors/lift.html", DonorForm, record, "donor_deferral_lifted_now", fill), donor)


@blueprint.route("/donors/<donor>/donations/new", methods=["GET", "POST"])
@needs(Permission.EDIT_DONORS)
def donation(donor: str) -> Answer:
    """Record a donation."""
    return carry_out(DONATION, donor)


def _record_donation(session: Session, number: str, form: DonationForm) -> None:
    given_on = read_day(form.given_on.data or "", field="given_on") or runtime().today()
    if form.kind.data not in tuple(DonationKind):
        said = {"text": form.kind.data or "", "accepted": ", ".join(DonationKind)}
        raise InvalidFields([FieldFault("kind", "word_unknown", said)])
    donor = open_donor(session, number, version=version_of(form), even_restricted=True)
    given = {"given_on": given_on, "kind": DonationKind(form.kind.data), "today": runtime().today()}
    record_donation(session, donor=donor, **given, **_who())


DONATION = Change("donors/donation.html", DonationForm, _record_donation, "donor_donation_saved", even_restricted=True)
