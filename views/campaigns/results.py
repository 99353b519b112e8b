"""Results of donors' samples: on a page, recorded by hand, withdrawn with a reason."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import StringField

from domain.wanted_phenotype import CD36, analyte_of
from services.accounts.permissions import Permission
from services.campaigns.records import get_campaign
from services.donor_tests.importing import judge_typed_test
from services.donor_tests.listing import get_donor_test, list_campaign_tests
from services.donor_tests.recording import code_on_record, record_test, withdraw_test
from services.rule_tables import hpa_systems
from views.access import needs
from views.campaigns.blueprint import blueprint
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.patient_forms import ReasonForm, TypedForm, attempt, choice
from views.reservations.asked import timing
from views.running import actor, runtime
from views.shown import said

__all__ = ["blueprint"]
MOST_ROWS = 400  # of a file taken while the person waits: some four seconds
SIGNALS = (
    ("", "signal.not_done"), ("negative", "signal.negative"), ("weak", "signal.weak"), ("positive", "signal.positive"),
)  # fmt: skip


class SampleForm(TypedForm):
    """One result of a donor's sample."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "analyte": (("", "choose"), (CD36, CD36), *((name, name) for name in hpa_systems())),
        "platelets": SIGNALS,
        "monocytes": SIGNALS,
    }
    donor_number = StringField()
    analyte = choice()
    platelets = choice()
    monocytes = choice()
    result = StringField()
    sample_code = StringField()
    sampled_on = StringField()
    tested_on = StringField()
    method = StringField()


@blueprint.get("/campaigns/<code>/results")
@needs(Permission.EDIT_DONORS)
def results(code: str) -> str:
    """The results of a campaign, and the forms that take more."""
    return results_page(code, SampleForm())


@blueprint.post("/campaigns/<code>/results")
@needs(Permission.EDIT_DONORS)
def record_result(code: str) -> Response | tuple[str, int]:
    """Record one result."""
    form, done = SampleForm(), list[str]()
    if status := attempt(form, lambda session: done.extend(_record(session, code, form))):
        return results_page(code, form), status
    outcome, sample = done
    saved = "donor_test_unchanged" if outcome == "unchanged" else "donor_test_saved"
    flash(said(saved, {"donor": form.donor_number.data, "sample": sample}))
    return redirect(url_for("campaigns.results", code=code) + "#list-title", 303)


def _record(session: Session, code: str, form: SampleForm) -> tuple[str, str]:
    """What became of the result, and the code under which its sample is on record."""
    campaign, given = get_campaign(session, code), judge_typed_test(form.typed(), timing=timing())
    outcome = record_test(session, result=given, campaign=campaign, actor=actor(), timing=timing())
    return outcome, code_on_record(session, given)


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


def results_page(code: str, form: SampleForm, **told: Any) -> str:
    """The page of results; a form that nobody filled begins with what the campaign looks for."""
    page = parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        campaign = get_campaign(session, code)
        found, total = list_campaign_tests(session, campaign, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    if not form.analyte.data and not form.errors:
        form.analyte.data = analyte_of(campaign.target, hpa_systems()) or ""
    pages: dict[str, Any] = {"total": total, "page": page, "pages": pages_of(total, PAGE_SIZE), "most_rows": MOST_ROWS}
    pages["page_address"] = lambda number: url_for("campaigns.results", code=code, page=number)
    return render_template("campaigns/results.html", campaign=campaign, found=found, form=form, **pages, **told)
