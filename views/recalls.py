"""The work that waits for the person, all of it in the order in which it is to be done."""

from itertools import groupby

from flask import Blueprint, render_template

from services.recalls.listing import heaps_of, work_items
from views.access import logged_in
from views.reservations.asked import timing
from views.running import person, runtime

blueprint = Blueprint("recalls", __name__)
MOST_OF_A_KIND = 100


@blueprint.get("/recalls")
@logged_in
def index() -> str:
    """Everything that is to be done, by kind."""
    with runtime().engines.read_session() as session:
        items = work_items(session, person().may, timing())
    by_kind = {kind: list(found) for kind, found in groupby(items, key=lambda item: item.kind)}
    parts = {"heaps": heaps_of(items), "by_kind": by_kind, "most": MOST_OF_A_KIND, "today": timing().today}
    return render_template("recalls/index.html", **parts)
