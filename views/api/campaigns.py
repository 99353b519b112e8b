"""Campaigns over the API: what is looked for and how far it is, in numbers; no donor is in any answer."""

from dataclasses import asdict
from typing import Literal
from uuid import UUID

from flask import Blueprint, Response

from services.accounts.permissions import Permission
from services.campaigns.read_out import campaigns_after, read_campaign
from views.access import needs
from views.api import campaign_shapes as shapes
from views.api.fields import Page
from views.api.operation import answer, operation, part
from views.running import person, runtime

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")


class CampaignsQuery(Page):
    """Which campaigns are listed; every one where no status is named."""

    status: Literal["draft", "planned", "running", "paused", "closed"] | None = None


@blueprint.get("")
@needs(Permission.SEE_CAMPAIGNS)
@operation("List the campaigns, the newest first", query=CampaignsQuery, answer=shapes.Campaigns)
def index(query: CampaignsQuery) -> Response:
    """Patients' numbers are null for those who may not see patients."""
    with runtime().engines.read_session() as session:
        rows = campaigns_after(
            session, sees_patients=_sees_patients(), status=query.status, after=query.after, limit=query.limit + 1
        )
    return part({"items": [asdict(row) for row in rows]}, query.limit, "code")


@blueprint.get("/<uuid:code>")
@needs(Permission.SEE_CAMPAIGNS)
@operation("Read one campaign", answer=shapes.Campaign)
def show(code: UUID) -> Response:
    """What is looked for, the numbers it was planned with, and how many of the invited reached each stage."""
    with runtime().engines.read_session() as session:
        return answer(asdict(read_campaign(session, code=str(code), sees_patients=_sees_patients())))


def _sees_patients() -> bool:
    return person().may(Permission.SEE_PATIENTS)
