"""Pieces of a page that htmx asks for, told apart from whole pages."""

from flask import request


def wants_fragment() -> bool:
    """Whether the answer will be put into a page that stands: an error must then be short, and no page of its own."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") != "full"
