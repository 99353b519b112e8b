"""What every change of a donor has in common: show the form, record, and give back what was typed if refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from domain.errors import InvalidFields, Issue, NotFound, PhenothequeError, RefusedByRule, UnusableInput
from models.donor import Donor
from services.donor_file import RECORD, typing_rows
from services.donor_records import open_donor
from services.registry_list import state_of
from views.donors.forms import DonorForm
from views.forms import number_in
from views.running import runtime
from views.shown import said

Answer = Response | str | tuple[str, int]
LATER_THAN_ANY = -1  # a version no donor has: what a form without one is refused with


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change: its page, its form, how the form begins, what is recorded, what is said when it is done.

    `fill` may return more for the page. `looks` says that the form shows an identity, which is kept in the trail.
    """

    template: str
    form: Callable[[], DonorForm]
    record: Callable[[Session, str, Any], Sequence[Issue] | None]
    done: str
    fill: Callable[[Session, Donor, Any], dict[str, Any] | None] = lambda session, donor, form: None
    even_restricted: bool = False
    looks: bool = False


def version_of(form: DonorForm) -> int:
    """The version that the person had before them."""
    number = number_in(form.version.data)
    return LATER_THAN_ANY if number is None else number


def carry_out(change: Change, number: str) -> Answer:
    """Show the form of a change, or record what was sent."""
    form = change.form()
    if not form.is_submitted():
        return _page(change, number, form)
    try:
        with runtime().engines.write_session() as session:
            remarks = change.record(session, number, form) or ()
    except NotFound:
        raise
    except (UnusableInput, RefusedByRule) as error:
        return _refused(change, number, form, error)
    for words in (said(change.done, {"donor": number}), *(said(one.code, one.params) for one in remarks)):
        flash(words)
    return redirect(url_for("donors.show", donor=number), 303)


def _refused(change: Change, number: str, form: DonorForm, error: PhenothequeError) -> tuple[str, int]:
    """The page with what was typed and why it was refused; stale or not, the next try is on what is now on record."""
    if isinstance(error, InvalidFields):
        form.take_faults(error)
    else:
        form.form_errors.append(said(error.code, error.params))
    status = 409 if isinstance(error, RefusedByRule) else 422
    return _page(change, number, form, refused=error), status


def _page(change: Change, number: str, form: DonorForm, *, refused: PhenothequeError | None = None) -> str:
    engines = runtime().engines
    first = refused is None
    with engines.write_session() if change.looks and first else engines.read_session() as session:
        # A refusal for being set aside is said in the form; the first look at such a donor is refused here.
        donor = open_donor(session, number, even_restricted=change.even_restricted or not first)
        more = change.fill(session, donor, form) or {}
        if first or (refused and refused.code == "changed_meanwhile"):
            form.version.data = str(donor.version_id)
        page = {"donor": summary_of(session, donor), "form": form, "refused": refused, **more}
    return render_template(change.template, **page)


def summary_of(session: Session, donor: Donor) -> dict[str, Any]:
    """What every page about one donor says on top."""
    return {
        "number": donor.donor_number,
        "state": state_of(donor),
        "consent": donor.consent_contact,
        "restricted_at": donor.restricted_at,
        "record": {name: getattr(donor, name) for name in RECORD},
        "typing": typing_rows(session, donor),
    }
