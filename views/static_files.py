"""Static files: those packed beforehand leave packed, and a vendored one, whose name holds its version, is kept."""

from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, current_app, request, send_from_directory
from werkzeug.security import safe_join

VENDORED = "vendor/"
ONE_YEAR_SECONDS = 365 * 24 * 3600


def register(app: Flask) -> None:
    """Send the files of the folder `static` by this module."""
    app.view_functions["static"] = send


def send(filename: str) -> Response:
    """One static file, packed by gzip where a packed twin lies beside it and the browser takes it."""
    folder = str(current_app.static_folder)
    has_twin = _is_file(folder, filename + ".gz")
    packed = has_twin and request.accept_encodings.quality("gzip") > 0
    answer = send_from_directory(folder, filename + ".gz" if packed else filename, mimetype=guess_type(filename)[0])
    if packed:
        answer.content_encoding = "gzip"
    if has_twin:
        answer.vary.add("Accept-Encoding")
    if filename.startswith(VENDORED):
        answer.cache_control.no_cache = None
        answer.cache_control.public = answer.cache_control.immutable = True
        answer.cache_control.max_age = ONE_YEAR_SECONDS
    return answer


def _is_file(folder: str, filename: str) -> bool:
    path = safe_join(folder, filename)
    return path is not None and Path(path).is_file()
