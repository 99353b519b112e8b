"""In which language a page answers: asked for, remembered, preferred by the browser, or the site's own."""

from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, has_request_context, request, url_for
from werkzeug.wrappers import Response as WSGIResponse

from services.wording.translations import LOCALES, translations
from views.running import runtime

COOKIE = "lang"
ONE_YEAR_SECONDS = 365 * 24 * 3600


def register(app: Flask) -> None:
    """Choose a language before each request and teach the templates gettext."""
    app.before_request(choose_language)
    app.after_request(remember_language)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(current_locale=current_locale, address_in=address_in, LOCALES=LOCALES)


def choose_language() -> None:
    """Keep the language of this request: ``?lang=``, cookie, account, ``Accept-Language``, then the setting."""
    person = g.get("person")
    asked = (
        request.args.get("lang"),
        request.cookies.get(COOKIE),
        person.locale if person else None,
        request.accept_languages.best_match(LOCALES),
    )
    default = current_app.extensions["phenotheque"].settings.locale
    g.locale = next((code for code in asked if code in LOCALES), default)


def remember_language(response: Response) -> Response:
    """Keep a language that was asked for in the address, so that the next page speaks it too."""
    if request.args.get("lang") in LOCALES:
        set_language_cookie(response, current_locale())
    return response


def set_language_cookie(response: WSGIResponse, locale: str) -> None:
    """Remember a language on this browser."""
    response.set_cookie(
        COOKIE,
        locale,
        max_age=ONE_YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


def current_locale() -> str:
    """The language of the page being made."""
    known = g.get("locale")  # asked once: a page of forty sera asks seven thousand times
    if known is None and has_request_context():  # a request refused before it reached a view
        choose_language()
    return str(known or g.locale)


def place() -> dict[str, str]:
    """The registry's time zone and the reader's language."""
    return {"zone": runtime().settings.timezone, "locale": current_locale()}


def address_in(locale: str) -> str:
    """The address of this same page in another language."""
    if request.endpoint is None:
        return url_for("home.show", lang=locale)
    # not url_for(**request.args): names such as _scheme or endpoint would be obeyed
    query = urlencode([pair for pair in request.args.items(multi=True) if pair[0] != "lang"] + [("lang", locale)])
    return f"{url_for(request.endpoint, **(request.view_args or {}))}?{query}"


def _gettext(message: str) -> str:
    return translations(current_locale()).gettext(message)


def _ngettext(singular: str, plural: str, count: int) -> str:
    return translations(current_locale()).ngettext(singular, plural, count)
