"""A form sent after its login had ended, or had been followed by another: nothing typed in it is lost, and nothing is
done with it before the person has looked at it.
"""

from typing import Any

from flask import current_app, redirect, render_template, request, session, url_for
from flask_wtf.csrf import same_origin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from services.accounts.sessions import find_session
from views.forms import LoginForm
from views.running import TOKEN, find_person, person, runtime

NEVER_KEPT = ("csrf_token", "password")
LONGEST_KEPT_SECONDS = 12 * 3600
LEFT = "left"  # in the cookie of a browser where somebody logged out: whose account it was
NOTHING_TYPED = ("accounts.logout", "accounts.keep_session")


def leave() -> None:
    """End the login on this browser, but not the knowledge of whose it was: other tabs may hold forms of theirs."""
    account_id = person().account_id
    session.clear()
    session[LEFT] = account_id


def answer_late_form() -> Response | None:
    """What a form of our own gets whose token is of an earlier login; None where it may be forged and is refused.

    A token that does not fit is also all that tells a form which another site sends in this person's name. Three things
    keep that from becoming easier than a refusal made it:
    - Only a form that the browser itself says was sent from a page of this site is answered so. A page elsewhere can
      write neither `Origin` nor `Referer`, and one that withholds both is refused. Nor can it put its fields and its
      address into a page of ours, where all that people wrote is escaped.
    - Nothing is done by this request. The answer shows each field and the address, and sends nothing without a press;
      it cannot be framed (`frame-ancestors 'none'`), so that nobody presses it unseen.
    - With no login to answer for, the form is kept for the account whose login this browser's cookie names, and for
      nobody else. The cookie is `SameSite=Lax`: with a form of another site there is none, hence no account.
    """
    if request.endpoint is None or not _is_of_this_site():
        return None
    if request.endpoint == "accounts.login":
        return _login_page(LoginForm(), "login_page_old", kept=request.form.get("kept", ""), status=400)
    if find_person() is not None:
        page = render_template("accounts/send_again.html", **_sent(), file_lost=_has_file())
        return Response(page, 400, content_type="text/html; charset=utf-8")
    return ask_to_log_in_again() if _account_of_ended_login() is not None else None


def _is_of_this_site() -> bool:
    told = [one for one in (request.origin, request.referrer) if one]
    return bool(told) and all(same_origin(one, request.host_url) for one in told)


def ask_to_log_in_again() -> Response:
    """The login page with the form that came too late: only the same person gets it back."""
    if request.endpoint in NOTHING_TYPED:
        return redirect(url_for("accounts.login"), 303)
    form = LoginForm(formdata=None)
    if _has_file():  # too large to be carried along
        form.next.data = request.path
        return _login_page(form, "login_ended_file", status=401)
    return _login_page(form, "login_ended", kept=keep_form(), status=401)


def _login_page(form: LoginForm, refusal: str, *, status: int, kept: str = "") -> Response:
    page = render_template("accounts/login.html", form=form, kept=kept, refusal=refusal)
    return Response(page, status, content_type="text/html; charset=utf-8")


def _has_file() -> bool:
    """Whether a file came with the form; what was read of it is thrown away."""
    files = any(file.filename for file in request.files.values())
    request.close()  # a long one lies in a file of the system's own, which is gone once it is closed
    return files


def keep_form() -> str:
    """The fields of this request, signed for the account that the ended login was of."""
    return _signer().dumps({**_sent(), "account": _account_of_ended_login()})


def _sent() -> dict[str, Any]:
    """Where the form went and what it holds; passwords are left out."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not any(never in name for never in NEVER_KEPT)
    ]
    return {"address": request.full_path.rstrip("?"), "fields": fields}


def _account_of_ended_login() -> int | None:
    if TOKEN not in session:
        return session.get(LEFT)
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


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="kept-form")
