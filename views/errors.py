"""What goes wrong, as a page: one sentence, what to do, and the right status."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as WSGIResponse

from domain.errors import NotFound, PhenothequeError, RefusedByRule, UnusableInput
from models.database import DatabaseOutOfStep
from services.faults import find_database_fault
from services.wording.catalogue import sentence
from views.access import API
from views.api import problems
from views.fragments import wants_fragment
from views.language import current_locale

STATUSES = ((DatabaseOutOfStep, 503), (NotFound, 404), (UnusableInput, 400), (RefusedByRule, 409))
KNOWN_STATUSES = (400, 401, 403, 404, 405, 409, 413, 422, 500, 503)  # each with a sentence and an advice
Handler = Callable[[Any], Any]
log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Map every failure to a page, and under the API to a problem."""
    for kind, as_page, as_problem in (
        (PhenothequeError, refused, problems.refused),
        (DBAPIError, database_failed, problems.database_failed),
        (HTTPException, http_error, problems.http_error),
        (Exception, unforeseen, problems.unforeseen),
    ):
        app.register_error_handler(kind, _either(as_page, as_problem))


def _either(as_page: Handler, as_problem: Handler) -> Handler:
    """A person gets a page, another program a problem."""
    return lambda error: (as_problem if request.path.startswith(API) else as_page)(error)


def refused(error: PhenothequeError) -> tuple[str, int]:
    """A rule or an input refused by a service."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 400)
    return page(status, error.code, error.params), status


def database_failed(error: DBAPIError) -> tuple[str, int]:
    """A fault of the database that has a sentence is said in it; any other is unforeseen."""
    fault = find_database_fault(error)
    if fault is None:
        return unforeseen(error)
    code, params = fault
    log.debug(code, exc_info=error)
    return page(503, code, params), 503


def http_error(error: HTTPException) -> WSGIResponse:
    """An address or a method that the site does not have; its headers (such as Allow) are kept."""
    if isinstance(error, SecurityError):  # a host name that is not ours: no address of a page can be made
        return WSGIResponse(sentence("http_400", {}, current_locale()), 400, content_type="text/plain; charset=utf-8")
    status = error.code or 500
    if isinstance(error, CSRFError):
        response = error.get_response()
        response.data = page(400, "form_too_old", {})
        return response
    code = f"http_{status}" if status in KNOWN_STATUSES else "http_other"
    response = error.get_response()
    response.data = page(status, code, {"status": str(status), "name": HTTPStatus(status).phrase})
    response.content_type = "text/html; charset=utf-8"
    return response


def unforeseen(error: Exception) -> tuple[str, int]:
    """A failure nobody foresaw: logged, with its trace at debug alone since a trace may hold what was being read."""
    log.error("unforeseen_failure", kind=type(error).__name__)
    log.debug("unforeseen_failure", exc_info=error)
    return page(500, "page_failed", {}), 500


def page(status: int, code: str, params: dict[str, object]) -> str:
    """The error of one sentence: a whole page, or an alert to be put into one by htmx, which swaps errors too."""
    advice = f"http_advice_{status if status in KNOWN_STATUSES else 400}"
    template = "errors/_alert.html" if wants_fragment() else "errors/error.html"
    # the database may be what failed: the page of an error asks nothing of it
    return render_template(template, status=status, code=code, params=params, advice=advice, unread=lambda: 0)
