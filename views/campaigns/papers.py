"""Call sheets, letters and mail merges of a campaign, and noting that letters went out."""

import io
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from domain.campaign_life import CampaignStatus
from domain.errors import RefusedByRule, UnusableInput
from services.accounts.permissions import Permission
from services.campaigns.papers import (
    WRITTEN_TO,
    letters_of,
    list_addressees,
    list_invited,
    paper_document,
    record_letters,
)
from services.campaigns.records import get_campaign
from services.documents.document import Maker
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, write_document
from services.documents.letters import check_text, letters_pdf
from services.wording.catalogue import sentence
from views.access import needs
from views.campaigns.blueprint import blueprint
from views.forms import number_in
from views.language import current_locale
from views.reservations.asked import timing
from views.running import actor, now, person, runtime
from views.shown import said

__all__ = ["blueprint"]
LANGUAGES = ("fr", "en")


@blueprint.get("/campaigns/<code>/papers")
@needs(Permission.RUN_CAMPAIGNS)
def papers(code: str) -> str:
    """What can be printed for a campaign, and for how many donors."""
    return _page(code)


@blueprint.post("/campaigns/<code>/papers")
@needs(Permission.SEE_IDENTITY)
def make_papers(code: str) -> Response | tuple[str, int]:
    """One paper of the chosen list; the trail keeps whom it names."""
    try:
        return _make(code, request.form.get("what", ""))
    except (UnusableInput, RefusedByRule) as error:
        return _page(code, fault=said(error.code, error.params)), 409 if isinstance(error, RefusedByRule) else 422


def _make(code: str, what: str) -> Response:
    language = request.form.get("language", "")
    locale = language if language in LANGUAGES else current_locale()
    text = check_text(request.form.get("text", "")) if what == "letters" else ""
    with runtime().engines.write_session() as session:
        asked = {**_chosen(), "what": what, "actor": actor(), "timing": timing()}
        found = list_addressees(session, get_campaign(session, code), **asked)
        letters = letters_of(found) if what == "letters" else []
    # The trail is written by now: setting a file may take seconds, and no other writer waits for them.
    maker = Maker(f"{person().display_name} ({actor()})", now(), runtime().settings.timezone)
    if letters:
        given = {"text": text, "sender": request.form.get("sender", ""), "locale": locale, "at": maker.local()}
        return _sent(letters_pdf(letters, **given), "pdf", "letters.pdf")
    kind, content = {"calls": "pdf", "csv": "csv"}.get(what, "xlsx"), io.BytesIO()
    document = paper_document(found, kind=kind, locale=locale, maker=maker)
    write_document(document, kind, content, profile=DEFAULT_PROFILE, maker=maker)
    return _sent(content.getvalue(), kind, file_name(document, kind, maker))


def _sent(content: bytes, kind: str, name: str) -> Response:
    return send_file(io.BytesIO(content), KINDS[kind], as_attachment=True, download_name=name)


@blueprint.post("/campaigns/<code>/papers/sent")
@needs(Permission.RUN_CAMPAIGNS)
def letters_sent(code: str) -> Response | tuple[str, int]:
    """Note that the letters of the chosen list went out."""
    try:
        with runtime().engines.write_session() as session:
            campaign = get_campaign(session, code)
            sent = record_letters(session, campaign, **_chosen(), actor=actor(), timing=timing())
    except (UnusableInput, RefusedByRule) as error:
        return _page(code, fault=said(error.code, error.params)), 409 if isinstance(error, RefusedByRule) else 422
    flash(said("letters_noted", {"count": sent}))
    return redirect(url_for("campaigns.papers", code=code), 303)


def _chosen() -> dict[str, Any]:
    """The wave and the stage of the list: every wave where none is named."""
    return {"wave": number_in(request.form.get("wave")), "stage": request.form.get("stage", "")}


def _page(code: str, fault: str = "") -> str:
    locale = current_locale()
    with runtime().engines.read_session() as session:
        campaign = get_campaign(session, code)
        count = len(list_invited(session, campaign, wave=None, stage="", timing=timing()))
    text = request.form.get("text") or sentence("letter_default", {}, locale)
    languages = {"languages": LANGUAGES, "language": locale}
    shown = {"count": count, "fault": fault, "stages": WRITTEN_TO, "text": text, **languages}
    running = campaign.status is CampaignStatus.RUNNING
    return render_template("campaigns/papers.html", campaign=campaign, running=running, sent=request.form, **shown)
