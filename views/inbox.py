"""The inbox: what was told, the unread first; a notice is read when it is opened."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.subscriptions.inbox import list_notices, mark_all_read, mark_read, open_notice
from views.access import logged_in
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.running import now, person, runtime
from views.shown import said

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/inbox")
@logged_in
def index() -> str:
    """Every notice of the person."""
    page = parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        notices, total = list_notices(session, by=person(), limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    pages = {"page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _page_address}
    return render_template("inbox/index.html", notices=notices, total=total, **pages)


def _page_address(page: int) -> str:
    return url_for("inbox.index", page=page)


@blueprint.get("/inbox/<code>")
@logged_in
def show(code: str) -> str:
    """One notice; opening it marks it as read."""
    with runtime().engines.read_session() as session:
        notice = open_notice(session, code=code, by=person())
    if notice.row.read_at is None:
        with runtime().engines.write_session() as session:
            mark_read(session, code=code, by=person(), now=now())
    return render_template("inbox/show.html", notice=notice)


@blueprint.post("/inbox/read")
@logged_in
def read_all() -> Response:
    """Mark every notice as read."""
    with runtime().engines.write_session() as session:
        count = mark_all_read(session, by=person(), now=now())
    flash(said("notices_read_said", {"count": count}))
    return redirect(url_for("inbox.index"), 303)
