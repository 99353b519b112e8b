"""Who may open which address: every view says what it needs, and an application with a silent one does not start."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response

from models.account import TokenScope
from services.accounts.permissions import Permission
from services.accounts.sessions import find_person
from services.accounts.tokens import find_token_person
from views.fragments import wants_fragment
from views.kept_forms import answer_late_form, ask_to_log_in_again
from views.running import SEEN, TOKEN, now, runtime

View = TypeVar("View", bound=Callable[..., Any])
ANYBODY, LOGGED_IN = "anybody", "logged_in"
SAFE = ("GET", "HEAD", "OPTIONS")
API = "/api/"
PASSWORD_FIRST = "password_first"  # noqa: S105 - the code of a sentence
# What a password that somebody else knows opens: its change, the way out, and what says how.
WITH_FIRST_PASSWORD = frozenset(
    {"accounts.password", "accounts.logout", "accounts.keep_session", "help.index", "help.show", "api.people.me"}
)
NEVER_RECOGNISED = ("static", "health.alive")  # neither looks at the database
REFRESHED_SECONDS = 30  # the cookie is not sent again with every answer
csrf = CSRFProtect()


def needs(permission: Permission) -> Callable[[View], View]:
    """Say which permission a view needs."""
    return lambda view: _declared(view, permission)


def logged_in(view: View) -> View:
    """Say that whoever is logged in may use a view."""
    return _declared(view, LOGGED_IN)


def anybody(view: View) -> View:
    """Say that a view is for everybody, logged in or not."""
    return _declared(view, ANYBODY)


def unattended(view: View) -> View:
    """Say that pages ask for this by themselves: it keeps no login alive, since nobody need be there."""
    view.is_unattended = True  # type: ignore[attr-defined]
    return view


def _declared(view: View, need: str) -> View:
    view.access_need = need  # type: ignore[attr-defined]
    return view


def need_of(app: Flask, endpoint: str) -> str | None:
    """What the view of an endpoint declares, None where it is silent."""
    if endpoint == "static":
        return ANYBODY
    return getattr(app.view_functions[endpoint], "access_need", None)


def register(app: Flask) -> None:
    """Recognise who asks, before anything else is done for them."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, where it is known how the person was recognised
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=True,
    )
    csrf.init_app(app)
    app.before_request(recognise)
    app.before_request(guard)


def refuse_silent_views(app: Flask) -> None:
    """Raises RuntimeError where a view does not say who may use it."""
    silent = sorted({rule.endpoint for rule in app.url_map.iter_rules() if need_of(app, rule.endpoint) is None})
    if silent:
        raise RuntimeError(f"no access declared for {', '.join(silent)}")


def recognise() -> None:
    """Find out who asks: by bearer token, or by the login that the cookie names."""
    g.person, g.by_token = None, False
    if request.endpoint in NEVER_RECOGNISED:
        return
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.casefold() == "bearer" and request.path.startswith(API):
        g.by_token = True
        with runtime().engines.read_session() as database:
            g.person = find_token_person(database, text.strip(), now=now())
    elif TOKEN in session and not _idle():
        with runtime().engines.read_session() as database:
            g.person = find_person(database, session[TOKEN], now=now())
        attended = not getattr(current_app.view_functions.get(request.endpoint or ""), "is_unattended", False)
        if attended and now().timestamp() - session[SEEN] > REFRESHED_SECONDS:
            session[SEEN] = int(now().timestamp())


def _idle() -> bool:
    limit = timedelta(minutes=runtime().settings.session_idle_minutes)
    seen = session.get(SEEN)
    return not isinstance(seen, int) or now().timestamp() - seen > limit.total_seconds()


def guard() -> Response | None:
    """Let through whoever may; the others are told to log in, or that they may not."""
    need = ANYBODY if request.endpoint is None else need_of(current_app, request.endpoint)
    if g.person is None and need != ANYBODY and request.path.startswith(API):
        abort(401)
    if request.method not in SAFE and not g.by_token and current_app.config["WTF_CSRF_ENABLED"]:
        try:
            csrf.protect()
        except CSRFError:
            late = None if request.path.startswith(API) or wants_fragment() else answer_late_form()
            if late is None:
                raise
            return late
    if need == ANYBODY:
        return None
    if g.person is None:
        return _ask_to_log_in()
    if need not in (LOGGED_IN, *g.person.permissions):
        abort(403)
    if g.by_token and request.method not in SAFE and g.person.scope is not TokenScope.WRITE:
        abort(403)
    if g.person.must_change_password and request.endpoint not in WITH_FIRST_PASSWORD:
        if request.path.startswith(API):
            abort(403, PASSWORD_FIRST)
        return redirect(url_for("accounts.password"), 303)
    return None


def _ask_to_log_in() -> Response:
    """The login page; a form that was sent too late is kept there, to be sent again."""
    if wants_fragment():  # the page around it, and what was typed there, stay as they are
        abort(401)
    if request.method in SAFE:
        return redirect(url_for("accounts.login", next=request.full_path.rstrip("?")), 303)
    return ask_to_log_in_again()
