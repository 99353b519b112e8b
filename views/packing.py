"""Pages leave packed by gzip: the workbench of a patient is long, and much of it repeats."""

import gzip
import io
import secrets
import string

from flask import Flask, Response, request

LEAST_BYTES = 1_400  # one packet of a network: packing less saves nothing
LEVEL = 5
MOST_STUFFING = 100  # bytes


def register(app: Flask) -> None:
    """Pack what is worth it."""
    app.after_request(pack)


def pack(response: Response) -> Response:
    """Pack a long text for a browser that takes it so.

    The header holds a name of random length: the size of an answer must not tell whether what somebody made us
    repeat in it equals a secret beside it (the attack BREACH).
    """
    if response.is_streamed or response.direct_passthrough or response.content_encoding:
        return response
    if response.mimetype != "text/html" or len(response.data) < LEAST_BYTES:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0:
        response.data = _packed(response.data)  # sets the length too
        response.content_encoding = "gzip"
    return response


def _packed(data: bytes) -> bytes:
    stuffing = "".join(secrets.choice(string.ascii_letters) for _ in range(1 + secrets.randbelow(MOST_STUFFING)))
    packed = io.BytesIO()
    with gzip.GzipFile(filename=stuffing, mode="wb", compresslevel=LEVEL, fileobj=packed, mtime=0) as file:
        file.write(data)
    return packed.getvalue()
