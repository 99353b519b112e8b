"""Merging two records, what a merge changed, and undoing it."""

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.duplicates.merging import UNDO_DAYS, Merge, merge_donors
from services.duplicates.reviewing import Review, pair_numbers
from services.duplicates.undoing import Merged, get_merge, undo_merge
from views.access import needs
from views.duplicates.blueprint import blueprint
from views.duplicates.forms import MergeForm
from views.duplicates.reading import read_review
from views.patient_forms import ReasonForm, attempt
from views.reservations.asked import timing
from views.running import actor, now, person, runtime
from views.shown import said

Answer = Response | str | tuple[str, int]


@blueprint.get("/duplicates/<int:pair>/merge")
@needs(Permission.RESOLVE_DUPLICATES)
def merge(pair: int) -> str:
    """What a merge would keep of each record, field by field, and what would move."""
    return _page(read_review(pair, request.args.get("survivor")), MergeForm(formdata=None))


@blueprint.post("/duplicates/<int:pair>/merge")
@needs(Permission.RESOLVE_DUPLICATES)
def carry_out(pair: int) -> Answer:
    """Merge the two records; what is refused comes back as it was chosen."""
    form, done = MergeForm(), list[Merged]()
    status = attempt(form, lambda session: done.append(_merge(session, pair, form)))
    if status:
        return _page(read_review(pair, form.survivor.data or None), form), status
    flash(said("merge_done", {"merged": done[0].merged, "survivor": done[0].survivor}))
    return redirect(url_for("duplicates.merged", merge=done[0].row.id), 303)


def _merge(session: Session, pair: int, form: MergeForm) -> Merged:
    seen = {"survivor": form.survivor.data or None, "version": form.version_id()}
    survivor, gone = pair_numbers(session, pair, **seen)
    asked = {"versions": form.versions(), "takes": form.takes(), "reason": form.reason.data or ""}
    row = merge_donors(session, Merge(survivor, gone, **asked), actor=actor(), timing=timing())
    return get_merge(session, row.id or 0)


def _page(review: Review, form: MergeForm) -> str:
    form.begin(review.offers)
    form.version.data = str(review.pair.version_id)
    form.survivor.data = review.survivor.donor_number
    form.survivor_version.data = str(review.survivor.version_id)
    form.merged_version.data = str(review.merged.version_id)
    knows = person().may(Permission.MANAGE_CONSENT)
    offers = [one for one in review.offers if one.name != "ancestry" or knows]
    shown = {"offers": offers, "undo_days": UNDO_DAYS}
    return render_template("duplicates/merge.html", review=review, form=form, **shown)


@blueprint.route("/duplicates/merges/<int:merge>", methods=["GET", "POST"])
@needs(Permission.RESOLVE_DUPLICATES)
def merged(merge: int) -> Answer:
    """What a merge did, and undoing it; donors by number alone."""
    form = ReasonForm()
    if not form.is_submitted():
        return _merge_page(_read(merge), form)
    asked = {"merge_id": merge, "version": form.version_id(), "reason": form.reason.data or ""}
    status = attempt(form, lambda session: undo_merge(session, **asked, actor=actor(), now=now()))
    found = _read(merge)
    if status:
        return _merge_page(found, form), status
    flash(said("merge_undone", {"merged": found.merged, "survivor": found.survivor}))
    return redirect(url_for("duplicates.merged", merge=merge), 303)


def _read(merge: int) -> Merged:
    with runtime().engines.read_session() as session:
        return get_merge(session, merge)


def _merge_page(found: Merged, form: ReasonForm) -> str:
    form.version.data = str(found.row.version_id)
    left = found.days_left(runtime().today())
    return render_template("duplicates/merged.html", merge=found, form=form, days_left=left)
