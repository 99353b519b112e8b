"""The list of campaigns, their drafts, and their steps."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.campaign_life import CAMPAIGN_TRANSITIONS, CampaignStep
from domain.errors import InvalidFields, RefusedByRule, UnusableInput
from services.accounts.permissions import Permission
from services.campaigns.drafts import change_campaign, create_campaign, draft_values, form_choices
from services.campaigns.launching import add_wave, change_status, launch
from services.campaigns.listing import list_campaigns
from services.campaigns.records import get_campaign
from views.access import needs
from views.campaigns import calendar, calls, papers, plan, result_files, results
from views.campaigns.blueprint import blueprint
from views.campaigns.board import target_said
from views.campaigns.forms import CampaignForm
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.patient_forms import attempt
from views.reservations.asked import parse_version
from views.running import now, person, runtime
from views.shown import said

__all__ = ["blueprint", "calendar", "calls", "papers", "plan", "result_files", "results"]


@blueprint.get("/campaigns")
@needs(Permission.SEE_CAMPAIGNS)
def index() -> str:
    """The campaigns, those that run first."""
    page = parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        rows, total = list_campaigns(session, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    pages: dict[str, Any] = {"page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _page_address}
    return render_template("campaigns/index.html", rows=rows, total=total, target_said=target_said, **pages)


def _page_address(page: int) -> str:
    return url_for("campaigns.index", page=page)


@blueprint.route("/campaigns/new", methods=["GET", "POST"])
@needs(Permission.RUN_CAMPAIGNS)
def new() -> Response | str | tuple[str, int]:
    """Begin a campaign."""
    form, made = _form(), list[str]()
    if not form.is_submitted():
        return _form_page(form)
    asked = {"typed": form.typed(), "by": person(), "today": runtime().today(), "now": now()}
    if status := attempt(form, lambda session: made.append(create_campaign(session, **asked).code)):
        return _form_page(form), status
    return redirect(url_for("campaigns.plan", code=made[0]), 303)


@blueprint.route("/campaigns/<code>/edit", methods=["GET", "POST"])
@needs(Permission.RUN_CAMPAIGNS)
def edit(code: str) -> Response | str | tuple[str, int]:
    """Change a campaign that is not launched."""
    form = _form()
    with runtime().engines.read_session() as session:
        campaign = get_campaign(session, code)
        values = draft_values(session, campaign, by=person())
    if not form.is_submitted():
        form.fill(values)
        return _form_page(form, campaign)
    asked = {"typed": form.typed(), "version": form.version_id(), "by": person(), "today": runtime().today()}
    if status := attempt(form, lambda session: change_campaign(session, code=code, now=now(), **asked)):
        return _form_page(form, campaign), status
    return redirect(url_for("campaigns.plan", code=code), 303)


@blueprint.post("/campaigns/<code>/step")
@needs(Permission.RUN_CAMPAIGNS)
def step(code: str) -> Response | tuple[str, int]:
    """Launch, pause, resume or close a campaign, or invite another wave."""
    try:
        flash(_take(code, request.form.get("step", "")))
    except (RefusedByRule, UnusableInput) as refused:
        return _step_page(code, refused), 409 if isinstance(refused, RefusedByRule) else 422
    return redirect(url_for("campaigns.show", code=code), 303)


@blueprint.get("/campaigns/<code>/step")
@needs(Permission.RUN_CAMPAIGNS)
def steps(code: str) -> str:
    """What can be done with a campaign as a whole."""
    return _step_page(code)


def _take(code: str, asked: str) -> str:
    """Take the step of a form; the sentence that says it was taken."""
    known: dict[str, Any] = {"code": code, "version": parse_version(request.form.get("version", "")), "by": person()}
    today, reason = runtime().today(), request.form.get("reason", "")
    with runtime().engines.write_session() as session:
        if asked == "launch":
            done = launch(session, today=today, now=now(), **known)
            return said("campaign_launched_said", {"invited": done.invited, "planned": done.planned})
        if asked == "wave":
            text = request.form.get("number", "").strip()
            number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
            done = add_wave(session, number=number, today=today, now=now(), **known)
            return said("campaign_wave_said", {"invited": done.invited})
        if asked not in ("pause", "resume", "close"):
            raise UnusableInput("campaign_step_unknown")
        row = change_status(session, step=CampaignStep(asked), reason=reason, now=now(), **known)
        return said(f"campaign_now.{row.status.value}")


def _step_page(code: str, refused: RefusedByRule | UnusableInput | None = None) -> str:
    with runtime().engines.read_session() as session:
        campaign = get_campaign(session, code)
    possible = [one.value for status, one in CAMPAIGN_TRANSITIONS if status is campaign.status]
    faults = refused.faults if isinstance(refused, InvalidFields) else [refused] if refused else []
    return render_template("campaigns/steps.html", campaign=campaign, possible=possible, faults=faults)


def _form() -> CampaignForm:
    form = CampaignForm()
    with runtime().engines.read_session() as session:
        form.offer(form_choices(session))
    return form


def _form_page(form: CampaignForm, campaign: Any = None) -> str:
    return render_template("campaigns/form.html", form=form, campaign=campaign)
