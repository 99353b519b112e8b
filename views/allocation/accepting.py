"""Making reservations of what is proposed: what would be reserved, and what came of it."""

from flask import render_template, request
from sqlmodel import Session

from services.accounts.permissions import Permission
from services.allocation.accepting import accept as accept_choices
from services.allocation.keeping import keep_run
from services.allocation.terms import Json
from views.access import needs
from views.allocation.blueprint import asked_of, blueprint, day_of, read_board, span_query
from views.running import runtime, snapshots
from views.shown import said

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
    answer: Json = {"reserved": [], "refused": []}
    if choices:
        with runtime().engines.write_session() as session:
            answer = _accept(session, choices)
    status = 200 if answer["reserved"] or not answer["refused"] else 409
    return render_template("allocation/accepted.html", answer=answer, chosen=choices, query=span_query()), status


def _accept(session: Session, choices: list[Choice]) -> Json:
    """Keep the division as it is now, and reserve those chosen that it still gives on the day that was shown."""
    asked = asked_of()
    run = keep_run(session, snapshots(), **asked)
    days = {(one["request"], one["donor_number"]): one for one in run.answer["given"]}
    moved = [one for one in choices if days.get(one[:2], {"day": one[2]})["day"] != one[2]]
    pairs = [one[:2] for one in choices if one not in moved]
    del asked["span"]
    answer = accept_choices(session, snapshots(), run_code=run.code, choices=pairs, **asked)
    answer["refused"] += [_moved(days[one[:2]], one[2]) for one in moved]
    return answer


def _moved(now_given: Json, before: str) -> Json:
    """A choice whose day is another by now: nobody said yes to that one."""
    params = {"before": before, "on": now_given["day"]}
    named = {name: now_given[name] for name in ("request", "patient", "donor_number")}
    return named | {"code": "division_day_moved", "message": said("division_day_moved", params)}


def _parts(text: str) -> Choice | None:
    """A request, a donor and a day as the form carries them; None for what is none of ours."""
    parts = text.split("|")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and day_of(parts[2]) else None
