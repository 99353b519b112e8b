"""The lists of a campaign's donors, and what is recorded of each: outcomes, appointments, samples."""

from contextlib import AbstractContextManager
from typing import Any

from flask import flash, redirect, render_template, request
from sqlmodel import Session
from werkzeug.wrappers import Response

from domain.errors import InvalidFields, PhenothequeError, RefusedByRule, UnusableInput
from models.donor import Donor
from services.accounts.permissions import Permission
from services.campaigns.appointments import GIVEN_BY_PEOPLE, appoint, lose, miss, sample
from services.campaigns.call_list import LISTS, count_lists, knows_invited, list_invited
from services.campaigns.contacts import BY_PEOPLE, LONGEST_NOTE, claim, record_outcome
from services.campaigns.records import get_campaign
from services.campaigns.steps import get_invitation
from views.access import needs
from views.campaigns.asked import appointment, back_to_list, later_day, list_address, which_list
from views.campaigns.board import blueprint, target_said
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.reservations.asked import given_of, parse_version, timing
from views.running import now, person, runtime
from views.shown import said

__all__ = ["blueprint"]


@blueprint.get("/campaigns/<code>/calls")
@needs(Permission.RUN_CAMPAIGNS)
def calls(code: str) -> str:
    """One list of a campaign's donors, a page of it."""
    return _list_page(code)


@blueprint.post("/campaigns/<code>/invitations/<invitation>/claim")
@needs(Permission.RUN_CAMPAIGNS)
def take(code: str, invitation: str) -> Response | tuple[str, int]:
    """Take a donor to call them."""
    return _attempt(code, invitation, _claim, at=invitation)


@blueprint.post("/campaigns/<code>/invitations/<invitation>/outcome")
@needs(Permission.RUN_CAMPAIGNS)
def outcome(code: str, invitation: str) -> Response | tuple[str, int]:
    """Keep what came of a contact; one that is refused comes back with what was typed."""
    return _attempt(code, invitation, _record)


@blueprint.post("/campaigns/<code>/invitations/<invitation>/deed")
@needs(Permission.RUN_CAMPAIGNS)
def deed(code: str, invitation: str) -> Response | tuple[str, int]:
    """Appointment, missed, sampled or lost; what is refused comes back with what was typed."""
    return _attempt(code, invitation, _do)


@blueprint.get("/campaigns/<code>/invitations/<invitation>/opt-out")
@needs(Permission.RUN_CAMPAIGNS)
def opt_out(code: str, invitation: str) -> str:
    """Ask once more before a donor's consent is withdrawn."""
    with runtime().engines.read_session() as session:
        campaign = get_campaign(session, code)
        row = get_invitation(session, invitation, campaign=campaign)
        number = session.get_one(Donor, row.donor_id).donor_number
    page = {"channels": BY_PEOPLE, "longest_note": LONGEST_NOTE, "which": which_list()}
    return render_template("campaigns/opt_out.html", campaign=campaign, row=row, donor_number=number, **page)


def _attempt(code: str, invitation: str, do: Any, at: str = "") -> Response | tuple[str, int]:
    try:
        with runtime().engines.write_session() as session:
            row = get_invitation(session, invitation, campaign=get_campaign(session, code))
            donor = session.get_one(Donor, row.donor_id).donor_number
            words = do(session, invitation, donor)
    except (InvalidFields, RefusedByRule, UnusableInput) as refused:
        status = 409 if isinstance(refused, RefusedByRule) else 422
        return _list_page(code, refused=refused, invitation=invitation), status
    flash(words)
    return redirect(back_to_list(code, at=at), 303)


def _claim(session: Session, invitation: str, donor: str) -> str:
    row = claim(session, code=invitation, by=person(), timing=timing())
    until = timing().local(row.claimed_until or now())
    return said("claim_recorded", {"donor": donor, "until_time": f"{until:%H:%M}"})


def _record(session: Session, invitation: str, donor: str) -> str:
    given = given_of(request.form)
    kept, version = given.get("outcome", ""), parse_version(given.get("version", ""))
    asked: dict[str, Any] = {"code": invitation, "outcome": kept, "channel": given.get("channel", "")}
    asked |= {"version": version, "note": given.get("note", "")}
    later_on = later_day(given.get("later_on", "")) if kept == "later" else None
    record_outcome(session, **asked, later_on=later_on, by=person(), timing=timing())
    if kept == "opt_out":
        return said("opt_out_recorded", {"donor": donor})
    return said("outcome_recorded", {"donor": donor, "outcome": said(f"contact_outcome.{kept}")})


def _do(session: Session, invitation: str, donor: str) -> str:
    given = given_of(request.form)
    asked: dict[str, Any] = {"code": invitation, "version": parse_version(given.get("version", ""))}
    asked |= {"note": given.get("note", ""), "by": person(), "timing": timing()}
    match kept := given.get("deed", ""):
        case "appoint":
            at = appointment(given.get("appointment_at", ""))
            appoint(session, at=at, channel=given.get("channel", ""), **asked)
        case "miss":
            miss(session, **asked)
        case "sample":
            sample(session, **asked)
        case "lose":
            lose(session, reason=given.get("lost_reason", ""), **asked)
        case _:
            raise UnusableInput("invitation_deed_unknown", text=kept)
    return said(f"deed_recorded.{kept}", {"donor": donor})


def _list_page(code: str, refused: PhenothequeError | None = None, invitation: str = "") -> str:
    """A list, naming donors to those who call them: then the trail says so, and the session is one that writes."""
    which, page, asked = which_list(), parse_page(request.values.get("page", "1")), person()
    with _session(names=knows_invited(asked)) as session:
        campaign = get_campaign(session, code)
        counts = count_lists(session, campaign, timing())
        place = {"limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE}
        found = list_invited(session, campaign, which=which, by=asked, timing=timing(), **place)
        session.expunge(campaign)
    shown: dict[str, Any] = {"campaign": campaign, "which": which, "lists": tuple(LISTS), "counts": counts}
    shown |= {"found": found, "page": page, "pages": pages_of(counts[which], PAGE_SIZE), "channels": BY_PEOPLE}
    shown |= {"refused": refused, "refused_code": invitation, "longest_note": LONGEST_NOTE, "printed_at": now()}
    shown |= {"lost_reasons": GIVEN_BY_PEOPLE, "named": knows_invited(asked), "target": target_said(campaign)}
    shown |= {"page_address": lambda number: list_address(code, number)}
    return render_template("campaigns/calls.html", **shown)


def _session(*, names: bool) -> AbstractContextManager[Session]:
    engines = runtime().engines
    return engines.write_session() if names else engines.read_session()
