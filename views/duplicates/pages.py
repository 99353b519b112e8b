"""The pairs that wait for a person: the queue, and two records side by side."""

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from models.duplicate import PairState
from services.accounts.permissions import Permission
from services.duplicates.pairs import decide_pair
from services.duplicates.reviewing import next_waiting, open_queue
from services.duplicates.undoing import list_merges
from views.access import needs
from views.duplicates import merges
from views.duplicates.blueprint import blueprint, chart_of, step_said
from views.duplicates.forms import DecisionForm
from views.duplicates.reading import read_review
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.patient_forms import attempt
from views.running import actor, now, runtime
from views.shown import said

__all__ = ["blueprint", "merges"]  # the other pages of the blueprint come with these


@blueprint.get("/duplicates")
@needs(Permission.RESOLVE_DUPLICATES)
def index() -> str:
    """The pairs that wait, by number, and the merges that can be undone."""
    page = parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        queue = open_queue(session, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        done = list_merges(session)
    pages = {"page": page, "pages": pages_of(queue.left, PAGE_SIZE), "page_address": _page_address}
    return render_template("duplicates/index.html", queue=queue, merges=done, today=runtime().today(), **pages)


def _page_address(page: int) -> str:
    return url_for("duplicates.index", page=page)


@blueprint.route("/duplicates/<int:pair>", methods=["GET", "POST"])
@needs(Permission.RESOLVE_DUPLICATES)
def show(pair: int) -> Response | str | tuple[str, int]:
    """Two records side by side, with who they are: each look is kept in the trail; or what a person judged."""
    form = DecisionForm()
    return _judged(pair, form) if form.is_submitted() else _page(pair, form)


def _judged(pair: int, form: DecisionForm) -> Response | tuple[str, int]:
    """What was judged is kept, and the next pair follows; what is refused comes back as it was typed."""
    decision, following = form.decision.data or "", list[int | None]()
    asked = {"pair_id": pair, "version": form.version_id(), "decision": decision, "reason": form.reason.data or ""}

    def judge(session: Session) -> None:
        following.append(next_waiting(session, after=decide_pair(session, **asked, actor=actor(), now=now())))

    if status := attempt(form, judge):
        return _page(pair, form), status
    flash(said(f"pair_decided.{decision}"))
    return redirect(_after(pair, decision, following[0]), 303)


def _page(pair: int, form: DecisionForm) -> str:
    review = read_review(pair)
    form.version.data = str(review.pair.version_id)
    shown = {"chart": chart_of(review), "step_said": step_said}
    return render_template("duplicates/show.html", review=review, form=form, **shown)


def _after(pair: int, decision: str, following: int | None) -> str:
    if decision == PairState.SAME:
        return url_for("duplicates.merge", pair=pair)
    return url_for("duplicates.show", pair=following) if following else url_for("duplicates.index")
