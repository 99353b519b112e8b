"""The id of a request: taken from a proxy or made here, written in every log line and sent back with every answer."""

import re
import uuid

from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

HEADER = "X-Request-ID"
PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")


def register(app: Flask) -> None:
    """Give each request its id before anything is logged for it."""
    app.before_request(begin)
    app.after_request(send_back)


def begin() -> None:
    """Bind the id to the log lines of this request, and to no other's."""
    clear_contextvars()
    bind_contextvars(request=request_id())


def request_id() -> str:
    """The id given by the caller where it is plain, else one made for this request."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if PLAIN.fullmatch(given) else str(uuid.uuid4())
    held: str = g.request_id
    return held


def send_back(response: Response) -> Response:
    """Name the request in its answer, so that a person can quote it."""
    response.headers[HEADER] = request_id()
    return response
