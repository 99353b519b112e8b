"""What a person wants to be told: their subscriptions, made, changed and ended; everybody's for administrators."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import Length

from domain.errors import InvalidFields, RefusedByRule
from models.account import Account
from models.subscription import ReportFormat, Rhythm, Topic
from services.accounts.permissions import Permission
from services.registry_list import RegionStore, list_regions
from services.subscriptions.subscribing import (
    Shown,
    Wanted,
    change_subscription,
    end_by_hand,
    get_subscription,
    list_subscriptions,
    show,
    subscribe,
)
from services.subscriptions.topics import ALL, FORMATS, PATIENT, REGION, may_follow
from views.access import logged_in
from views.forms import Form, number_in
from views.running import now, person, runtime
from views.shown import said

blueprint = Blueprint("subscriptions", __name__)
Page = str | tuple[str, int]
REGIONS = RegionStore()  # of this process
LONGEST = 100


class SubscriptionForm(Form):
    """What to be told and how; a select offers what the person may choose, the service judges what is sent."""

    topic = SelectField(choices=list(Topic), validate_choice=False)
    scope = SelectField(choices=[ALL, REGION, PATIENT], default=ALL, validate_choice=False)
    region = SelectField(choices=[], validate_choice=False)
    patient = StringField(validators=[Length(max=LONGEST)])
    rhythm = SelectField(choices=list(Rhythm), default=Rhythm.DAILY.value, validate_choice=False)
    format = SelectField(choices=list(ReportFormat), default=ReportFormat.PAGE.value, validate_choice=False)
    by_mail = BooleanField(default=True)
    login = StringField(validators=[Length(max=LONGEST)])
    version = HiddenField()

    def offer(self, topics: list[Topic], regions: list[str]) -> None:
        """Offer these topics and regions, the formats of these topics, and a patient to those who see patients."""
        formats = [one for one in ReportFormat if any(one in FORMATS[topic] for topic in topics)]
        scopes = [ALL, REGION, *([PATIENT] if person().may(Permission.SEE_PATIENTS) else [])]
        self.topic.choices = [(one.value, said(f"topic.{one}")) for one in topics]
        self.scope.choices = [(one, said(f"news_scope.{one}")) for one in scopes]
        self.region.choices = [("", "—"), *((one, one) for one in regions)]
        self.rhythm.choices = [(one.value, said(f"rhythm.{one}")) for one in Rhythm]
        self.format.choices = [(one.value, said(f"news_format.{one}")) for one in formats]

    def wanted(self) -> Wanted:
        """What was chosen, as the service takes it; what was not sent is as it is by default."""
        texts = {name: (self[name].data or "").strip() for name in ("topic", "region", "patient", "login")}
        return Wanted(
            **texts,
            scope=self.scope.data or ALL,
            rhythm=self.rhythm.data or "",
            format=self.format.data or ReportFormat.PAGE.value,
            by_mail=self.by_mail.data,
        )


@blueprint.get("/subscriptions")
@logged_in
def index() -> str:
    """One's own subscriptions, everybody's where an administrator asks, and a form for another."""
    return _page(SubscriptionForm(formdata=None))


@blueprint.post("/subscriptions")
@logged_in
def create() -> Response | tuple[str, int]:
    """Make a subscription."""
    form = SubscriptionForm()
    if not form.validate():
        return _page(form), 422
    try:
        with runtime().engines.write_session() as session:
            subscribe(session, form.wanted(), by=person(), now=now())
    except InvalidFields as faults:
        form.take_faults(faults)
        return _page(form), 422
    flash(said("subscription_made_said"))
    return redirect(url_for("subscriptions.index", of="all" if form.login.data else None), 303)


def _page(form: SubscriptionForm) -> str:
    me = person()
    everybody = request.args.get("of") == "all" and me.may(Permission.ADMINISTER)
    with runtime().engines.read_session() as session:
        rows = list_subscriptions(session, by=me, everybody=everybody)
        regions = list(list_regions(session, REGIONS))
    topics = [one for one in Topic if me.may(Permission.ADMINISTER) or may_follow(me.permissions, one, {})]
    form.offer(topics, regions)
    parts: dict[str, Any] = {"standing": [one for one in rows if one.row.ended_at is None], "topics": topics}
    parts |= {"ended": [one for one in rows if one.row.ended_at is not None], "everybody": everybody}
    return render_template("subscriptions/index.html", form=form, **parts)


@blueprint.get("/subscriptions/<code>")
@logged_in
def edit(code: str) -> str:
    """One subscription, to change it or to end it."""
    return _one(code, SubscriptionForm(formdata=None))


@blueprint.post("/subscriptions/<code>")
@logged_in
def change(code: str) -> Response | tuple[str, int]:
    """Change how often, in what form and whether by mail too; what is refused stays as it was typed."""
    form = SubscriptionForm()
    asked = {"code": code, "version": number_in(form.version.data) or 0, "wanted": form.wanted()}
    try:
        with runtime().engines.write_session() as session:
            change_subscription(session, **asked, by=person(), now=now())
    except (InvalidFields, RefusedByRule) as refused:
        return _refused(code, form, refused)
    flash(said("subscription_changed_said"))
    return redirect(url_for("subscriptions.index"), 303)


def _refused(code: str, form: SubscriptionForm, refused: InvalidFields | RefusedByRule) -> tuple[str, int]:
    if isinstance(refused, InvalidFields):
        form.take_faults(refused)
        return _one(code, form), 422
    return _one(code, form, refused), 409


@blueprint.post("/subscriptions/<code>/end")
@logged_in
def end(code: str) -> Response:
    """End a subscription."""
    with runtime().engines.write_session() as session:
        end_by_hand(session, code=code, by=person(), now=now())
    flash(said("subscription_ended_said"))
    return redirect(url_for("subscriptions.index"), 303)


def _one(code: str, form: SubscriptionForm, refused: RefusedByRule | None = None) -> str:
    shown = _find(code)
    row = shown.row
    form.offer([row.topic], [])
    if not form.is_submitted():
        form.rhythm.data, form.format.data, form.by_mail.data = row.rhythm.value, row.format.value, row.by_mail
    if not form.is_submitted() or refused:
        form.version.data = str(row.version_id)
    return render_template("subscriptions/edit.html", form=form, one=shown, refused=refused)


def _find(code: str) -> Shown:
    with runtime().engines.read_session() as session:
        row = get_subscription(session, code=code, by=person())
        return show(session, row, session.get_one(Account, row.account_id).login, by=person())
