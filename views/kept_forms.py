"""A form sent after the login had ended: kept in the page that asks to log in again, and offered to be sent again."""

from typing import Any

from flask import current_app, render_template, request, session
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from services.accounts.sessions import find_session
from views.forms import LoginForm
from views.running import TOKEN, runtime

NEVER_KEPT = ("csrf_token", "password")
LONGEST_KEPT_SECONDS = 12 * 3600


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="kept-form")


def ask_to_log_in_again() -> Response:
    """The login page with the form that came too late: only the same person gets it back."""
    shown = {"form": LoginForm(formdata=None), "kept": keep_form(), "refusal": "login_ended"}
    page = render_template("accounts/login.html", **shown)
    return Response(page, 401, content_type="text/html; charset=utf-8")


def keep_form() -> str:
    """The fields of this request, signed for the account that the ended login was of; passwords are left out."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not any(never in name for never in NEVER_KEPT)
    ]
    return _signer().dumps({"address": request.path, "fields": fields, "account": _account_of_ended_login()})


def _account_of_ended_login() -> int | None:
    if TOKEN not in session:
        return None
    with runtime().engines.read_session() as database:
        ended = find_session(database, session[TOKEN])
    return ended.account_id if ended else None


def read_kept(text: str, *, account_id: int) -> dict[str, Any] | None:
    """The address and fields that were kept for this account; None for another's, an old or an altered text."""
    try:
        kept: dict[str, Any] = _signer().loads(text, max_age=LONGEST_KEPT_SECONDS)
    except BadSignature:  # also when it is too old
        return None
    return kept if kept["account"] == account_id else None
