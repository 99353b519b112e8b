"""One's own account: choices, logins, tokens."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from domain.errors import InvalidFields, UnusableInput
from models.account import Account
from services.accounts.emails import LONGEST_EMAIL, set_email
from services.accounts.people import LONGEST_NAME
from services.accounts.preferences import LOCALES, set_preferences
from services.accounts.sessions import list_sessions, revoke_all, revoke_session
from services.accounts.tokens import LONGEST_DAYS, OF_PROGRAMS, create_token, list_tokens, revoke_token
from services.wording.catalogue import sentence
from views.access import logged_in
from views.forms import Form
from views.kept_forms import leave
from views.language import current_locale, set_language_cookie
from views.running import actor, now, person, runtime

blueprint = Blueprint("own_account", __name__)


class PreferencesForm(Form):
    """What people choose for themselves."""

    display_name = StringField(validators=[InputRequired(), Length(max=LONGEST_NAME)])
    locale = SelectField(choices=["", *LOCALES], default="")
    email = StringField(validators=[Length(max=LONGEST_EMAIL)])
    shortcuts = BooleanField()


class TokenForm(Form):
    """A new token."""

    name = StringField(validators=[InputRequired(), Length(max=80)])
    scope = SelectField(choices=[scope.value for scope in OF_PROGRAMS])
    days = IntegerField(validators=[InputRequired(), NumberRange(1, LONGEST_DAYS)], default=90)


def _said(code: str, **params: object) -> None:
    flash(sentence(code, params, current_locale()))


def _page(form: PreferencesForm | None = None, token_form: TokenForm | None = None, token: str = "") -> str:
    with runtime().engines.read_session() as database:
        account = database.get(Account, person().account_id)
        sessions = list_sessions(database, person().account_id, now=now())
        tokens = list_tokens(database, person().account_id)
    mine = {name: getattr(account, name) or "" for name in ("display_name", "locale", "email")}
    mine["shortcuts"] = account.shortcuts
    return render_template(
        "accounts/show.html",
        form=form or PreferencesForm(formdata=None, data=mine),
        token_form=token_form or TokenForm(formdata=None),
        account=account,
        sessions=sessions,
        tokens=tokens,
        new_token=token,
        now=now(),
    )


@blueprint.get("/account")
@logged_in
def show() -> str:
    """One's own account."""
    return _page()


@blueprint.post("/account")
@logged_in
def save() -> Response | tuple[str, int]:
    """Keep one's choices."""
    form = PreferencesForm()
    locale = form.locale.data or None
    if not form.validate() or not _kept(form, locale):
        return _page(form), 422
    _said("preferences_saved")
    answer = redirect(url_for("own_account.show"), 303)
    if locale:
        set_language_cookie(answer, locale)
    return answer


def _kept(form: PreferencesForm, locale: str | None) -> bool:
    """Whether the choices were kept; else why not stands in the form."""
    chosen = {"display_name": form.display_name.data, "locale": locale, "shortcuts": form.shortcuts.data}
    try:
        with runtime().engines.write_session() as database:
            account = database.get(Account, person().account_id)
            set_preferences(database, account, **chosen, now=now())
            if form.email.raw_data:  # a form that was open before there was this field says nothing of it
                set_email(database, account, form.email.data or "", actor=actor(), now=now())
    except InvalidFields as error:
        form.take_faults(error)
        return False
    return True


@blueprint.post("/account/sessions/<int:session_id>/end")
@logged_in
def end_session(session_id: int) -> Response:
    """End one of one's own logins."""
    with runtime().engines.write_session() as database:
        revoke_session(
            database, account_id=person().account_id, session_id=session_id, actor=actor(), now=now()
        )
    if session_id == person().session_id:
        leave()
    _said("session_ended")
    return redirect(url_for("own_account.show"), 303)


@blueprint.post("/account/sessions/end-others")
@logged_in
def end_other_sessions() -> Response:
    """End every login but this one."""
    me = person()
    with runtime().engines.write_session() as database:
        count = revoke_all(database, account_id=me.account_id, keep=me.session_id, actor=actor(), now=now())
    _said("sessions_ended", count=count)
    return redirect(url_for("own_account.show"), 303)


@blueprint.post("/account/tokens")
@logged_in
def add_token() -> str | tuple[str, int]:
    """A new token, whose text is shown this once."""
    form = TokenForm()
    if not form.validate():
        return _page(token_form=form), 422
    asked = {"name": form.name.data, "scope": form.scope.data, "days": form.days.data}
    try:
        with runtime().engines.write_session() as database:
            _, text = create_token(database, account_id=person().account_id, **asked, actor=actor(), now=now())
    except UnusableInput as error:
        form.name.errors = [sentence(error.code, error.params, current_locale())]
        return _page(token_form=form), 422
    return _page(token=text)


@blueprint.post("/account/tokens/<int:token_id>/revoke")
@logged_in
def end_token(token_id: int) -> Response:
    """Revoke one of one's own tokens."""
    with runtime().engines.write_session() as database:
        revoke_token(database, account_id=person().account_id, token_id=token_id, actor=actor(), now=now())
    _said("token_ended")
    return redirect(url_for("own_account.show"), 303)
