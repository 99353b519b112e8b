"""Logging in and out, staying logged in, and one's own password."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from domain.errors import UnusableInput
from models.account import Account
from services.accounts.login import Attempt, Refusal, log_in
from services.accounts.passwords import hash_password
from services.accounts.people import has_accounts, set_password
from services.accounts.sessions import open_session, revoke_session
from services.wording.catalogue import sentence
from views.access import anybody, logged_in
from views.attempts import do_as_oneself, sent_from, try_password
from views.forms import LoginForm, NewPasswordForm
from views.kept_forms import leave, read_kept
from views.language import current_locale, set_language_cookie
from views.running import SEEN, TOKEN, actor, find_person, now, person, runtime

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@anybody
def login() -> Response | str | tuple[str, int]:
    """Log in with a password."""
    form = LoginForm(next=request.args.get("next", ""))
    if not form.is_submitted():
        return redirect(url_for("home.show"), 303) if find_person() else _login_page(form)
    if not form.validate():
        return _login_page(form), 422
    found: Attempt | Account | Refusal = try_password(form.login.data, form.password.data)
    if isinstance(found, Attempt):
        with runtime().engines.write_session() as database:
            found = log_in(database, found, now=now())
            token = _open(database, found) if isinstance(found, Account) else ""
    if isinstance(found, Refusal):
        return _login_page(form, found), 429 if found.minutes else 401
    return _enter(found, token, form)


def _login_page(form: LoginForm, refusal: Refusal | None = None) -> str:
    with runtime().engines.read_session() as database:
        nobody_yet = not has_accounts(database)
    params = {"minutes": refusal.minutes} if refusal else {}
    code = refusal.code if refusal else None
    shown = {"kept": form.kept.data, "refusal": code, "params": params, "nobody_yet": nobody_yet}
    return render_template("accounts/login.html", form=form, **shown)


def _open(database: Session, account: Account) -> str:
    lasts = timedelta(hours=runtime().settings.session_hours)
    agent = request.headers.get("User-Agent", "")
    return open_session(database, account, address=sent_from(), agent=agent, lasts=lasts, now=now())


def _enter(account: Account, token: str, form: LoginForm) -> Response | str:
    """Begin the login on this browser, and go on to where the person was going."""
    session.clear()  # nothing of whoever used this browser before
    session.update({TOKEN: token, SEEN: int(now().timestamp())})
    kept = read_kept(form.kept.data, account_id=account.id or 0) if form.kept.data else None
    if kept is not None:
        return render_template("accounts/send_again.html", **kept)
    answer = redirect(_safe(form.next.data or ""), 303)
    if account.locale:
        set_language_cookie(answer, account.locale)
    return answer


def _safe(address: str) -> str:
    """The address if it is one of this site, else the home page: a link must not lead elsewhere after a login."""
    parts = urlsplit(address)
    here = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if here and address.isprintable() and "\\" not in address else url_for("home.show")


@blueprint.post("/logout")
@logged_in
def logout() -> Response:
    """End this login."""
    asked = person()
    if asked.session_id is not None:
        with runtime().engines.write_session() as database:
            revoke_session(
                database, account_id=asked.account_id, session_id=asked.session_id, actor=actor(), now=now()
            )
    leave()
    flash(sentence("logged_out", {}, current_locale()))
    return redirect(url_for("accounts.login"), 303)


@blueprint.post("/session/keep")
@logged_in
def keep_session() -> Response:
    """Stay logged in: being asked is enough, the cookie is renewed with every answer."""
    return Response(status=204)


@blueprint.route("/account/password", methods=["GET", "POST"])
@logged_in
def password() -> Response | str | tuple[str, int]:
    """Change one's own password."""
    form = NewPasswordForm()
    if form.validate_on_submit() and _change_password(form):
        flash(sentence("password_changed", {}, current_locale()))
        return redirect(url_for("home.show"), 303)
    page = render_template("accounts/password.html", form=form)
    return (page, 422) if form.is_submitted() else page


def _change_password(form: NewPasswordForm) -> bool:
    """Change it, or put the reason why not beside its field."""
    if form.new_password.data != form.repeated_password.data:
        form.repeated_password.errors = [sentence("password_repeated_differs", {}, current_locale())]
        return False
    try:
        hashed = hash_password(form.new_password.data, login=person().login)
    except UnusableInput as error:
        form.new_password.errors = [sentence(error.code, error.params, current_locale())]
        return False
    return bool(do_as_oneself(form.current_password, lambda *who: _set_password(*who, hashed)))


def _set_password(database: Session, account: Account, hashed: str) -> bool:
    kept = person().session_id
    set_password(database, account, hashed, must_change=False, keep_session=kept, actor=actor(), now=now())
    return True
