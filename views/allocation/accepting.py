"""Making reservations of what is proposed: what would be reserved, and what came of it."""

from typing import Any

from flask import render_template, request
from sqlmodel import Session

from services.accounts.permissions import Permission
from services.allocation.accepting import accept as accept_choices
from services.allocation.keeping import keep_run
from views.access import needs
from views.allocation.blueprint import asked_span, blueprint, day_of, read_board, span_query
from views.language import current_locale
from views.reservations.asked import timing
from views.running import person, runtime, snapshots

Json = dict[str, Any]
Choice = tuple[str, str, str]  # request, donor, ISO day


@blueprint.get("/allocation/accept")
@needs(Permission.RESERVE)
def confirm() -> str:
    """What would be reserved: one card, or all that are shown."""
    board, wanted = read_board(), (request.args.get("request"), request.args.get("donor"))
    found = [(row, one) for row in board["rows"] for one in row["given"]]
    if any(wanted):
        found = [(row, one) for row, one in found if (row["request"], one["donor_number"]) == wanted]
    return render_template("allocation/accept.html", board=board, found=found, query=span_query())


@blueprint.post("/allocation/accept")
@needs(Permission.RESERVE)
def accept() -> tuple[str, int]:
    """Reserve the donors chosen; each that cannot be is told with its reason, and the others stand."""
    choices = [parts for text in request.form.getlist("choice") if (parts := _parts(text))]
    with runtime().engines.write_session() as session:
        answer = _accept(session, choices) if choices else {"reserved": [], "refused": []}
    status = 200 if answer["reserved"] or not answer["refused"] else 409
    return render_template("allocation/accepted.html", answer=answer, chosen=choices, query=span_query()), status


def _accept(session: Session, choices: list[Choice]) -> Json:
    """Keep the division as it is now, and reserve those chosen that it still gives on the same day."""
    by, when, locale = person(), timing(), current_locale()
    run = keep_run(session, snapshots(), span=asked_span(), by=by, timing=when, locale=locale)
    pairs = [(request_code, donor) for request_code, donor, _ in choices]
    return accept_choices(session, snapshots(), run_code=run.code, choices=pairs, by=by, timing=when)


def _parts(text: str) -> Choice | None:
    """A request, a donor and a day as the form carries them; None for what is none of ours."""
    parts = text.split("|")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and day_of(parts[2]) else None
