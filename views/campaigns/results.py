"""Results of donors' samples: by hand, from a file of the laboratory, withdrawn with a reason."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import StringField

from domain.errors import UnusableInput
from services.accounts.permissions import Permission
from services.campaigns.records import get_campaign
from services.donor_tests.importing import import_donor_tests, judge_typed_test
from services.donor_tests.listing import get_donor_test, list_campaign_tests
from services.donor_tests.recording import code_on_record, record_test, withdraw_test
from services.imports.outcome import ImportResult
from services.imports.request import ImportRequest
from views.access import needs
from views.campaigns.blueprint import blueprint
from views.patient_forms import ReasonForm, TypedForm, attempt
from views.reservations.asked import timing
from views.running import actor, now, runtime
from views.shown import said

__all__ = ["blueprint"]


class SampleForm(TypedForm):
    """One result of a donor's sample."""

    donor_number = StringField()
    analyte = StringField()
    platelets = StringField()
    monocytes = StringField()
    result = StringField()
    sample_code = StringField()
    sampled_on = StringField()
    tested_on = StringField()
    method = StringField()


@blueprint.get("/campaigns/<code>/results")
@needs(Permission.EDIT_DONORS)
def results(code: str) -> str:
    """The results of a campaign, and the forms that take more."""
    return _page(code, SampleForm())


@blueprint.post("/campaigns/<code>/results")
@needs(Permission.EDIT_DONORS)
def record_result(code: str) -> Response | tuple[str, int]:
    """Record one result."""
    form, done = SampleForm(), list[str]()
    if status := attempt(form, lambda session: done.extend(_record(session, code, form))):
        return _page(code, form), status
    outcome, sample = done
    saved = "donor_test_unchanged" if outcome == "unchanged" else "donor_test_saved"
    flash(said(saved, {"donor": form.donor_number.data, "sample": sample}))
    return redirect(url_for("campaigns.results", code=code) + "#list-title", 303)


def _record(session: Session, code: str, form: SampleForm) -> tuple[str, str]:
    """What became of the result, and the code under which its sample is on record."""
    campaign, given = get_campaign(session, code), judge_typed_test(form.typed(), timing=timing())
    outcome = record_test(session, result=given, campaign=campaign, actor=actor(), timing=timing())
    return outcome, code_on_record(session, given)


@blueprint.post("/campaigns/<code>/results/file")
@needs(Permission.EDIT_DONORS)
def import_results(code: str) -> str | tuple[str, int]:
    """Check or import a file of results of those invited."""
    try:
        told = _import(code)
    except UnusableInput as error:
        return _page(code, SampleForm(), file_fault=said(error.code, error.params)), 422
    return _page(code, SampleForm(), told=told, checked=request.form.get("mode") == "check")


def _import(code: str) -> ImportResult:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise UnusableInput("upload_missing")
    mode = "check" if request.form.get("mode") == "check" else "diff"
    asked = ImportRequest(content=file.read(), file_name=file.filename, actor=actor(), now=now(), mode=mode)
    with runtime().engines.write_session() as session:  # a check writes and takes it back
        return import_donor_tests(session, asked, timing=timing(), campaign=get_campaign(session, code))


@blueprint.route("/donor-tests/<int:test>/withdraw", methods=["GET", "POST"])
@needs(Permission.EDIT_DONORS)
def withdraw_result(test: int) -> Response | str | tuple[str, int]:
    """Take a result out of what counts, with a reason."""
    form = ReasonForm()
    with runtime().engines.read_session() as session:
        row, number = get_donor_test(session, test)
    shown: dict[str, Any] = {"form": form, "row": row, "number": number}
    if not form.is_submitted():
        return render_template("campaigns/withdraw_result.html", **shown)
    given = {"test_id": test, "reason": form.reason.data or "", "actor": actor(), "timing": timing()}
    if status := attempt(form, lambda session: withdraw_test(session, **given)):
        return render_template("campaigns/withdraw_result.html", **shown), status
    flash(said("donor_test_taken_back"))
    return redirect(url_for("donors.show", donor=number), 303)


def _page(code: str, form: SampleForm, **told: Any) -> str:
    with runtime().engines.read_session() as session:
        campaign = get_campaign(session, code)
        found = list_campaign_tests(session, campaign)
    return render_template("campaigns/results.html", campaign=campaign, found=found, form=form, **told)
