"""What goes wrong, as a page: one sentence, what to do, and the right status."""

from http import HTTPStatus

from flask import Flask, current_app, render_template
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as WSGIResponse

from domain.errors import NotFound, PhenothequeError, RefusedByRule, UnusableInput
from services.wording.catalogue import sentence
from views.language import current_locale

STATUSES = ((NotFound, 404), (UnusableInput, 400), (RefusedByRule, 409))
# What the databases say of a table or column that is not there: SQLite in words, PostgreSQL in SQLSTATE.
NO_SUCH_THING = ("no such table", "no such column")
UNDEFINED_STATES = ("42P01", "42703")
KNOWN_STATUSES = (400, 403, 404, 405)


def register(app: Flask) -> None:
    """Map every failure to a page."""
    app.register_error_handler(PhenothequeError, refused)
    app.register_error_handler(DBAPIError, database_failed)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unforeseen)


def refused(error: PhenothequeError) -> tuple[str, int]:
    """A rule or an input refused by a service."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 400)
    return page(status, error.code, error.params), status


def database_failed(error: DBAPIError) -> tuple[str, int]:
    """A database that is not migrated or cannot be reached is said so; anything else is unforeseen."""
    cause = str(error.orig)
    undefined = getattr(error.orig, "sqlstate", None) in UNDEFINED_STATES
    if undefined or any(words in cause for words in NO_SUCH_THING):
        return page(503, "database_not_migrated", {}), 503
    if error.connection_invalidated or "unable to open" in cause or "connection" in cause:
        return page(503, "database_unreachable", {"reason": cause.splitlines()[0]}), 503
    return unforeseen(error)


def http_error(error: HTTPException) -> WSGIResponse:
    """An address or a method that the site does not have; its headers (such as Allow) are kept."""
    if isinstance(error, SecurityError):  # a host name that is not ours: no address of a page can be made
        return WSGIResponse(sentence("http_400", {}, current_locale()), 400, content_type="text/plain; charset=utf-8")
    status = error.code or 500
    code = f"http_{status}" if status in KNOWN_STATUSES else "http_other"
    response = error.get_response()
    response.data = page(status, code, {"status": str(status), "name": HTTPStatus(status).phrase})
    response.content_type = "text/html; charset=utf-8"
    return response


def unforeseen(error: Exception) -> tuple[str, int]:
    """A failure nobody foresaw: logged with its trace, shown without it."""
    current_app.logger.error("unforeseen_failure", exc_info=error)
    return page(500, "page_failed", {}), 500


def page(status: int, code: str, params: dict[str, object]) -> str:
    """The error page of one sentence."""
    return render_template("errors/error.html", status=status, code=code, params=params)
