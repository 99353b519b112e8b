"""The outbox: what was sent and what was not, another attempt, and an end to what waits."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.outbox import OutboxState
from services.accounts.permissions import Permission
from services.notifications.changes import cancel_message, send_again
from services.notifications.listing import count_states, list_messages
from views.access import needs
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.running import actor, now, runtime
from views.shown import said

blueprint = Blueprint("admin_outbox", __name__, url_prefix="/admin/outbox")


@blueprint.get("")
@needs(Permission.ADMINISTER)
def index() -> str:
    """How many messages stand in each state, and the messages, what failed first."""
    page, state = parse_page(request.args.get("page", "1")), _state()
    with runtime().engines.read_session() as session:
        counts = count_states(session)
        rows, total = list_messages(session, state=state, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    shown = {"page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _page_address, "state": state}
    sends = runtime().settings.mail_sender
    return render_template("admin/outbox.html", rows=rows, total=total, counts=counts, sends=sends, **shown)


@blueprint.post("/<message_id>/again")
@needs(Permission.ADMINISTER)
def again(message_id: str) -> Response:
    """Another attempt of a message that ended without being sent."""
    with runtime().engines.write_session() as session:
        send_again(session, message_id, actor=actor(), now=now())
    flash(said("outbox_goes_again"))
    return redirect(url_for("admin_outbox.index"), 303)


@blueprint.post("/<message_id>/cancel")
@needs(Permission.ADMINISTER)
def cancel(message_id: str) -> Response:
    """An end to a message that waits."""
    with runtime().engines.write_session() as session:
        cancel_message(session, message_id, actor=actor(), now=now())
    flash(said("outbox_cancelled"))
    return redirect(url_for("admin_outbox.index"), 303)


def _state() -> OutboxState | None:
    """The state asked for; all of them where it is none."""
    asked = request.args.get("state", "")
    return OutboxState(asked) if asked in set(OutboxState) else None


def _page_address(page: int) -> str:
    state = _state()
    return url_for("admin_outbox.index", page=page, **({"state": state.value} if state else {}))
