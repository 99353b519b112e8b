"""The board of a campaign: what is looked for, how far it is, what is to be expected; no donor."""

from typing import Any

from flask import render_template, request
from markupsafe import Markup

from domain.errors import UnusableInput
from domain.recruitment import parse_share
from models.campaign import Campaign
from models.patient import Patient
from services.accounts.permissions import Permission
from services.campaigns.call_list import LISTS, count_lists
from services.campaigns.outlook import Outlook, campaign_outlook
from services.campaigns.progress import Mark, Progress, campaign_progress
from services.campaigns.records import get_campaign
from services.charts.funnel import Bar, FunnelWords, funnel_chart
from services.wording.translations import translations
from views.access import needs
from views.campaigns.blueprint import blueprint
from views.language import current_locale
from views.reservations.asked import timing
from views.running import runtime
from views.shown import number, percent, said

__all__ = ["blueprint"]
LEAST_SAID = 0.001


@blueprint.get("/campaigns/<code>")
@needs(Permission.SEE_CAMPAIGNS)
def show(code: str) -> tuple[str, int]:
    """How far a campaign is, in numbers."""
    with runtime().engines.read_session() as session:
        campaign = get_campaign(session, code)
        progress = campaign_progress(session, campaign)
        outlook, fault = _outlook(campaign, progress, request.args.get("prevalence", ""))
        counts = count_lists(session, campaign, timing())
        patient = session.get(Patient, campaign.patient_id) if campaign.patient_id is not None else None
    shown: dict[str, Any] = {"campaign": campaign, "progress": progress, "outlook": outlook, "fault": fault}
    shown |= {"counts": counts, "lists": tuple(LISTS), "target": target_said(campaign), "patient": patient}
    shown |= {"chart": _chart(progress), "asked": request.args.get("prevalence", ""), "share_said": share_said}
    return render_template("campaigns/board.html", **shown), 422 if fault else 200


def target_said(campaign: Campaign) -> str:
    """What a campaign looks for, in the reader's words."""
    target = campaign.target
    params = {"antigen": target.get("antigen", ""), "antigens": ", ".join(target.get("antigens", ()))}
    return said(f"campaign_target.{target.get('kind', 'directives')}", params)


def share_said(share: float | None) -> str:
    """A share in percent, never rounded to nothing; an em dash for none."""
    if share is None:
        return "—"
    return f"<\u202f{percent(LEAST_SAID)}" if 0 < share < LEAST_SAID else percent(share)


def _outlook(campaign: Campaign, progress: Progress, asked: str) -> tuple[Outlook, UnusableInput | None]:
    """What is to be expected; a prevalence that cannot be used is said, and the plan's taken."""
    try:
        return campaign_outlook(campaign, progress, prevalence=parse_share(asked) if asked.strip() else None), None
    except UnusableInput as fault:
        return campaign_outlook(campaign, progress), fault


def _chart(progress: Progress) -> Markup:
    _ = translations(current_locale()).gettext
    words = FunnelWords(
        title=_("Donors at each stage"),
        description=_("A bar for each stage with its interval and the plan; the table below says the same."),
        planned=_("Planned"),
        interval=_("%(level)s interval") % {"level": percent(progress.level)},
    )
    return Markup(funnel_chart([_bar(mark) for mark in progress.funnel], words))  # noqa: S704 - escaped by ElementTree


def _bar(mark: Mark) -> Bar:
    share, note = mark.of_previous, number(mark.count)
    if share is None or mark.low is None or mark.high is None:
        return Bar(said(f"funnel.{mark.stage}"), mark.count, None, None, mark.planned, note)
    note = f"{note} · {share_said(share.rate)} ({share_said(mark.low)} – {share_said(mark.high)})"
    ends = mark.low * share.of, mark.high * share.of
    return Bar(said(f"funnel.{mark.stage}"), mark.count, *ends, mark.planned, note)
