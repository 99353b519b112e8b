"""What is sent beyond what a view reads: it is read and thrown away before the answer.

A browser or a program that is still sending shows no answer: where a long file is refused before all of it has come,
the connection breaks, and nobody learns why.
"""

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import LimitedStream

DISCARDED_AT_ONCE_BYTES, MOST_DISCARDED_BYTES = 1 << 20, 1 << 30
log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Know where each body ends, and read it to its end."""
    app.before_request(mark_end)
    app.after_request(discard_unread)


def mark_end() -> None:
    """Not every server ends its stream where the body ends: read further, it would wait for what never comes."""
    if not request.environ.get("wsgi.input_terminated"):
        request.environ["wsgi.input"] = LimitedStream(request.environ["wsgi.input"], request.content_length or 0)


def discard_unread(response: Response) -> Response:
    """Read what is left of the body, within a bound; a stream that `mark_end` left alone ends by itself."""
    left = MOST_DISCARDED_BYTES
    try:
        while left > 0 and (piece := request.environ["wsgi.input"].read(min(left, DISCARDED_AT_ONCE_BYTES))):
            left -= len(piece)
    except (ClientDisconnected, OSError) as error:
        log.debug("sender_left", exc_info=error)  # and hears no answer
    return response
