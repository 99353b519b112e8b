"""What goes wrong, as RFC 9457 problems: a stable code, a sentence in the reader's language, the request's id."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Response, request
from flask_wtf.csrf import CSRFError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from domain.errors import InvalidFields, NotFound, PhenothequeError, RefusedByRule
from models.database import DatabaseOutOfStep
from services.faults import find_database_fault
from services.wording.catalogue import sentence
from services.wording.translations import LOCALES
from views.access import PASSWORD_FIRST
from views.language import current_locale
from views.request_id import request_id

MEDIA_TYPE = "application/problem+json"
STATUSES = ((DatabaseOutOfStep, 503), (NotFound, 404), (RefusedByRule, 409))
CODES = {
    400: "request_unreadable",
    401: "http_401",
    403: "http_403",
    404: "address_unknown",
    405: "http_405",
    413: "http_413",
    415: "media_type_unknown",
}
# Kinds of faults as pydantic names them, and as this API does.
FIELD_CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "int_type": "field_not_whole",
    "float_type": "field_not_number",
    "finite_number": "field_not_number",
    "bool_type": "field_not_boolean",
    "date_type": "field_not_day",
    "string_type": "field_not_text",
    "file_type": "field_not_file",
    "model_type": "field_not_object",
    "literal_error": "field_not_one_of",
    "greater_than_equal": "field_below",
    "less_than_equal": "field_above",
    "string_too_short": "field_text_short",
    "string_too_long": "field_text_long",
    "too_short": "field_list_short",
    "too_long": "field_list_long",
}
log = structlog.get_logger(__name__)


class Unmet(Exception):
    """A condition of HTTP that the request does not meet: 412, 428, 415 and the like."""

    def __init__(self, status: int, code: str, **params: object) -> None:
        super().__init__(code)
        self.status, self.code, self.params = status, code, params


def register(blueprint: Blueprint) -> None:
    """Answer unmet conditions; every other failure under the API comes here by views.errors."""
    blueprint.register_error_handler(Unmet, unmet)


def locale() -> str:
    """The language asked for by `Accept-Language`, else the one a page would have."""
    return request.accept_languages.best_match(LOCALES) or current_locale()


def refused(error: PhenothequeError) -> Response:
    """A rule or an input refused by a service."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 422)
    faults = []
    if isinstance(error, InvalidFields):
        faults = [fault_json(f"/{one.field}" if one.field else "", one.code, one.params) for one in error.faults]
    elif status == 422:
        faults = [fault_json("", error.code, error.params)]
    return problem(status, error.code, error.params, faults)


def unmet(error: Unmet) -> Response:
    """A condition of HTTP."""
    return problem(error.status, error.code, error.params)


def database_failed(error: DBAPIError) -> Response:
    """A fault of the database that has a sentence is said in it; any other is unforeseen."""
    fault = find_database_fault(error)
    if fault is None:
        return unforeseen(error)
    log.debug(fault[0], exc_info=error)
    return problem(503, *fault)


def http_error(error: HTTPException) -> Response:
    """An address or a method the API does not have, or a person who may not; headers such as Allow are kept."""
    status = error.code or 500
    code = "csrf_needed" if isinstance(error, CSRFError) else CODES.get(status, "http_other")
    if error.description == PASSWORD_FIRST:
        code = PASSWORD_FIRST
    found = problem(status, code, {"status": str(status), "name": HTTPStatus(status).phrase})
    if status == 401:
        found.headers["WWW-Authenticate"] = 'Bearer realm="phenotheque"'
    found.headers.extend([pair for pair in error.get_headers() if pair[0] == "Allow"])
    return found


def unforeseen(error: Exception) -> Response:
    """A failure nobody foresaw: logged, with its trace at debug alone since a trace may hold what was being read."""
    log.error("unforeseen_failure", kind=type(error).__name__)
    log.debug("unforeseen_failure", exc_info=error)
    return problem(500, "request_failed", {})


def unreadable(error: ValidationError, place: str) -> Response:
    """The fields that could not be taken, all at once; a body that is no JSON at all is a 400."""
    found = error.errors(include_url=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in found):
        return problem(400, "json_unreadable", {})
    faults = [_field_fault(one, place) for one in found]
    return problem(422, "fields_unusable", {"count": len(faults)}, faults)


def _field_fault(error: Mapping[str, Any], place: str) -> dict[str, Any]:
    context = {name: value for name, value in error.get("ctx", {}).items() if name != "error"}
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in error["loc"]]
    # Given names come back to the caller: shortened, and without what a terminal would obey.
    pointer = "".join(f"/{step}" for step in steps)[:200].encode("unicode_escape").decode()
    return fault_json(pointer, FIELD_CODES.get(error["type"], "field_unusable"), context, place)


def fault_json(pointer: str, code: str, params: Mapping[str, object], place: str = "body") -> dict[str, Any]:
    """One fault of the input: where it is as a JSON pointer, and what is wrong."""
    return {"in": place, "pointer": pointer, "code": code, "message": sentence(code, params, locale())}


def problem(status: int, code: str, params: Mapping[str, object], faults: Sequence[Mapping[str, Any]] = ()) -> Response:
    """A problem as an answer."""
    body = {
        "type": f"urn:phenotheque:problem:{code}",
        "title": sentence(f"problem.{status}", {}, locale()),
        "status": status,
        "detail": sentence(code, params, locale()),
        "instance": request_id(),
        "code": code,
        "errors": list(faults),
    }
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=MEDIA_TYPE)
