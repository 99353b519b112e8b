"""The plan of a campaign: what it should yield, whom it would invite, and the numbers it is launched on."""

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.errors import InvalidFields, RefusedByRule, UnusableInput
from models.campaign import Campaign
from services.accounts.permissions import Permission
from services.campaigns.planning import SHOWN, PlanPage, fix_plan, open_plan, proposal, read_assumptions
from services.campaigns.records import get_campaign
from services.prevalences import prevalences_of
from views.access import needs
from views.campaigns.blueprint import blueprint
from views.campaigns.board import share_said, target_said
from views.reservations.asked import parse_version
from views.running import now, person, runtime

__all__ = ["blueprint"]


@blueprint.get("/campaigns/<code>/plan")
@needs(Permission.RUN_CAMPAIGNS)
def plan(code: str) -> str | tuple[str, int]:
    """What a campaign should yield under the assumptions of the form."""
    return _plan_page(code)


@blueprint.post("/campaigns/<code>/plan")
@needs(Permission.RUN_CAMPAIGNS)
def fix(code: str) -> Response | str | tuple[str, int]:
    """Keep the plan as the one the campaign is launched on."""
    try:
        _fix(code)
    except InvalidFields:
        return _plan_page(code)
    except RefusedByRule as refused:
        return _plan_page(code, refused)
    return redirect(url_for("campaigns.plan", code=code), 303)


def _fix(code: str) -> None:
    version = parse_version(request.form.get("version", ""))
    with runtime().engines.write_session() as session:
        assumed = read_assumptions(session, get_campaign(session, code), request.form)
        fix_plan(session, code=code, assumed=assumed, version=version, by=person(), today=runtime().today(), now=now())


def _plan_page(code: str, refused: RefusedByRule | None = None) -> str | tuple[str, int]:
    """The plan, or what is wrong with the assumptions; with none typed, those proposed."""
    typed = request.form if request.method == "POST" else request.args
    faults: dict[str, UnusableInput] = {}
    page: PlanPage | None = None
    with runtime().engines.read_session() as session:
        campaign = get_campaign(session, code)
        proposed = proposal(session, campaign)
        try:
            page = open_plan(session, campaign, read_assumptions(session, campaign, typed), today=runtime().today())
        except InvalidFields as error:
            faults = {fault.field: UnusableInput(fault.code, **fault.params) for fault in error.faults}
        except UnusableInput as error:
            faults = {"prevalence": error}
    return _shown(campaign, page, {**proposed, **typed.to_dict()}, faults, refused)


def _shown(
    campaign: Campaign,
    page: PlanPage | None,
    typed: dict[str, str],
    faults: dict[str, UnusableInput],
    refused: RefusedByRule | None,
) -> str | tuple[str, int]:
    shown: dict[str, Any] = {"campaign": campaign, "page": page, "typed": typed, "faults": faults, "refused": refused}
    shown["asked"] = bool(request.args or request.form)
    shown |= {"figures": prevalences_of(campaign.target), "target": target_said(campaign), "most_shown": SHOWN}
    answer = render_template("campaigns/plan.html", share_said=share_said, **shown)
    status = 422 if faults and shown["asked"] else 409 if refused else 0
    return (answer, status) if status else answer
