"""Making reservations of what is proposed: the division kept, what would be reserved, and what came of it."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.allocation import AllocationRun
from services.accounts.permissions import Permission
from services.allocation.accepting import accept as accept_choices
from services.allocation.deciding import run_shown
from services.allocation.keeping import get_run
from services.allocation.terms import Json
from views.access import needs
from views.allocation.blueprint import asked_of, blueprint, day_of, read_board, span_query
from views.language import current_locale
from views.reservations.asked import given_of, timing
from views.running import person, runtime, snapshots

BAR = "|"  # between a request and a donor in a choice


@blueprint.post("/allocation/propose")
@needs(Permission.RESERVE)
def propose() -> Response:
    """Keep the division as it is now, so that what is accepted is what is shown; then ask what to reserve of it."""
    with runtime().engines.write_session() as session:
        code = run_shown(session, snapshots(), **asked_of()).code
    given = given_of(request.form)
    card = {name: given[name] for name in ("request", "donor") if name in given}
    return redirect(url_for("allocation.confirm", run=code, **card, **span_query()), 303)


@blueprint.get("/allocation/accept")
@needs(Permission.RESERVE)
def confirm() -> str:
    """What would be reserved of a kept division: one card, or all that it gives."""
    with runtime().engines.read_session() as session:
        run = get_run(session, request.args.get("run", ""))
    board = read_board()
    waiting = {one["donor_number"] for one in board["overrides"]}
    shown = {"found": _choices(run, board), "waiting": waiting, "query": span_query()}
    return render_template("allocation/accept.html", run=run, **shown)


def _choices(run: AllocationRun, board: Json) -> list[tuple[Json, Json | None]]:
    """What the division gives, each with its card of now; None where the division of now gives it no more."""
    cards = {
        (row["request"], one["donor_number"], one["day"].isoformat()): one
        for row in board["rows"]
        for one in row["given"]
    }
    wanted = (request.args.get("request"), request.args.get("donor"))
    given = [one for one in run.answer["given"] if not any(wanted) or (one["request"], one["donor_number"]) == wanted]
    pairs = [(one, cards.get((one["request"], one["donor_number"], one["day"]))) for one in given]
    return [(one | {"day": day_of(one["day"])}, card) for one, card in pairs]


@blueprint.post("/allocation/accept")
@needs(Permission.RESERVE)
def accept() -> tuple[str, int]:
    """Reserve the donors chosen; each that cannot be is told with its reason, and the others stand."""
    pairs = [text.partition(BAR)[::2] for text in request.form.getlist("choice") if BAR in text]
    asked = {"by": person(), "timing": timing(), "locale": current_locale()}
    with runtime().engines.write_session() as session:
        answer = accept_choices(session, snapshots(), run_code=request.form.get("run", ""), choices=pairs, **asked)
    status = 200 if answer["reserved"] or not answer["refused"] else 409
    return render_template("allocation/accepted.html", answer=answer, chosen=pairs, query=span_query()), status
